/**
 * The load: connections in a closed loop over raw sockets, so that the driver costs little. A process of its own; takes
 * one job as JSON in its first argument and prints the outcome as JSON.
 */
import { connect, type Socket } from 'node:net'

export interface Job {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly connections: number
  readonly durationMs: number
}

export interface Outcome {
  readonly requests: number
  readonly failures: number
  readonly seconds: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Milliseconds from the request to the first event, for streams. */
  readonly firstEventP50: number
  readonly eventsPerSecond: number
  readonly incompleteStreams: number
}

const job = JSON.parse(process.argv[2] ?? '{}') as Job
const isStream = job.path.includes('stream')
const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'bench', arguments: { text: 'hello' } },
})
const requestText = [
  `POST ${job.path} HTTP/1.1`,
  `Host: 127.0.0.1:${job.port}`,
  'Content-Type: application/json',
  'Accept: application/json, text/event-stream',
  `Content-Length: ${body.length}`,
  ...Object.entries(job.headers).map(([name, value]) => `${name}: ${value}`),
  '',
  body,
].join('\r\n')

const latencies: number[] = []
const firstEvents: number[] = []
let failures = 0
let events = 0
let incompleteStreams = 0
const startMs = performance.now()
const endMs = startMs + job.durationMs

await Promise.all(Array.from({ length: job.connections }, () => run()))

const seconds = (performance.now() - startMs) / 1000
latencies.sort((a, b) => a - b)
firstEvents.sort((a, b) => a - b)
const at = (sorted: number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
const outcome: Outcome = {
  requests: latencies.length,
  failures,
  seconds,
  p50: at(latencies, 0.5),
  p99: at(latencies, 0.99),
  firstEventP50: at(firstEvents, 0.5),
  eventsPerSecond: events / seconds,
  incompleteStreams,
}
process.stdout.write(JSON.stringify(outcome))

async function run(): Promise<void> {
  const socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true })
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.setMaxListeners(0)
  while (performance.now() < endMs) {
    const sentMs = performance.now()
    socket.write(requestText)
    const ok = isStream ? await readStream(socket, sentMs) : await readAnswer(socket)
    if (ok) latencies.push(performance.now() - sentMs)
    else {
      failures++
      break
    }
  }
  socket.destroy()
}

/** Reads one answer with a Content-Length, or a chunked one to its last chunk. */
function readAnswer(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    let head = ''
    let remaining = -1
    const done = (ok: boolean): void => {
      socket.off('data', onData)
      socket.off('close', onClose)
      resolve(ok)
    }
    const onClose = (): void => done(false)
    const onData = (chunk: Buffer): void => {
      if (remaining < 0) {
        head += chunk.toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        if (!head.startsWith('HTTP/1.1 200')) {
          done(false)
          return
        }
        const length = /content-length: (\d+)/i.exec(head)?.[1]
        remaining = Number(length ?? 0) - (head.length - end - 4)
      } else remaining -= chunk.length
      if (remaining <= 0) done(true)
    }
    socket.on('data', onData)
    socket.once('close', onClose)
  })
}

/** Reads one chunked event stream, and checks that every event came, in order. */
function readStream(socket: Socket, sentMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let text = ''
    let first = true
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      if (first && text.includes('data: ')) {
        first = false
        firstEvents.push(performance.now() - sentMs)
      }
      // The header may end in the same characters as the last chunk.
      if (!text.endsWith('\r\n0\r\n\r\n') || text.length < 1000) return
      socket.off('data', onData)
      const seen = [...unchunk(text).matchAll(/"progress":(\d+)/g)].map((match) => Number(match[1]))
      events += seen.length
      if (seen.length !== 1000 || seen.some((value, index) => value !== index)) incompleteStreams++
      resolve(true)
    }
    socket.on('data', onData)
    socket.once('close', () => resolve(false))
  })
}

/** RFC 9112 §7.1, for text that is known to be whole. */
function unchunk(answer: string): string {
  let body = ''
  let at = answer.indexOf('\r\n\r\n') + 4
  for (;;) {
    const lineEnd = answer.indexOf('\r\n', at)
    const size = Number.parseInt(answer.slice(at, lineEnd), 16)
    if (!(size > 0)) return body
    body += answer.slice(lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 2 + size + 2
  }
}
