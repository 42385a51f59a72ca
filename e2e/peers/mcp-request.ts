/** MCP requests as bytes on the wire, in either era, for tests that look below the SDK. */
import { at, send, type Answer, type SendOptions } from './send.js'

export interface McpRequest {
  readonly key?: string
  readonly id?: string | number
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly headers?: SendOptions['headers']
  readonly agent?: SendOptions['agent']
  readonly signal?: AbortSignal
  /** Sent instead of the body that the other fields make. */
  readonly body?: string | Uint8Array
}

const base = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

function credential(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { 'x-gatehouse-apikey': key }
}

/** Body of one request of 2026-07-28. */
export function modernBody(request: McpRequest): string {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'e2e', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const params = { ...(request.params ?? { name: 'echo', arguments: {} }), _meta }
  return JSON.stringify({ jsonrpc: '2.0', id: request.id ?? 1, method: request.method ?? 'tools/call', params })
}

/** Headers of one request of 2026-07-28, agent's key included. */
export function modernHeaders(request: McpRequest): Record<string, string | readonly string[]> {
  const { name, uri } = request.params ?? { name: 'echo' }
  return {
    ...base,
    ...credential(request.key),
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': request.method ?? 'tools/call',
    ...(typeof name === 'string' ? { 'mcp-name': name } : typeof uri === 'string' ? { 'mcp-name': uri } : {}),
    ...request.headers,
  }
}

/** One request of 2026-07-28: `tools/call` of `echo` unless it says otherwise. */
export async function callModern(url: string, request: McpRequest = {}): Promise<Answer> {
  return send(url, {
    method: 'POST',
    headers: modernHeaders(request),
    body: request.body ?? modernBody(request),
    ...(request.agent === undefined ? {} : { agent: request.agent }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  })
}

/** One POST of 2025-11-25, in a session where `session` is given. */
export async function callLegacy(url: string, request: McpRequest & { readonly session?: string }): Promise<Answer> {
  const { session, id = 1, method = 'tools/call', params = { name: 'echo', arguments: {} } } = request
  return send(url, {
    method: 'POST',
    headers: {
      ...base,
      ...credential(request.key),
      'mcp-protocol-version': '2025-11-25',
      ...(session === undefined ? {} : { 'mcp-session-id': session }),
      ...request.headers,
    },
    body: request.body ?? JSON.stringify({ jsonrpc: '2.0', id, method, params }),
    ...(request.agent === undefined ? {} : { agent: request.agent }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  })
}

/** `initialize` of 2025-11-25. @returns the session's id */
export async function openSession(url: string, key?: string): Promise<string> {
  const answer = await callLegacy(url, {
    ...(key === undefined ? {} : { key }),
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'e2e', version: '1.0.0' } },
  })
  const session = answer.headers['mcp-session-id']
  if (typeof session !== 'string') throw new Error(`No session: ${answer.status} ${answer.text}`)
  return session
}

/** What an error answer says, without its prose: enough to compare against the contract. */
export function refusal(answer: Answer): { status: number; id: unknown; code: unknown; requestId: boolean } {
  const data = at(answer.json, 'error.data')
  return {
    status: answer.status,
    id: at(answer.json, 'id'),
    code: at(data, 'code'),
    requestId: at(data, 'requestId') !== undefined && at(data, 'requestId') === answer.headers['x-request-id'],
  }
}

/** The form that `refusal` has where the gateway refused a request with this status, code and id. */
export function refused(status: number, code: string, id: unknown = 1): ReturnType<typeof refusal> {
  return { status, id, code, requestId: true }
}
