/**
 * The benchmark: what a hop costs, as ratios between targets that are measured side by side in one run, interleaved,
 * medians of rounds. Absolute figures depend on the machine and on what else it does; ratios less so.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Job, Outcome } from './driver.js'
import { startFloor, startGatehouse, startNginx, startServer, type Target } from './targets.js'

const root = new URL('../../', import.meta.url).pathname
const tsx = createRequire(import.meta.url).resolve('tsx')
const streamsHeld = 500

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    'round-ms': { type: 'string', default: '2000' },
    quick: { type: 'boolean', default: false },
  },
})
const rounds = values.quick ? 2 : Number(values.rounds)
const durationMs = values.quick ? 500 : Number(values['round-ms'])

interface Sample extends Outcome {
  /** CPU time of the target per request, microseconds; NaN where it cannot be read. */
  readonly cpuUs: number
}

type Measure = 'one' | 'many' | 'large' | 'stream'
const measures: Readonly<Record<Measure, Pick<Job, 'connections'> & { readonly kind: 'small' | 'large' | 'stream' }>> =
  {
    one: { connections: 1, kind: 'small' },
    many: { connections: 32, kind: 'small' },
    large: { connections: 1, kind: 'large' },
    stream: { connections: 1, kind: 'stream' },
  }

const server = await startServer()
const targets: Target[] = [server, await startFloor(server)]
const nginx = await startNginx(server)
if (nginx === undefined)
  process.stderr.write('nginx is not installed, so its row is missing (apt-get install nginx-light)\n')
else targets.push(nginx)
targets.push(await startGatehouse(server))

const samples = new Map<string, Sample[]>()
try {
  for (const target of targets)
    for (const measure of Object.keys(measures) as Measure[]) await sample(target, measure, 500)
  for (let round = 0; round < rounds; round++)
    for (const measure of Object.keys(measures) as Measure[])
      for (const target of targets) {
        const key = `${target.name} ${measure}`
        samples.set(key, [...(samples.get(key) ?? []), await sample(target, measure, durationMs)])
      }
  const streams = new Map<string, Awaited<ReturnType<typeof holdStreams>>>()
  for (const target of targets.slice(1)) streams.set(target.name, await holdStreams(target))
  report(streams)
} finally {
  for (const target of targets.reverse()) await target.stop()
}

async function sample(target: Target, measure: Measure, forMs: number): Promise<Sample> {
  const { connections, kind } = measures[measure]
  const job: Job = {
    port: target.port,
    path: target.pathOf(kind),
    headers: target.headers,
    connections,
    durationMs: forMs,
  }
  const before = cpuSeconds(target.pid)
  const outcome = await drive(job)
  const cpuUs = ((cpuSeconds(target.pid) - before) * 1e6) / Math.max(1, outcome.requests)
  if (outcome.failures > 0)
    throw new Error(`${target.name}: ${outcome.failures} of ${outcome.requests} calls failed (${measure})`)
  return { ...outcome, cpuUs }
}

function drive(job: Job): Promise<Outcome> {
  const args = ['--import', tsx, join(root, 'e2e/bench/driver.ts'), JSON.stringify(job)]
  const child =
    process.platform === 'linux'
      ? spawn('taskset', ['-c', '1', process.execPath, ...args])
      : spawn(process.execPath, args)
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stderr.pipe(process.stderr)
    child.once('exit', (code) =>
      code === 0 ? resolve(JSON.parse(text) as Outcome) : reject(new Error(`the driver ended with ${code}`)),
    )
  })
}

/** User and system time of a process, all of its threads. */
function cpuSeconds(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return Number.NaN
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / clockTicks()
}

function clockTicks(): number {
  return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
}

function residentMb(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return Number.NaN
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024
}

/** Holds streams open through a target and calls past them: what they cost in memory, and whether one stalls a call. */
async function holdStreams(target: Target): Promise<{ kbPerStream: number; residentMb: number; p50: number }> {
  const beforeMb = residentMb(target.pid)
  const sockets = await Promise.all(Array.from({ length: streamsHeld }, () => openStream(target)))
  const heldMb = residentMb(target.pid)
  const { p50 } = await sample(target, 'one', durationMs)
  for (const socket of sockets) socket.destroy()
  return { kbPerStream: ((heldMb - beforeMb) * 1024) / streamsHeld, residentMb: heldMb, p50 }
}

function openStream(target: Target): Promise<Socket> {
  const headers = Object.entries(target.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const socket = connect(target.port, '127.0.0.1')
  socket.write(
    `GET ${target.pathOf('stream')} HTTP/1.1\r\nHost: 127.0.0.1:${target.port}\r\nAccept: text/event-stream\r\n${headers.join('')}\r\n`,
  )
  return new Promise((resolve, reject) => {
    let text = ''
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      if (!text.includes('data: ')) return
      socket.off('data', onData)
      resolve(socket)
    }
    socket.on('data', onData)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`${target.name} closed a stream: ${text.slice(0, 60)}`)))
  })
}

function median(key: string, field: keyof Sample): number {
  const sorted = (samples.get(key) ?? []).map((one) => one[field]).sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function report(streams: ReadonlyMap<string, { kbPerStream: number; residentMb: number; p50: number }>): void {
  const directOne = median('direct one', 'p50')
  const directLarge = median('direct large', 'p50')
  const rows = targets.map(({ name }) => {
    const many = median(`${name} many`, 'requests') / median(`${name} many`, 'seconds')
    const nginxMany = median('nginx many', 'requests') / median('nginx many', 'seconds')
    const held = streams.get(name)
    return {
      name,
      addedP50Us: (median(`${name} one`, 'p50') - directOne) * 1000,
      callsPerSecond: many,
      callsAgainstNginx: many / nginxMany,
      cpuUs: median(`${name} many`, 'cpuUs'),
      cpuAgainstFloor: median(`${name} many`, 'cpuUs') / median('node:http + undici many', 'cpuUs'),
      largeAddedP50Ms: median(`${name} large`, 'p50') - directLarge,
      firstEventUs: median(`${name} stream`, 'firstEventP50') * 1000,
      firstEventAgainstNginx: median(`${name} stream`, 'firstEventP50') / median('nginx stream', 'firstEventP50'),
      eventsPerSecond: median(`${name} stream`, 'eventsPerSecond'),
      incompleteStreams: (samples.get(`${name} stream`) ?? []).reduce(
        (sum, { incompleteStreams }) => sum + incompleteStreams,
        0,
      ),
      residentMb: held?.residentMb ?? Number.NaN,
      kbPerStream: held?.kbPerStream ?? Number.NaN,
      p50PastStreamsUs: (held?.p50 ?? Number.NaN) * 1000,
    }
  })
  const startMs = targets.at(-1)?.startMs ?? Number.NaN
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}, ${process.platform}`
  mkdirSync(join(root, 'bench-results'), { recursive: true })
  writeFileSync(
    join(root, 'bench-results/latest.json'),
    JSON.stringify({ at: new Date().toISOString(), machine, rounds, durationMs, startMs, rows }, null, 2),
  )
  const show = (value: number, digits: number): string => (Number.isNaN(value) ? '–' : value.toFixed(digits))
  const lines = rows.map((row) =>
    [
      row.name,
      show(row.addedP50Us, 0),
      show(row.callsPerSecond, 0),
      show(row.callsAgainstNginx, 2),
      show(row.cpuUs, 0),
      show(row.cpuAgainstFloor, 2),
      show(row.largeAddedP50Ms, 2),
      show(row.firstEventUs, 0),
      show(row.eventsPerSecond / 1000, 0),
      show(row.incompleteStreams, 0),
      `${show(row.residentMb, 0)} (${show(row.kbPerStream, 0)})`,
      show(row.p50PastStreamsUs, 0),
    ].join(' | '),
  )
  process.stdout.write(
    [
      `${machine}; ${rounds} rounds of ${durationMs} ms; gatehouse ready in ${show(startMs, 0)} ms`,
      '',
      '| | added p50, one caller (µs) | calls/s, 32 callers | ÷ nginx | CPU per call (µs) | ÷ floor | 1 MiB, added p50 (ms) | first event (µs) | k events/s | streams incomplete | MB with 500 streams (KB each) | p50 past them (µs) |',
      '|---|---|---|---|---|---|---|---|---|---|---|---|',
      ...lines.map((line) => `| ${line} |`),
      '',
    ].join('\n'),
  )
}
