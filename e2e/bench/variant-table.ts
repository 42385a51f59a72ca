/** The third table: what recording and Shield cost, as the same gateway with more and more of it turned on. */
import { residentMb } from './processes.js'
import { medianOf, show, table } from './report.js'
import { sample, warmUpMs, type Sample } from './sample.js'
import { startPassThrough, startServer, type PassThroughSettings, type Target } from './targets.js'

/** None of them matches the calls that are made. */
const policies = [
  'forbid(principal, action == Action::"tools/call", resource) when { context.arguments.env == "prod" };',
  'forbid(principal, action, resource == Tool::"small/purge");',
  '@decision("ask") forbid(principal == Caller::"somebody", action == Action::"tools/call", resource);',
]
const detectors = 'forbid(principal, action, resource) when { context.detections.contains("secret") };'

/** From nothing to everything, each with what the one before has. */
const variants: readonly PassThroughSettings[] = [
  { name: 'neither', serveArgs: ['--no-recording'] },
  { name: 'recording' },
  { name: 'recording, policies', policies },
  { name: 'recording, policies, detectors', policies: [...policies, detectors] },
]

const measures = ['one', 'many'] as const
type Measure = (typeof measures)[number]

export class VariantTable {
  private readonly samples = new Map<string, Sample[]>()
  private rounds = 0

  private constructor(
    private readonly server: Target,
    private readonly targets: readonly Target[],
    private readonly durationMs: number,
  ) {}

  static async start(durationMs: number): Promise<VariantTable> {
    const server = await startServer()
    const targets: Target[] = []
    const started = new VariantTable(server, targets, durationMs)
    try {
      for (const variant of variants) targets.push(await startPassThrough(server, variant))
      for (const target of targets) for (const measure of measures) await sample(target, measure, warmUpMs)
      return started
    } catch (error) {
      await started.stop()
      throw error
    }
  }

  /** Begins with another one each time, so that none always has the quiet moment. */
  async round(): Promise<void> {
    const first = this.rounds++ % this.targets.length
    const inTurn = [...this.targets.slice(first), ...this.targets.slice(0, first)]
    for (const measure of measures)
      for (const target of inTurn) {
        const key = `${target.name} ${measure}`
        this.samples.set(key, [...(this.samples.get(key) ?? []), await sample(target, measure, this.durationMs)])
      }
  }

  async stop(): Promise<void> {
    for (const target of this.targets) await target.stop()
    await this.server.stop()
  }

  rows() {
    const median = (name: string, measure: Measure, field: keyof Sample): number =>
      medianOf((this.samples.get(`${name} ${measure}`) ?? []).map((one) => one[field]))
    const [none] = this.targets
    const base = none?.name ?? ''
    return this.targets.map(({ name, pid }) => ({
      name,
      p50Us: median(name, 'one', 'p50') * 1000,
      addedP50Us: (median(name, 'one', 'p50') - median(base, 'one', 'p50')) * 1000,
      callsPerSecond: median(name, 'many', 'requests') / median(name, 'many', 'seconds'),
      cpuUs: median(name, 'many', 'cpuUs'),
      addedCpuUs: median(name, 'many', 'cpuUs') - median(base, 'many', 'cpuUs'),
      residentMb: residentMb(pid),
    }))
  }

  text(): string {
    return table(
      ['', 'p50, one caller (µs)', 'added (µs)', 'calls/s, 32 callers', 'CPU per call (µs)', 'added (µs)', 'MB'],
      this.rows().map((row) => [
        row.name,
        show(row.p50Us, 0),
        show(row.addedP50Us, 0),
        show(row.callsPerSecond, 0),
        show(row.cpuUs, 0),
        show(row.addedCpuUs, 0),
        show(row.residentMb, 0),
      ]),
    )
  }
}
