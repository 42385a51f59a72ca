/**
 * Arguments of a tool that stand in headers as well, where its input schema says so with `x-mcp-header`.
 *
 * @see MCP 2026-07-28, basic/transports/streamable-http § Custom Headers
 */
import { isRecord, type JsonRpcError } from '../../contract/json-rpc.js'
import { decodeHeader, paramHeaderPrefix as prefix } from '../agent-face/modern-envelope.js'

/** RFC 9110 §5.6.2 */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const maxDepth = 32

/** An argument that has to stand in a header. */
export interface ParamHeader {
  /** In lower case. */
  readonly header: string
  readonly value: string | number | boolean
}

/** The headers of a request, by their names in lower case. */
export type HeadersByName = Readonly<Record<string, string>>

/** The headers that a call with these arguments has to have. A schema that is wrong about that wants none. */
export function paramHeaders(schema: unknown, args: unknown): readonly ParamHeader[] {
  const found: ParamHeader[] = []
  collect(schema, args, found, 0)
  return found
}

function collect(schema: unknown, value: unknown, found: ParamHeader[], depth: number): void {
  const properties = isRecord(schema) ? schema['properties'] : undefined
  if (!isRecord(properties) || !isRecord(value) || depth > maxDepth) return
  for (const [name, property] of Object.entries(properties)) {
    if (!isRecord(property) || !Object.hasOwn(value, name)) continue
    const argument = value[name]
    const wanted = property['x-mcp-header']
    if (typeof wanted === 'string' && token.test(wanted) && isHeaderValue(argument))
      found.push({ header: prefix + wanted.toLowerCase(), value: argument })
    collect(property, argument, found, depth + 1)
  }
}

function isHeaderValue(value: unknown): value is string | number | boolean {
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))
  return typeof value === 'string' || typeof value === 'boolean'
}

/** The error of a request whose headers say something else than its arguments, or nothing; undefined where they agree. */
export function paramHeaderMismatch(wanted: readonly ParamHeader[], headers: HeadersByName): JsonRpcError | undefined {
  for (const { header, value } of wanted) {
    const given = headers[header]
    const decoded = given === undefined ? undefined : decodeHeader(given)
    if (decoded !== undefined && isSame(decoded, value)) continue
    const what = given === undefined ? 'is missing' : 'says something else than the arguments'
    return {
      code: -32020,
      message: `The ${header} header ${what}.`,
      data: { mismatch: { header: given ?? null, body: value } },
    }
  }
  return undefined
}

function isSame(text: string, value: string | number | boolean): boolean {
  if (typeof value === 'number' && /^-?\d+(\.\d+)?$/.test(text)) return Number(text) === value
  return text === String(value)
}

/** Visible ASCII, with blanks inside alone, and nothing that would be read as encoded. */
const plain = /^(?!=\?base64\?.*\?=$)(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/

/**
 * @param headers names and values in turn
 * @returns the same with these and no other headers for arguments
 */
export function withParamHeaders(headers: readonly string[], wanted: readonly ParamHeader[]): readonly string[] {
  const all: string[] = []
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = '', value = ''] = headers.slice(i, i + 2)
    if (!name.toLowerCase().startsWith(prefix)) all.push(name, value)
  }
  for (const { header, value } of wanted) {
    const text = String(value)
    all.push(header, plain.test(text) ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`)
  }
  return all
}
