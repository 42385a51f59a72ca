/** What a call's params become on their way to a server. Nothing is copied but `_meta` and the object around it. */
import { isRecord, type Params } from '../../contract/json-rpc.js'
import type { AgentPeer } from '../server-session.js'
import { randomHex } from '../../random-hex.js'
import { gatewayInfo, metaKeys, modernVersion } from './protocol-names.js'

/** What a stateless request says of its sender. A server of both eras would take a message with it for a stateless one. */
const envelopeKeys = [metaKeys.protocolVersion, metaKeys.clientInfo, metaKeys.clientCapabilities, metaKeys.logLevel]

/** The agent's own progress token. */
export function progressTokenOf(params: Params | undefined): string | number | undefined {
  const meta = params?.['_meta']
  const token = isRecord(meta) ? meta['progressToken'] : undefined
  return typeof token === 'string' || typeof token === 'number' ? token : undefined
}

/** No server makes a progress token like this by itself: one that comes with a question tells during which call it is. */
const tokenPrefix = `gatehouse-${randomHex(6)}-`

/** The progress token of an outgoing request. */
export function sentToken(id: number): string {
  return tokenPrefix + String(id)
}

/** The id of the outgoing request with this progress token. */
export function idOfToken(token: unknown): number | undefined {
  if (typeof token !== 'string' || !token.startsWith(tokenPrefix)) return undefined
  const id = Number(token.slice(tokenPrefix.length))
  return Number.isSafeInteger(id) ? id : undefined
}

/** @param id of the outgoing request, of which its progress token is made */
export function legacyParams(params: Params | undefined, id: number): Params | undefined {
  const meta = params?.['_meta']
  if (!isRecord(meta)) return params
  const hasToken = 'progressToken' in meta
  const hasEnvelope = metaKeys.protocolVersion in meta
  if (!hasToken && !hasEnvelope) return params
  const own: Record<string, unknown> = { ...meta }
  if (hasToken) own['progressToken'] = sentToken(id)
  if (hasEnvelope) for (const key of envelopeKeys) delete own[key]
  return { ...params, _meta: own }
}

/**
 * @param id of the outgoing request, of which its progress token is made
 * @param logLevel for an agent that asked for one without saying so in each request
 */
export function modernParams(
  params: Params | undefined,
  id: number,
  agent: Pick<AgentPeer, 'capabilities' | 'clientInfo'>,
  logLevel: string | undefined,
): Params {
  const given = params?.['_meta']
  const own: Record<string, unknown> = isRecord(given) ? { ...given } : {}
  if ('progressToken' in own) own['progressToken'] = sentToken(id)
  own[metaKeys.protocolVersion] = modernVersion
  own[metaKeys.clientInfo] = typeof agent.clientInfo['name'] === 'string' ? agent.clientInfo : gatewayInfo
  own[metaKeys.clientCapabilities] = agent.capabilities
  if (logLevel !== undefined) own[metaKeys.logLevel] ??= logLevel
  return { ...params, _meta: own }
}

/** The envelope of what the gateway itself asks of a stateless server. */
export function gatewayEnvelope(capabilities: Params): Params {
  return {
    [metaKeys.protocolVersion]: modernVersion,
    [metaKeys.clientInfo]: gatewayInfo,
    [metaKeys.clientCapabilities]: capabilities,
  }
}
