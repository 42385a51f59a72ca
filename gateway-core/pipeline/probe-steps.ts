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
  /** What to do where it is not ok. */
  readonly fix?: string
}

/** The steps of a server over HTTP, in the order in which one depends on the other, and why one may not be tried. */
const stepsOverHttp: readonly (readonly [ProbeStep['name'], string])[] = [
  ['dns', 'The server’s address is no name that has to be looked up.'],
  ['reachable', 'Its name leads nowhere.'],
  ['tls', 'The server’s URL is http:, which has none.'],
  ['era', 'It did not get that far.'],
  ['auth', 'It did not get that far.'],
  ['metadata', 'It takes no sign-in to find out more.'],
  ['registration', 'It takes no sign-in to find out more.'],
  ['authorization', 'It takes no sign-in to find out more.'],
  ['token', 'No token of an account or of a token endpoint is needed.'],
  ['tools', 'It did not get that far.'],
]

const usualFixes: Readonly<Partial<Record<ProbeStep['name'], string>>> = {
  reachable: 'Check that the server is running, and the port in url.',
  tls: 'Let the server present a certificate that this machine trusts, for the name in url.',
  era: 'Check that url is the server’s MCP endpoint, and transport what it speaks.',
  auth: 'Choose how Gatehouse signs in to this server (app_auth).',
  metadata: 'Tell whoever runs the server, or set authorization_url and token_url of app_auth.',
  registration: 'Register Gatehouse at the provider by hand, and set client_id of app_auth.',
  authorization: 'Tell the provider; nobody is sent to an address that is not safe.',
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
      const fix = error instanceof GatewayError && error.fix !== undefined ? { fix: error.fix } : {}
      this.add(name, { ok: false, detail: describeFailure(error), ...fix }, performance.now() - startMs)
      return undefined
    }
  }

  add(
    name: ProbeStep['name'],
    { ok = true, detail, fix = usualFixes[name] }: Finding<unknown>,
    durationMs: number,
  ): void {
    const step = { name, ok, durationMs: Math.round(durationMs), detail: this.told(detail) }
    this.steps.push(ok || fix === undefined ? step : { ...step, fix: this.told(fix) })
  }

  /** Notes the steps of a server over HTTP that were not tried, each where it belongs. */
  addSkipped(): void {
    const tried = new Map(this.steps.map((step) => [step.name, step]))
    const failed = this.steps.find(({ ok }) => !ok)
    let afterFailure = false
    const all = stepsOverHttp.map(([name, why]): ProbeStep => {
      const step = tried.get(name)
      if (step !== undefined) {
        afterFailure ||= step === failed
        return step
      }
      const detail = afterFailure ? `Not tried, as ${failed?.name ?? 'a step'} failed.` : why
      return { name, ok: true, durationMs: 0, detail, skipped: true }
    })
    this.steps.splice(0, this.steps.length, ...all)
  }

  private told(text: string): string {
    let told = text
    for (const secret of this.secrets) told = told.replaceAll(secret, masked)
    return cut(told, maxDetailLength)
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
