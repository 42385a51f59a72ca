/** The headers of MCP over HTTP that the transport sets itself, beside those that the plan has. */
import { isRecord, isRequest, type JsonRpcMessage } from '../contract/json-rpc.js'

/** What was negotiated with the server, or is being tried. */
export interface NegotiatedProtocol {
  readonly era: 'legacy' | 'modern'
  readonly protocolVersion: string
}

const ownNames = [
  'accept',
  'content-type',
  'mcp-session-id',
  'mcp-protocol-version',
  'mcp-method',
  'mcp-name',
  'last-event-id',
] as const

const ownNameSet: ReadonlySet<string> = new Set(ownNames)

export type OwnHeaders = Partial<Record<(typeof ownNames)[number], string | undefined>>

/**
 * @param planned names and values in turn; what it has under the transport's own names is the agent's, and left out
 * @returns names and values in turn
 */
export function withOwnHeaders(planned: readonly string[], own: OwnHeaders): string[] {
  const headers: string[] = []
  for (let i = 0; i + 1 < planned.length; i += 2) {
    const [name = '', value = ''] = planned.slice(i, i + 2)
    if (!ownNameSet.has(name.toLowerCase())) headers.push(name, value)
  }
  for (const [name, value] of Object.entries(own)) if (value !== undefined) headers.push(name, value)
  return headers
}

/**
 * The headers in which a stateless server finds what the message says (2026-07-28, Streamable HTTP, Request Metadata).
 * The version is the message's own where it names one, as a server compares the two.
 */
export function modernHeaders(message: JsonRpcMessage, protocolVersion: string): OwnHeaders {
  if (!('method' in message)) return { 'mcp-protocol-version': protocolVersion }
  const { method, params } = message
  const meta = params?.['_meta']
  const version = isRecord(meta) ? meta['io.modelcontextprotocol/protocolVersion'] : undefined
  const name = nameIn(method, params)
  return {
    'mcp-protocol-version': typeof version === 'string' ? encodeHeaderValue(version) : protocolVersion,
    'mcp-method': encodeHeaderValue(method),
    'mcp-name': isRequest(message) && typeof name === 'string' ? encodeHeaderValue(name) : undefined,
  }
}

function nameIn(method: string, params: Readonly<Record<string, unknown>> | undefined): unknown {
  if (method === 'tools/call' || method === 'prompts/get') return params?.['name']
  return method === 'resources/read' ? params?.['uri'] : undefined
}

/** Visible ASCII, with blanks inside alone, and nothing that would be read as coded. */
const plain = /^(?!=\?base64\?.*\?=$)[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/

/** `=?base64?…?=` around the UTF-8 where a header field cannot carry the text itself. */
function encodeHeaderValue(text: string): string {
  return plain.test(text) ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`
}

/** The id of an event as a header field carries it, UTF-8 in bytes; undefined where none can. */
export function eventIdHeader(id: string): string | undefined {
  return id !== '' && !unsendable.test(id) ? Buffer.from(id, 'utf8').toString('latin1') : undefined
}

/** Control characters other than the tab: no header field may hold them (RFC 9110 §5.5). */
const unsendable = /[^\t\P{Cc}]/u

/** The media type itself (RFC 9110 §8.3.1), without its parameters, in lower case. */
export function mediaType(contentType: string | string[] | undefined): string | undefined {
  return typeof contentType === 'string' ? contentType.split(';', 1)[0]?.trim().toLowerCase() : undefined
}
