/** The second table: what it costs to end MCP sessions on both sides, beside a proxy made of the SDK's own parts. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { cores, cpuSeconds, onCore, residentMb, script, stop } from './processes.js'
import { medianOf, show, table } from './report.js'
import { beginLine, type SessionJob, type SessionOutcome } from './session-job.js'
import { startSessionTargets, type Missing, type SessionTarget } from './session-targets.js'

const sessionsHeld = 200

interface Sample extends SessionOutcome {
  /** CPU time of the target per call, microseconds; NaN where it cannot be read. */
  readonly cpuUs: number
}

type Measure = 'one' | 'many' | 'large' | 'stream'
const measures: Readonly<Record<Measure, Pick<SessionJob, 'callers' | 'kind'>>> = {
  one: { callers: 1, kind: 'small' },
  many: { callers: 32, kind: 'small' },
  large: { callers: 1, kind: 'large' },
  stream: { callers: 1, kind: 'stream' },
}
/**
 * So long each measure is taken, and thrown away, before the first round. The one that CPU time is told of for longer:
 * Node compiles what is called often, and until then a call costs many times as much.
 */
const warmUpMs: Readonly<Record<Measure, number>> = { one: 500, many: 12_000, large: 1000, stream: 1000 }

export class SessionTable {
  private readonly samples = new Map<string, Sample[]>()
  private readonly heldMb = new Map<string, { readonly before: number; readonly with: number }>()

  private constructor(
    private readonly measureNames: readonly Measure[],
    private readonly targets: readonly SessionTarget[],
    private readonly missing: readonly Missing[],
    private readonly durationMs: number,
  ) {}

  /** @param only the measures to take; all, unless given */
  static async start(durationMs: number, withPeers: boolean, only?: readonly string[]): Promise<SessionTable> {
    const measureNames = (Object.keys(measures) as Measure[]).filter((name) => only?.includes(name) ?? true)
    const { targets, missing } = await startSessionTargets(withPeers)
    for (const { name, reason } of missing) process.stderr.write(`the row of ${name} is missing, as ${reason}\n`)
    const measured = new SessionTable(measureNames, targets, missing, durationMs)
    await measured.warmUp()
    return measured
  }

  /** Ends the targets where it fails. */
  private async warmUp(): Promise<void> {
    try {
      for (const target of this.targets)
        for (const measure of this.measureNames) await sample(target, measure, warmUpMs[measure])
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async round(): Promise<void> {
    for (const measure of this.measureNames)
      for (const target of this.targets) {
        const key = `${target.name} ${measure}`
        this.samples.set(key, [...(this.samples.get(key) ?? []), await sample(target, measure, this.durationMs)])
      }
  }

  async hold(): Promise<void> {
    for (const target of this.targets.slice(1)) {
      const before = residentMb(target.pid)
      const child = driver({
        ...measures.one,
        ...addressOf(target),
        kind: 'hold',
        callers: sessionsHeld,
        durationMs: 0,
      })
      await linesOf(child, (line) => line === beginLine)
      this.heldMb.set(target.name, { before, with: residentMb(target.pid) })
      await stop(child)
    }
  }

  async stop(): Promise<void> {
    for (const target of this.targets.toReversed()) await target.stop()
  }

  rows() {
    const median = (name: string | undefined, measure: Measure, field: keyof Sample): number =>
      medianOf((this.samples.get(`${name} ${measure}`) ?? []).map((one) => one[field]))
    const direct = this.targets[0]?.name
    return this.targets.map(({ name, comparedWith }) => {
      const held = this.heldMb.get(name)
      const streams = this.samples.get(`${name} stream`) ?? []
      return {
        name,
        addedP50Us: (median(name, 'one', 'p50') - median(direct, 'one', 'p50')) * 1000,
        callsPerSecond: median(name, 'many', 'calls') / median(name, 'many', 'seconds'),
        cpuUs: median(name, 'many', 'cpuUs'),
        cpuAgainstSdk: median(name, 'many', 'cpuUs') / median(comparedWith, 'many', 'cpuUs'),
        largeP50Ms: median(name, 'large', 'p50'),
        largeCpuMs: median(name, 'large', 'cpuUs') / 1000,
        eventsPerSecond: median(name, 'stream', 'eventsPerSecond'),
        streamCpuMs: median(name, 'stream', 'cpuUs') / 1000,
        incompleteStreams: streams.reduce((sum, { incompleteStreams }) => sum + incompleteStreams, 0),
        residentMb: held?.with ?? Number.NaN,
        kbPerSession: held === undefined ? Number.NaN : ((held.with - held.before) * 1024) / sessionsHeld,
      }
    })
  }

  get missingRows(): readonly Missing[] {
    return this.missing
  }

  text(): string {
    const head = [
      '',
      'added p50, one caller (µs)',
      'calls/s, 32 callers',
      'CPU per call (µs)',
      '÷ sdk proxy',
      '1 MiB, p50 (ms)',
      'CPU (ms)',
      'k events/s',
      'CPU per 1000 (ms)',
      'streams incomplete',
      'MB with 200 sessions (KB each)',
    ]
    const rows = this.rows().map((row) => [
      row.name,
      show(row.addedP50Us, 0),
      show(row.callsPerSecond, 0),
      show(row.cpuUs, 0),
      show(row.cpuAgainstSdk, 2),
      show(row.largeP50Ms, 2),
      show(row.largeCpuMs, 2),
      show(row.eventsPerSecond / 1000, 1),
      show(row.streamCpuMs, 1),
      show(row.incompleteStreams, 0),
      `${show(row.residentMb, 0)} (${show(row.kbPerSession, 0)})`,
    ])
    return [table(head, rows), ...this.missing.map(({ name, reason }) => `Missing: ${name}, as ${reason}.`)].join('\n')
  }
}

function addressOf({ port, path, headers }: SessionTarget): Pick<SessionJob, 'port' | 'path' | 'headers'> {
  return { port, path, headers }
}

async function sample(target: SessionTarget, measure: Measure, durationMs: number): Promise<Sample> {
  const child = driver({ ...measures[measure], ...addressOf(target), durationMs })
  let before = Number.NaN
  let after = Number.NaN
  // Beginning and ending the sessions is not what is measured.
  const outcome = await linesOf(child, (line) => {
    if (line === beginLine) before = cpuSeconds(target.pid)
    else after = cpuSeconds(target.pid)
    return line !== beginLine
  })
  await ended(child)
  const measured = JSON.parse(outcome) as SessionOutcome
  if (measured.failures > 0)
    throw new Error(`${target.name}: ${measured.failures} calls failed after ${measured.calls} (${measure})`)
  return { ...measured, cpuUs: ((after - before) * 1e6) / Math.max(1, measured.calls) }
}

function driver(job: SessionJob): ChildProcess {
  const command = onCore(cores.load, process.execPath, script('session-driver.ts', JSON.stringify(job)))
  return spawn(...command, { stdio: ['pipe', 'pipe', 'inherit'] })
}

/** Resolves to the first line that is the one. */
function linesOf(child: ChildProcess, isIt: (line: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
      if (isIt(line)) resolve(line)
    })
    child.once('exit', (code) => reject(new Error(`the driver ended with ${code}`)))
  })
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode === null && child.signalCode === null) child.once('exit', () => resolve())
    else resolve()
  })
}
