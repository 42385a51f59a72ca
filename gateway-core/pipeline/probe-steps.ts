/** The steps of a probe, one after another: each has a deadline, and nothing secret is told. */
import type { ProbeStep } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import { masked } from '../contract/mask-value.js'
import { HttpRefusal } from '../servers/transport.js'

const stepMs = 10_000
const maxDetailLength = 600

/** What a step found. */
export interface Finding<T> {
  readonly ok?: boolean
  readonly detail: string
  readonly value?: T
}

export class ProbeSteps {
  readonly steps: ProbeStep[] = []
  private secrets: readonly string[] = []

  /** @param endsAtMs when no step may run any more, as `performance.now()` */
  constructor(private readonly endsAtMs: number) {}

  /** Whether all went well so far. */
  get ok(): boolean {
    return this.steps.every(({ ok }) => ok)
  }

  /** Masks these values in every detail from now on, whoever says them. */
  mask(secrets: readonly string[]): void {
    const all = secrets.flatMap((secret) => [secret, secret.replace(/^\S+ +/, '')])
    this.secrets = [...this.secrets, ...all.filter((secret) => secret !== '')].sort((a, b) => b.length - a.length)
  }

  /**
   * Runs a step and notes what it found. Nothing is noted where it finds nothing.
   *
   * @param work ends what it does when the signal is aborted; it is not waited for any longer
   * @returns the value that was found; undefined where there is none, or the step failed
   */
  async run<T>(
    name: ProbeStep['name'],
    work: (signal: AbortSignal) => Promise<Finding<T> | undefined>,
    limitMs = stepMs,
  ): Promise<T | undefined> {
    const startMs = performance.now()
    try {
      const finding = await withDeadline(work, Math.min(limitMs, this.endsAtMs - startMs))
      if (finding === undefined) return undefined
      this.add(name, finding, performance.now() - startMs)
      return finding.value
    } catch (error) {
      this.add(name, { ok: false, detail: describeFailure(error) }, performance.now() - startMs)
      return undefined
    }
  }

  add(name: ProbeStep['name'], { ok = true, detail }: Finding<unknown>, durationMs: number): void {
    let told = detail
    for (const secret of this.secrets) told = told.replaceAll(secret, masked)
    this.steps.push({ name, ok, durationMs: Math.round(durationMs), detail: cut(told, maxDetailLength) })
  }
}

export function cut(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
}

export function describeFailure(error: unknown): string {
  if (error instanceof GatewayError) return [error.message, error.fix].filter((part) => part !== undefined).join(' ')
  if (error instanceof HttpRefusal) return `The server answered ${error.status}.`
  return 'It failed.'
}

async function withDeadline<T>(work: (signal: AbortSignal) => Promise<T>, limitMs: number): Promise<T> {
  // Timers may be early by a fraction of a millisecond.
  if (limitMs < 1) throw tooLate('There was no time left for it.')
  const controller = new AbortController()
  const { signal } = controller
  const seconds = Math.max(1, Math.round(limitMs / 1000))
  const timer = setTimeout(() => controller.abort(tooLate(`It took longer than ${seconds} s.`)), limitMs)
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as GatewayError), { once: true })
  })
  try {
    return await Promise.race([work(signal), aborted])
  } finally {
    clearTimeout(timer)
  }
}

function tooLate(detail: string): GatewayError {
  return new GatewayError('server_timeout', { detail })
}
