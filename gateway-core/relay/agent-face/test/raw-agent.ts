/** An agent made by hand, for what no SDK would send. */
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'

export interface RawAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  /** The body, or the last message of an event stream. */
  readonly message: { id?: unknown; result?: Record<string, unknown>; error?: { code: number; data?: unknown } }
  /** All messages of an event stream. */
  readonly messages: readonly unknown[]
}

export interface RawRequest {
  readonly httpMethod?: string
  readonly headers?: Record<string, string>
  readonly body?: unknown
}

const standard = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** Resolves with the response when its headers have come. */
export async function open(url: string, { httpMethod = 'POST', headers = {}, body }: RawRequest) {
  const sent = request(url, { method: httpMethod, headers: { ...standard, ...headers }, agent: false })
  sent.on('error', () => undefined)
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  const [response] = (await once(sent, 'response', { signal: AbortSignal.timeout(5000) })) as [IncomingMessage]
  response.on('error', () => undefined)
  return { sent, response }
}

/** Sends without waiting for an answer. */
export function begin(url: string, { headers = {}, body }: RawRequest) {
  const sent = request(url, { method: 'POST', headers: { ...standard, ...headers }, agent: false })
  sent.on('error', () => undefined)
  sent.end(JSON.stringify(body))
  return sent
}

export function messagesOf(text: string): unknown[] {
  return text.split('\n\n').flatMap((event) => {
    const data = /^(?:id: .*\n)?event: message\ndata: (.*)$/.exec(event)?.[1]
    return data === undefined ? [] : [JSON.parse(data) as unknown]
  })
}

/** The ids of the events, in order. */
export function eventIdsOf(text: string): string[] {
  return [...text.matchAll(/^id: (.*)$/gm)].flatMap(([, id]) => (id === undefined ? [] : [id]))
}

export async function send(url: string, raw: RawRequest): Promise<RawAnswer> {
  const { response } = await open(url, raw)
  return read(response)
}

export async function read(response: IncomingMessage): Promise<RawAnswer> {
  let text = ''
  response.setEncoding('utf8')
  for await (const chunk of response) text += String(chunk)
  const isStream = response.headers['content-type'] === 'text/event-stream'
  const messages = isStream ? messagesOf(text) : []
  const message = (isStream ? messages.at(-1) : text === '' ? {} : JSON.parse(text)) as RawAnswer['message']
  return { status: response.statusCode ?? 0, headers: response.headers, text, message, messages }
}

/** Reads until the stream has said something, and leaves it open. */
export async function until(response: IncomingMessage, said: string): Promise<string> {
  let text = ''
  response.setEncoding('utf8')
  // One listener throughout: two pieces may come at once.
  let heard: () => void = () => undefined
  const take = (chunk: string): void => {
    text += chunk
    if (text.includes(said)) heard()
  }
  const late = AbortSignal.timeout(5000)
  try {
    await new Promise<void>((resolve, reject) => {
      heard = resolve
      late.addEventListener('abort', () => reject(new Error(`it said only: ${text}`)))
      response.on('data', take).resume()
    })
  } finally {
    response.off('data', take).pause()
  }
  return text
}

const prefix = 'io.modelcontextprotocol/'

/** A request of the stateless era with all that belongs to one. */
export function modern(
  method: string,
  params: Record<string, unknown> = {},
  { capabilities = {}, meta = {}, id = 1 }: { capabilities?: object; meta?: object; id?: string | number } = {},
): { headers: Record<string, string>; body: unknown } {
  const name = params['name'] ?? params['uri']
  return {
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    },
    body: {
      jsonrpc: '2.0',
      id,
      method,
      params: {
        ...params,
        _meta: {
          [`${prefix}protocolVersion`]: '2026-07-28',
          [`${prefix}clientCapabilities`]: capabilities,
          ...meta,
        },
      },
    },
  }
}

/** Begins a session of the older era. */
export async function initialize(
  url: string,
  { caller = 'alice', protocolVersion = '2025-11-25', capabilities = {} }: Record<string, unknown> = {},
): Promise<{ answer: RawAnswer; headers: Record<string, string> }> {
  const headers = { 'x-caller': String(caller) }
  const params = { protocolVersion, capabilities, clientInfo: { name: 'raw', version: '1' } }
  const answer = await send(url, { headers, body: { jsonrpc: '2.0', id: 0, method: 'initialize', params } })
  return { answer, headers: { ...headers, 'mcp-session-id': String(answer.headers['mcp-session-id']) } }
}

export function call(name: string, args: object = {}, id: string | number = 1): object {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } }
}
