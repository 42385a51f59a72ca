/** The first table: what a hop costs where bytes pass through, beside the floor and nginx. */
import { connect, type Socket } from 'node:net'
import { residentMb } from './processes.js'
import { medianOf, show, table } from './report.js'
import { measureNames, sample, warmUpMs, type Measure, type Sample } from './sample.js'
import { startFloor, startNginx, startPassThrough, startServer, type Target } from './targets.js'

const streamsHeld = 500

interface Held {
  readonly kbPerStream: number
  readonly residentMb: number
  readonly p50: number
}

export class HopTable {
  private readonly samples = new Map<string, Sample[]>()
  private readonly held = new Map<string, Held>()

  private constructor(
    private readonly targets: readonly Target[],
    private readonly durationMs: number,
  ) {}

  static async start(durationMs: number): Promise<HopTable> {
    const server = await startServer()
    const targets: Target[] = [server, await startFloor(server)]
    const nginx = await startNginx(server)
    if (nginx === undefined)
      process.stderr.write('nginx is not installed, so its row is missing (apt-get install nginx-light)\n')
    else targets.push(nginx)
    targets.push(await startPassThrough(server))
    const measured = new HopTable(targets, durationMs)
    await measured.warmUp()
    return measured
  }

  /** Ends the targets where it fails. */
  private async warmUp(): Promise<void> {
    try {
      for (const target of this.targets) for (const measure of measureNames) await sample(target, measure, warmUpMs)
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async round(): Promise<void> {
    for (const measure of measureNames)
      for (const target of this.targets) {
        const key = `${target.name} ${measure}`
        this.samples.set(key, [...(this.samples.get(key) ?? []), await sample(target, measure, this.durationMs)])
      }
  }

  async hold(): Promise<void> {
    for (const target of this.targets.slice(1)) this.held.set(target.name, await holdStreams(target, this.durationMs))
  }

  async stop(): Promise<void> {
    for (const target of this.targets.toReversed()) await target.stop()
  }

  rows() {
    const median = (name: string, measure: Measure, field: keyof Sample): number =>
      medianOf((this.samples.get(`${name} ${measure}`) ?? []).map((one) => one[field]))
    const rate = (name: string): number => median(name, 'many', 'requests') / median(name, 'many', 'seconds')
    return this.targets.map(({ name }) => {
      const held = this.held.get(name)
      const cpuUs = median(name, 'many', 'cpuUs')
      const firstEvent = median(name, 'stream', 'firstEventP50')
      const streams = this.samples.get(`${name} stream`) ?? []
      return {
        name,
        addedP50Us: (median(name, 'one', 'p50') - median('direct', 'one', 'p50')) * 1000,
        callsPerSecond: rate(name),
        callsAgainstNginx: rate(name) / rate('nginx'),
        cpuUs,
        cpuAgainstFloor: cpuUs / median('node:http + undici', 'many', 'cpuUs'),
        largeAddedP50Ms: median(name, 'large', 'p50') - median('direct', 'large', 'p50'),
        firstEventUs: firstEvent * 1000,
        firstEventAgainstNginx: firstEvent / median('nginx', 'stream', 'firstEventP50'),
        eventsPerSecond: median(name, 'stream', 'eventsPerSecond'),
        incompleteStreams: streams.reduce((sum, { incompleteStreams }) => sum + incompleteStreams, 0),
        residentMb: held?.residentMb ?? Number.NaN,
        kbPerStream: held?.kbPerStream ?? Number.NaN,
        p50PastStreamsUs: (held?.p50 ?? Number.NaN) * 1000,
      }
    })
  }

  text(): string {
    return table(
      [
        '',
        'added p50, one caller (µs)',
        'calls/s, 32 callers',
        '÷ nginx',
        'CPU per call (µs)',
        '÷ floor',
        '1 MiB, added p50 (ms)',
        'first event (µs)',
        'k events/s',
        'streams incomplete',
        'MB with 500 streams (KB each)',
        'p50 past them (µs)',
      ],
      this.rows().map((row) => [
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
      ]),
    )
  }
}

/** Holds streams open through a target and calls past them: what they cost in memory, and whether one stalls a call. */
async function holdStreams(target: Target, durationMs: number): Promise<Held> {
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
