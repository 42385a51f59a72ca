/** Whether the headers that repeat a request's body (MCP 2026-07-28, standard request headers) say what it says. */
import { isRecord, parsed, type Whole } from './messages.js'

export interface McpHeader {
  readonly name: string
  readonly said: string
  /** What the body says; undefined where it says nothing of it. */
  readonly inBody: string | undefined
  readonly agrees: boolean
}

const versionKey = 'io.modelcontextprotocol/protocolVersion'

/** Each `Mcp-*` header that has a counterpart in the body. None where the body was not recorded whole. */
export function mcpHeaders({ request }: Whole): readonly McpHeader[] {
  const body = request.truncated === true ? undefined : parsed(request.body ?? '')
  if (!isRecord(body)) return []
  const params = isRecord(body['params']) ? body['params'] : {}
  const meta = isRecord(params['_meta']) ? params['_meta'] : {}
  const counterparts: Readonly<Record<string, unknown>> = {
    'mcp-method': body['method'],
    'mcp-name': params['name'] ?? params['uri'],
    'mcp-protocol-version': meta[versionKey],
  }
  return request.headers.flatMap(({ name, value, masked }) => {
    const key = name.toLowerCase()
    if (masked || !(key in counterparts)) return []
    const inBody = counterparts[key]
    // The older era has the version in a header alone.
    if (inBody === undefined && key === 'mcp-protocol-version') return []
    const text = typeof inBody === 'string' ? inBody : undefined
    return [{ name, said: value, inBody: text, agrees: decoded(value) === text }]
  })
}

/** A value that does not fit into a header is sent as `=?base64?…?=`. */
function decoded(value: string): string {
  const base64 = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value)?.[1]
  if (base64 === undefined) return value
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)))
  } catch {
    return value
  }
}
