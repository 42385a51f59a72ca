/**
 * Reads the one JSON-RPC message of a POST body, strictly enough that Shield and the server cannot understand it
 * differently: UTF-8, JSON without duplicate keys, at most 64 levels deep. What is forwarded are the bytes as they came.
 */
import { isUtf8 } from 'node:buffer'
import { GatewayError } from '../contract/errors.js'

const maxDepth = 64

export type Era = 'legacy' | 'modern'
export type JsonRpcId = string | number | null

export interface Message {
  readonly kind: 'request' | 'notification' | 'response'
  /** Null for notifications. */
  readonly id: JsonRpcId
  /** Null for responses. */
  readonly method: string | null
  readonly params: Readonly<Record<string, unknown>>
  /** The name in `tools/call`. */
  readonly tool: string | undefined
  /** The message as it was parsed. */
  readonly value: unknown
  /** The body as text, as it will be forwarded. */
  readonly text: string
}

/**
 * @throws GatewayError `payload_unscannable`
 */
export function readMessage(body: Buffer): Message {
  if (!isUtf8(body)) throw unscannable('The body is not UTF-8.')
  const text = body.toString('utf8')
  const keysWritten = countKeys(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw unscannable('The body is not JSON.')
  }
  if (keysWritten !== countParsedKeys(value)) throw unscannable('An object in the body has a key twice.')
  return toMessage(value, text)
}

function unscannable(detail: string): GatewayError {
  return new GatewayError('payload_unscannable', {
    detail,
    fix: 'Send one JSON-RPC message, in UTF-8, without duplicate keys.',
  })
}

const quote = 0x22
const backslash = 0x5c

/**
 * Counts the keys that a JSON text writes, by its colons outside of strings, and refuses what is too deep. Whether the
 * text is JSON is not decided here.
 */
function countKeys(text: string): number {
  let keys = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case quote:
        i = endOfString(text, i)
        break
      case 0x3a: // :
        keys++
        break
      case 0x7b: // {
      case 0x5b: // [
        if (++depth > maxDepth) throw unscannable(`The body is nested deeper than ${maxDepth} levels.`)
        break
      case 0x7d: // }
      case 0x5d: // ]
        depth--
        break
    }
  }
  return keys
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end > 0) {
    let backslashes = 0
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++
    if (backslashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return text.length
}

function countParsedKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let keys = 0
  if (Array.isArray(value)) {
    for (const item of value) keys += countParsedKeys(item)
    return keys
  }
  for (const item of Object.values(value)) keys += 1 + countParsedKeys(item)
  return keys
}

function toMessage(value: unknown, text: string): Message {
  if (Array.isArray(value)) throw unscannable('The body is a batch, which MCP no longer has.')
  if (!isRecord(value) || value['jsonrpc'] !== '2.0') throw unscannable('The body is not a JSON-RPC 2.0 message.')
  const { id, method } = value
  const params = isRecord(value['params']) ? value['params'] : {}
  if (method === undefined) {
    if (!('result' in value) && !('error' in value))
      throw unscannable('The message has neither method, result nor error.')
    return { kind: 'response', id: isId(id) ? id : null, method: null, params: {}, tool: undefined, value, text }
  }
  if (typeof method !== 'string') throw unscannable('The method is not text.')
  if (id === undefined) return { kind: 'notification', id: null, method, params, tool: undefined, value, text }
  if (!isId(id)) throw unscannable('The id is neither text nor a number.')
  const tool = method === 'tools/call' && typeof params['name'] === 'string' ? params['name'] : undefined
  return { kind: 'request', id, method, params, tool, value, text }
}

function isId(id: unknown): id is JsonRpcId {
  return typeof id === 'string' || typeof id === 'number' || id === null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const firstModernRevision = '2026-07-28'

/**
 * Which era of MCP a request speaks: the one with sessions, up to 2025-11-25, or the stateless one since 2026-07-28.
 * Revisions are dates, so they compare as text.
 */
export function eraOf(
  headers: Readonly<Record<string, string>>,
  params: Readonly<Record<string, unknown>> | undefined,
): Era {
  const meta = params?.['_meta']
  const inBody = isRecord(meta) ? meta['io.modelcontextprotocol/protocolVersion'] : undefined
  // Only the stateless era says it in the body: what is said there is of that era, if ever so wrong.
  if (typeof inBody === 'string') return isDate(inBody) && inBody < firstModernRevision ? 'legacy' : 'modern'
  const inHeader = headers['mcp-protocol-version']
  return inHeader !== undefined && isDate(inHeader) && inHeader >= firstModernRevision ? 'modern' : 'legacy'
}

function isDate(revision: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(revision)
}
