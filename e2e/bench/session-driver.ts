/**
 * The load on a target of the sessions' table: agents of the era with sessions, on raw sockets, so that the driver costs
 * little. A process of its own; takes one `SessionJob` as JSON in its first argument.
 */
import { connect, type Socket } from 'node:net'
import { beginLine, largeBytes, smallBytes, streamEvents, type SessionJob, type SessionOutcome } from './session-job.js'

const job = JSON.parse(process.argv[2] ?? '{}') as SessionJob
const toolOf = { small: 'echo', hold: 'echo', large: 'large', stream: 'count' } as const
const headerEnd = Buffer.from('\r\n\r\n')
const lastChunk = Buffer.from('\r\n0\r\n\r\n')

interface HttpAnswer {
  readonly head: string
  readonly body: Buffer
}

/** One connection that is kept alive, one request at a time. */
class Connection {
  private chunks: Buffer[] = []
  private bytes = 0
  private head = ''
  /** Bytes in all once the length is known; undefined for a chunked body. */
  private expected: number | undefined
  private isHeadEnough = false
  private waiting: { resolve: (answer: HttpAnswer) => void; reject: (reason: Error) => void } | undefined

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => this.take(chunk))
    socket.once('close', () => this.waiting?.reject(new Error('the connection was closed')))
    socket.on('error', () => undefined)
  }

  static async open(): Promise<Connection> {
    const socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true })
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new Connection(socket)
  }

  /** @param isHeadEnough of a stream, the end is not waited for */
  exchange(request: string, isHeadEnough = false): Promise<HttpAnswer> {
    this.isHeadEnough = isHeadEnough
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject }
      this.socket.write(request)
    })
  }

  close(): void {
    this.socket.destroy()
  }

  private take(chunk: Buffer): void {
    this.chunks.push(chunk)
    this.bytes += chunk.length
    if (this.head === '' && !this.readHead()) return
    if (this.expected === undefined ? this.endsWithLastChunk() : this.bytes >= this.expected) this.finish()
  }

  private readHead(): boolean {
    const all = this.joined()
    const end = all.indexOf(headerEnd)
    if (end < 0) return false
    this.head = all.toString('latin1', 0, end)
    const length = /content-length: (\d+)/i.exec(this.head)?.[1]
    const isChunked = /transfer-encoding: chunked/i.test(this.head)
    this.expected = isChunked && !this.isHeadEnough ? undefined : end + 4 + Number(length ?? 0)
    return true
  }

  private endsWithLastChunk(): boolean {
    const last = this.chunks.at(-1)
    if (last === undefined) return false
    const tail = last.length >= lastChunk.length ? last : this.joined()
    // The header may end in the same characters as the last chunk, where the body is empty.
    return tail.subarray(tail.length - lastChunk.length).equals(lastChunk)
  }

  private joined(): Buffer {
    if (this.chunks.length > 1) this.chunks = [Buffer.concat(this.chunks)]
    return this.chunks[0] ?? Buffer.alloc(0)
  }

  private finish(): void {
    const all = this.joined()
    const head = this.head
    const body = all.subarray(head.length + 4)
    this.chunks = []
    this.bytes = 0
    this.head = ''
    const { waiting, expected } = this
    this.waiting = undefined
    waiting?.resolve({ head, body: expected === undefined ? unchunk(body) : body })
  }
}

/** RFC 9112 §7.1, for a body that is known to be whole. */
function unchunk(body: Buffer): Buffer {
  const pieces: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.toString('latin1', at, lineEnd), 16)
    if (!(size > 0)) return Buffer.concat(pieces)
    pieces.push(body.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = lineEnd + 2 + size + 2
  }
}

class Agent {
  private sessionId = ''
  private tool = ''
  private lastId = 0

  private constructor(private readonly connection: Connection) {}

  static async open(): Promise<Agent> {
    const agent = new Agent(await Connection.open())
    const initialized = await agent.request('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'bench', version: '1.0.0' },
    })
    agent.sessionId = /mcp-session-id: (\S+)/i.exec(initialized.head)?.[1] ?? ''
    await agent.connection.exchange(agent.post({ jsonrpc: '2.0', method: 'notifications/initialized' }))
    const tools = (await agent.request('tools/list', {})).body.toString()
    // A server that stands for many has prefixes before the names.
    agent.tool = new RegExp(`"name":"([^"]*${toolOf[job.kind]})"`).exec(tools)?.[1] ?? ''
    if (agent.sessionId === '' || agent.tool === '')
      throw new Error(`no session with this tool: ${tools.slice(0, 200)}`)
    return agent
  }

  /** @returns how many events came, or undefined where it failed */
  async call(): Promise<{ events: number; complete: boolean } | undefined> {
    const id = this.lastId + 1
    const meta = job.kind === 'stream' ? { _meta: { progressToken: `token-${id}` } } : {}
    const params = { name: this.tool, arguments: { text: 'y'.repeat(smallBytes) }, ...meta }
    const { head, body } = await this.request('tools/call', params)
    if (!head.startsWith('HTTP/1.1 200') || body.length < smallBytes) return undefined
    if (job.kind === 'large') return body.length < largeBytes ? undefined : { events: 0, complete: true }
    const text = body.toString('latin1')
    if (!text.includes(`"id":${id}`) || !text.includes('"result":')) return undefined
    if (job.kind !== 'stream') return { events: 0, complete: true }
    return checkProgress(text, `token-${id}`)
  }

  async holdStream(): Promise<void> {
    const connection = await Connection.open()
    await connection.exchange(this.withHeaders('GET', 'Accept: text/event-stream\r\n', ''), true)
  }

  async end(): Promise<void> {
    await this.connection.exchange(this.withHeaders('DELETE', '', ''))
    this.connection.close()
  }

  private request(method: string, params: object): Promise<HttpAnswer> {
    return this.connection.exchange(this.post({ jsonrpc: '2.0', id: ++this.lastId, method, params }))
  }

  private post(message: object): string {
    const body = JSON.stringify(message)
    const headers = `Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: ${body.length}\r\n`
    return this.withHeaders('POST', headers, body)
  }

  private withHeaders(method: string, headers: string, body: string): string {
    const session =
      this.sessionId === '' ? '' : `Mcp-Session-Id: ${this.sessionId}\r\nMcp-Protocol-Version: 2025-11-25\r\n`
    const own = Object.entries(job.headers).map(([name, value]) => `${name}: ${value}\r\n`)
    return `${method} ${job.path} HTTP/1.1\r\nHost: 127.0.0.1:${job.port}\r\n${headers}${session}${own.join('')}\r\n${body}`
  }
}

/** Every event has to come once, in order, under the agent's own token, before the result. */
function checkProgress(text: string, token: string): { events: number; complete: boolean } {
  const seen = [...text.matchAll(/"method":"notifications\/progress".*?\n/g)].map(([line]) => ({
    isOwn: line.includes(`"progressToken":"${token}"`),
    progress: Number(/"progress":(\d+)/.exec(line)?.[1]),
  }))
  const inOrder = seen.every(({ isOwn, progress }, index) => isOwn && progress === index + 1)
  const isBeforeResult = text.lastIndexOf('"method":"notifications/progress"') < text.lastIndexOf('"result":')
  return { events: seen.length, complete: inOrder && isBeforeResult && seen.length === streamEvents }
}

const latencies: number[] = []
let failures = 0
let events = 0
let incompleteStreams = 0

async function load(agent: Agent, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    const sentMs = performance.now()
    const outcome = await agent.call().catch(() => undefined)
    if (outcome === undefined) {
      failures++
      return
    }
    latencies.push(performance.now() - sentMs)
    events += outcome.events
    if (!outcome.complete) incompleteStreams++
  }
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}

const agents: Agent[] = []
// One after the other: what a target does when many come at once is not what is measured.
for (let index = 0; index < job.callers; index++) agents.push(await Agent.open())

if (job.kind === 'hold') {
  for (const agent of agents) {
    await agent.call()
    await agent.holdStream()
  }
  tell(beginLine)
  process.stdin.resume()
} else {
  tell(beginLine)
  const startMs = performance.now()
  await Promise.all(agents.map((agent) => load(agent, startMs + job.durationMs)))
  const seconds = (performance.now() - startMs) / 1000
  latencies.sort((a, b) => a - b)
  const outcome: SessionOutcome = {
    calls: latencies.length,
    failures,
    seconds,
    p50: latencies[Math.floor(latencies.length / 2)] ?? Number.NaN,
    eventsPerSecond: events / seconds,
    incompleteStreams,
  }
  tell(JSON.stringify(outcome))
  await Promise.all(agents.map((agent) => agent.end().catch(() => undefined)))
}
