/**
 * A server on bare node:http that keeps every request as it came: headers in order, socket, body. It answers enough of
 * both eras for a call; a test may answer instead.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { at } from './send.js'

export interface RecordedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** Pairs in the order and letter case of the wire. */
  readonly headers: readonly (readonly [string, string])[]
  /** The client's port: tells sockets apart. */
  readonly remotePort: number
  readonly body: Buffer
  /** Parsed body, or undefined. */
  readonly json: unknown
  /** Resolves when the connection closed before the answer was complete. */
  readonly aborted: Promise<void>
  /** The only value of a header, in lower case; undefined where it is absent. */
  header(name: string): string | undefined
}

/** Answers one request. Returning false leaves it to the default. */
export type Responder = (request: RecordedRequest, response: ServerResponse) => boolean | void

export interface RecordingServer {
  readonly url: string
  readonly origin: string
  readonly requests: RecordedRequest[]
  /** Sockets accepted since the start. */
  readonly connections: () => number
  /** Replaces how it answers, until `reset`. */
  answerWith(responder: Responder): void
  /** Forgets requests and the responder. */
  reset(): void
  /** Resolves with the request that makes at least `count`; rejects after 5 s. */
  received(count: number): Promise<RecordedRequest>
  close(): Promise<void>
}

/** Starts it on a free port of 127.0.0.1; `url` ends in `/mcp`. */
export async function startRecordingServer(): Promise<RecordingServer> {
  const requests: RecordedRequest[] = []
  const waiting = new Set<() => void>()
  let responder: Responder | undefined
  let connections = 0
  const http = createServer((incoming, response) => {
    void record(incoming, response).then((request) => {
      requests.push(request)
      for (const check of waiting) check()
      if (responder?.(request, response) !== false && responder !== undefined) return
      answerByDefault(request, response)
    })
  })
  http.on('connection', (_socket: Socket) => (connections += 1))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return {
    origin,
    url: `${origin}/mcp`,
    requests,
    connections: () => connections,
    answerWith: (next) => (responder = next),
    reset() {
      requests.length = 0
      responder = undefined
    },
    received: (count) => waitFor(requests, waiting, count),
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

async function record(incoming: IncomingMessage, response: ServerResponse): Promise<RecordedRequest> {
  const aborted = new Promise<void>((resolve) => {
    response.on('close', () => {
      if (!response.writableFinished) resolve()
    })
  })
  const remotePort = incoming.socket.remotePort ?? 0
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const headers: [string, string][] = []
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    headers.push([incoming.rawHeaders[index] ?? '', incoming.rawHeaders[index + 1] ?? ''])
  }
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    headers,
    remotePort,
    body,
    json: parsed(body),
    aborted,
    header(name) {
      const found = headers.filter(([each]) => each.toLowerCase() === name)
      if (found.length > 1) throw new Error(`${name} came ${found.length} times`)
      return found[0]?.[1]
    },
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Answers with one JSON body. */
export function answerJson(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** Opens an SSE answer and returns the function that writes one message. */
export function answerEvents(response: ServerResponse): (message: unknown) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.flushHeaders()
  return (message) => void response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`)
}

function answerByDefault({ method, json }: RecordedRequest, response: ServerResponse): void {
  const id = at(json, 'id')
  if (method === 'GET') return void answerEvents(response)
  if (method === 'DELETE') return void response.writeHead(200).end()
  if (id === undefined) return void response.writeHead(202).end()
  if (at(json, 'method') === 'initialize') {
    const result = {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'recording', version: '1.0.0' },
    }
    return answerJson(response, 200, { jsonrpc: '2.0', id, result }, { 'mcp-session-id': randomUUID() })
  }
  const result = { resultType: 'complete', content: [{ type: 'text', text: 'recorded' }] }
  answerJson(response, 200, { jsonrpc: '2.0', id, result })
}

function waitFor(
  requests: readonly RecordedRequest[],
  waiting: Set<() => void>,
  count: number,
): Promise<RecordedRequest> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      waiting.delete(check)
      reject(new Error(`${requests.length} of ${count} requests came within 5 s`))
    }, 5000)
    const check = (): void => {
      const request = requests[count - 1]
      if (request === undefined) return
      clearTimeout(late)
      waiting.delete(check)
      resolve(request)
    }
    waiting.add(check)
    check()
  })
}
