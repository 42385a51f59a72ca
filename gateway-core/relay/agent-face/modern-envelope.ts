/**
 * What every request of the stateless era carries, in its body and once more in its headers.
 *
 * @see MCP 2026-07-28, basic/transports/streamable-http § Request Metadata
 */
import { isUtf8 } from 'node:buffer'
import { isRecord, type JsonRpcError, type JsonRpcRequest, type Params } from '../../contract/json-rpc.js'
import { isLogLevel } from './agent-abilities.js'

const metaPrefix = 'io.modelcontextprotocol/'
const protocolVersionKey = `${metaPrefix}protocolVersion`
const clientCapabilitiesKey = `${metaPrefix}clientCapabilities`
const clientInfoKey = `${metaPrefix}clientInfo`
export const logLevelKey = `${metaPrefix}logLevel`
export const serverInfoKey = `${metaPrefix}serverInfo`
export const subscriptionIdKey = `${metaPrefix}subscriptionId`

export const modernVersions: readonly string[] = ['2026-07-28']

/** The member of `params` that `Mcp-Name` repeats. */
const nameMember = new Map([
  ['tools/call', 'name'],
  ['prompts/get', 'name'],
  ['resources/read', 'uri'],
  ['tasks/get', 'taskId'],
  ['tasks/update', 'taskId'],
  ['tasks/cancel', 'taskId'],
])

export interface Envelope {
  readonly capabilities: Params
  readonly clientInfo: Params
  readonly logLevel: string | undefined
  readonly progressToken: unknown
}

/** Reads the envelope of a request, or tells the error to answer it with, under HTTP status 400. */
export function readEnvelope(
  message: JsonRpcRequest,
  headers: Readonly<Record<string, string>>,
): Envelope | JsonRpcError {
  const meta = message.params?.['_meta']
  if (!isRecord(meta)) return invalid('params._meta is missing.')
  const version = meta[protocolVersionKey]
  const capabilities = meta[clientCapabilitiesKey]
  const clientInfo = meta[clientInfoKey]
  const logLevel = meta[logLevelKey]
  if (typeof version !== 'string') return invalid(`params._meta["${protocolVersionKey}"] is missing.`)
  if (!isRecord(capabilities)) return invalid(`params._meta["${clientCapabilitiesKey}"] is missing.`)
  if (clientInfo !== undefined && !isRecord(clientInfo))
    return invalid(`params._meta["${clientInfoKey}"] is no object.`)
  if (logLevel !== undefined && !isLogLevel(logLevel)) return invalid(`params._meta["${logLevelKey}"] is no log level.`)
  const mismatch =
    compare('MCP-Protocol-Version', headers['mcp-protocol-version'], version) ??
    compare('Mcp-Method', headers['mcp-method'], message.method)
  if (mismatch !== undefined) return mismatch
  if (!modernVersions.includes(version))
    return {
      code: -32022,
      message: 'This protocol version is not supported.',
      data: { supported: modernVersions, requested: version },
    }
  const nameMismatch = compareName(message, headers['mcp-name'])
  if (nameMismatch !== undefined) return nameMismatch
  return { capabilities, clientInfo: clientInfo ?? {}, logLevel, progressToken: meta['progressToken'] }
}

function invalid(message: string): JsonRpcError {
  return { code: -32602, message: `Invalid params: ${message}` }
}

function compareName({ method, params }: JsonRpcRequest, header: string | undefined): JsonRpcError | undefined {
  const name = nameInBody(method, params)
  return name === undefined ? undefined : compare('Mcp-Name', header, name)
}

/** What `Mcp-Name` has to say; undefined for a message that has no use for it. */
export function nameInBody(method: string | null, params: Params | undefined): string | undefined {
  const member = method === null ? undefined : nameMember.get(method)
  const name = member === undefined ? undefined : params?.[member]
  return typeof name === 'string' ? name : undefined
}

function compare(header: string, value: string | undefined, inBody: string): JsonRpcError | undefined {
  if (value !== undefined && decodeHeader(value) === inBody) return undefined
  const what = value === undefined ? 'is missing' : 'says something else than the body'
  return {
    code: -32020,
    message: `The ${header} header ${what}.`,
    data: { mismatch: { header: value ?? null, body: inBody } },
  }
}

const encoded = /^=\?base64\?((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)\?=$/

/**
 * Reads a header of the stateless era (`=?base64?…?=` around UTF-8 that a field cannot carry).
 *
 * @returns undefined where it is marked as encoded and is not
 */
export function decodeHeader(value: string): string | undefined {
  const trimmed = value.replace(/^[ \t]+|[ \t]+$/g, '')
  if (!trimmed.startsWith('=?base64?') || !trimmed.endsWith('?=')) return trimmed
  const base64 = encoded.exec(trimmed)?.[1]
  if (base64 === undefined) return undefined
  const bytes = Buffer.from(base64, 'base64')
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined
}

const hopKeys = new Set([protocolVersionKey, clientCapabilitiesKey, clientInfoKey])

/**
 * The parameters without what concerns the agent's own hop only: a session makes the envelope of its hop itself.
 *
 * @param toLegacy also without what a server of the older era has no word for
 */
export function paramsForServer(params: Params, toLegacy: boolean): Params {
  const { _meta, ...rest } = params
  const meta = Object.entries(isRecord(_meta) ? _meta : {}).filter(
    ([key]) => !hopKeys.has(key) && !(toLegacy && key === logLevelKey),
  )
  const kept: Record<string, unknown> = rest
  if (toLegacy) {
    delete kept['inputResponses']
    delete kept['requestState']
  }
  if (meta.length > 0) kept['_meta'] = Object.fromEntries(meta)
  return kept
}

/** Begins the names of headers that repeat arguments of a tool. In lower case. */
export const paramHeaderPrefix = 'mcp-param-'

/** Those of a request's headers that repeat arguments. */
export function paramHeadersOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(paramHeaderPrefix)))
}
