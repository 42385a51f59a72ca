/** One measurement of one target: so many callers, for so long. */
import { spawn } from 'node:child_process'
import type { Job, Outcome } from './driver.js'
import { cores, cpuSeconds, onCore, script } from './processes.js'
import type { Target } from './targets.js'

export interface Sample extends Outcome {
  /** CPU time of the target per request, microseconds; NaN where it cannot be read. */
  readonly cpuUs: number
}

export type Measure = 'one' | 'many' | 'large' | 'stream'
const measures: Readonly<Record<Measure, Pick<Job, 'connections'> & { readonly kind: 'small' | 'large' | 'stream' }>> =
  {
    one: { connections: 1, kind: 'small' },
    many: { connections: 32, kind: 'small' },
    large: { connections: 1, kind: 'large' },
    stream: { connections: 1, kind: 'stream' },
  }
/** So long each measure is taken, and thrown away, before the first round. */
export const warmUpMs = 500
export const measureNames = Object.keys(measures) as Measure[]

/** @throws Error where a call fails */
export async function sample(target: Target, measure: Measure, durationMs: number): Promise<Sample> {
  const { connections, kind } = measures[measure]
  const { port, headers } = target
  const before = cpuSeconds(target.pid)
  const outcome = await drive({ port, path: target.pathOf(kind), headers, connections, durationMs })
  const cpuUs = ((cpuSeconds(target.pid) - before) * 1e6) / Math.max(1, outcome.requests)
  if (outcome.failures > 0)
    throw new Error(`${target.name}: ${outcome.failures} of ${outcome.requests} calls failed (${measure})`)
  return { ...outcome, cpuUs }
}

function drive(job: Job): Promise<Outcome> {
  const child = spawn(...onCore(cores.load, process.execPath, script('driver.ts', JSON.stringify(job))))
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.pipe(process.stderr)
    child.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(text) as Outcome) : reject(new Error(`the driver ended with ${code}`)),
    )
  })
}
