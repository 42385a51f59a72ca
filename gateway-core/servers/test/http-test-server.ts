/** HTTP servers on loopback for the tests of the transports, and what a test needs to listen to a transport. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'
import type { GatewayError } from '../../contract/errors.js'
import type { JsonRpcMessage, JsonRpcNotification, JsonRpcRequest, RequestId } from '../../contract/json-rpc.js'
import { createStreamableHttpTransport, type StreamableHttpTransport } from '../streamable-http-transport.js'
import type { SendOptions, TransportEvents } from '../transport.js'

export interface ReceivedRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface TestServer {
  readonly origin: string
  /** Those whose bodies have come, in that order. */
  readonly received: readonly ReceivedRequest[]
  /** Opens as many connections as there are requests. */
  readonly pool: Pool
  close(): Promise<void>
}

/** @param answer is called when the request's body has come */
export async function startTestServer(
  answer: (request: ReceivedRequest, response: ServerResponse) => void,
): Promise<TestServer> {
  const received: ReceivedRequest[] = []
  const server = await listen((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming
      const request = { method, url, headers, body: Buffer.concat(chunks).toString() }
      received.push(request)
      answer(request, response)
    })
  })
  return { ...server, received }
}

/** A server whose requests an SDK reads itself. */
export async function listen(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Omit<TestServer, 'received'>> {
  const http = createServer(answer)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const origin = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const pool = new Pool(origin, { connections: null, pipelining: 1 })
  return {
    origin,
    pool,
    close: async () => {
      await pool.destroy()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

export interface Heard extends TransportEvents {
  readonly messages: { readonly message: JsonRpcMessage; readonly during: RequestId | undefined }[]
  readonly reasons: GatewayError[]
  /** Resolves when so many messages have come. */
  count(messages: number): Promise<void>
  /** Resolves when the transport said that it is over. */
  over(): Promise<GatewayError>
}

export function hear(): Heard {
  const messages: Heard['messages'] = []
  const reasons: GatewayError[] = []
  let waiting: (() => void)[] = []
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const wake = (): void => {
    const woken = waiting
    waiting = []
    for (const resume of woken) resume()
  }
  return {
    messages,
    reasons,
    message: (message, during) => {
      messages.push({ message, during })
      wake()
    },
    closed: (reason) => {
      reasons.push(reason)
      wake()
    },
    count: (wanted) => until(() => messages.length >= wanted),
    over: async () => {
      await until(() => reasons.length > 0)
      const [reason] = reasons
      if (reason === undefined) throw new Error('the transport is not over')
      return reason
    },
  }
}

export function sendTo(
  server: { readonly origin: string },
  more: Partial<SendOptions> = {},
  path = '/mcp',
): SendOptions {
  return { outbound: { origin: server.origin, path, headers: ['authorization', 'Bearer t'] }, timeoutMs: 5000, ...more }
}

export function request(id: RequestId, method = 'ping', params: Record<string, unknown> = {}): JsonRpcRequest {
  return { jsonrpc: '2.0', id, method, params }
}

/** What `promise` was rejected with. */
export function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => Promise.reject(new Error('it was not rejected')),
    (reason: unknown) => reason,
  )
}

export function asEvent(message: unknown, id?: string): string {
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`
}

export const eventStream = { 'content-type': 'text/event-stream' } as const
export const json = { 'content-type': 'application/json' } as const
export const legacy = { era: 'legacy', protocolVersion: '2025-11-25' } as const
export const modern = { era: 'modern', protocolVersion: '2026-07-28' } as const

export function result(id: RequestId, value: Record<string, unknown> = {}): Record<string, unknown> {
  return { jsonrpc: '2.0', id, result: value }
}

export function progress(step: number): JsonRpcNotification {
  return { jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 'p', progress: step } }
}

export const initialized: JsonRpcNotification = { jsonrpc: '2.0', method: 'notifications/initialized' }

export type TestAnswer = (request: ReceivedRequest, response: ServerResponse) => void

/** A server with session `s1`, which answers what comes after `initialize` one by one as `answers` say, then with 202. */
export function startLegacyServer(answers: readonly TestAnswer[]): Promise<TestServer> {
  const left = [...answers]
  return startTestServer((received, response) => {
    if (received.body.includes('"initialize"'))
      response.writeHead(200, { ...json, 'mcp-session-id': 's1' }).end(JSON.stringify(result('init')))
    else (left.shift() ?? ((_, taken) => void taken.writeHead(202).end()))(received, response)
  })
}

export interface TestTransport {
  readonly transport: StreamableHttpTransport
  readonly heard: Heard
}

/** What is to be closed when the test is over, in reverse. */
export type Endings = (() => Promise<void>)[]

export function streamableTo(
  server: Pick<TestServer, 'origin' | 'pool' | 'close'>,
  endings: Endings,
  ownCredential = true,
): TestTransport {
  const heard = hear()
  const transport = createStreamableHttpTransport({ slug: 'new', dispatcher: server.pool, ownCredential }, heard)
  endings.push(
    () => server.close(),
    () => transport.close(),
  )
  return { transport, heard }
}

export async function initialize(
  transport: StreamableHttpTransport,
  server: Pick<TestServer, 'origin'>,
): Promise<void> {
  await transport.start(sendTo(server))
  await transport.send(request('init', 'initialize'), sendTo(server))
  transport.setProtocol(legacy)
}
