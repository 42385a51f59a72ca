/**
 * Finds out what a server is: by `initialize` in the older eras, by `server/discover` in the stateless one
 * (2026-07-28, basic/transports/streamable-http § Backward Compatibility). Each is tried at most once.
 */
import { GatewayError } from '../../contract/errors.js'
import { isRecord, type Answer, type JsonRpcError, type Params } from '../../contract/json-rpc.js'
import type { ServerAbout } from '../server-session.js'
import { HttpRefusal, type OutboundRequest, type SendOptions, type ServerTransport } from '../transport.js'
import type { OutgoingRequests } from './outgoing-requests.js'
import { gatewayInfo, legacyVersion, metaKeys, modernVersion, rpcCodes } from './protocol-names.js'
import { answerOfRefusal } from './refusal.js'
import { gatewayEnvelope } from './request-params.js'

/** A process that does not know a method may say nothing at all. */
const discoverMs = 5000

/** What transports may have beside `ServerTransport`: Streamable HTTP does. */
export interface SessionTransport extends ServerTransport {
  setProtocol?(protocol: { readonly era: 'legacy' | 'modern'; readonly protocolVersion: string }): void
  openStream?(options: SendOptions): Promise<void>
  /** Whether the server has given the session an id, which each message then carries in a header. */
  readonly hasSessionId?: boolean
}

export interface Link {
  readonly transport: SessionTransport
  readonly outgoing: OutgoingRequests
}

export interface HandshakeOptions {
  /** Of the agents behind the session. */
  readonly capabilities: Params
  readonly outbound: OutboundRequest
  readonly timeoutMs: number
}

/** The server gave evidence that it speaks the other era. */
export class Declined {
  constructor(readonly reason: GatewayError) {}
}

/** Answers that a stateless server may give to `initialize`, which it does not know. */
const modernAnswers: ReadonlySet<number> = new Set([
  rpcCodes.methodNotFound,
  rpcCodes.invalidParams,
  rpcCodes.headerMismatch,
  rpcCodes.missingCapability,
  rpcCodes.unsupportedVersion,
])

/**
 * @throws GatewayError as `ServerSession.call`
 * @throws HttpRefusal 401 and 403
 */
export async function initialize(link: Link, options: HandshakeOptions): Promise<ServerAbout | Declined> {
  const { transport, outgoing } = link
  const { outbound, timeoutMs } = options
  transport.setProtocol?.({ era: 'legacy', protocolVersion: legacyVersion })
  const params = { protocolVersion: legacyVersion, capabilities: options.capabilities, clientInfo: gatewayInfo }
  const answer = await outgoing.request(outgoing.takeId(), 'initialize', params, { outbound, timeoutMs })
  if ('error' in answer) {
    const reason = refused('initialize', answer.error)
    if (modernAnswers.has(answer.error.code)) return new Declined(reason)
    throw reason
  }
  const about = aboutLegacy(answer.result)
  transport.setProtocol?.({ era: 'legacy', protocolVersion: about.protocolVersion })
  try {
    await transport.send({ jsonrpc: '2.0', method: 'notifications/initialized' }, { outbound, timeoutMs })
  } catch (error) {
    const refusal = answerOfRefusal(error)
    if ('reason' in refusal) throw refusal.reason
    if ('error' in refusal) throw refused('notifications/initialized', refusal.error)
  }
  return transport.hasSessionId === true ? { ...about, hasSessionId: true } : about
}

/** @throws as `initialize` */
export async function discover(link: Link, options: HandshakeOptions): Promise<ServerAbout | Declined> {
  const { transport, outgoing } = link
  const isStdio = transport.kind === 'stdio'
  const timeoutMs = isStdio ? Math.min(discoverMs, options.timeoutMs) : options.timeoutMs
  transport.setProtocol?.({ era: 'modern', protocolVersion: modernVersion })
  const params = { _meta: gatewayEnvelope(options.capabilities) }
  let answer: Answer
  try {
    answer = await outgoing.request(outgoing.takeId(), 'server/discover', params, {
      outbound: options.outbound,
      timeoutMs,
    })
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    // A process of an older era may also end when its first message is not `initialize`.
    const isOlderProcess = isStdio && (error.code === 'server_timeout' || outgoing.over !== undefined)
    if (isOlderProcess || isOlderRefusal(error.cause)) return new Declined(error)
    throw error
  }
  if ('error' in answer) {
    if (isNewerStill(answer.error)) throw unknownVersions()
    return new Declined(refused('server/discover', answer.error))
  }
  return aboutModern(answer.result)
}

function aboutLegacy(result: Params): ServerAbout {
  const { protocolVersion, instructions } = result
  if (typeof protocolVersion !== 'string' || !isLegacyVersion(protocolVersion))
    throw new GatewayError('server_unreachable', {
      detail: 'The server answered initialize with no version of MCP that belongs there.',
    })
  return {
    era: 'legacy',
    protocolVersion,
    capabilities: recordOf(result['capabilities']),
    serverInfo: recordOf(result['serverInfo']),
    ...(typeof instructions === 'string' ? { instructions } : {}),
  }
}

function aboutModern(result: Params): ServerAbout | Declined {
  const { supportedVersions, instructions } = result
  if (!Array.isArray(supportedVersions) || !supportedVersions.includes(modernVersion)) {
    if (Array.isArray(supportedVersions) && supportedVersions.some(isModernVersion)) throw unknownVersions()
    return new Declined(
      new GatewayError('server_unreachable', { detail: 'The server answered server/discover with something else.' }),
    )
  }
  return {
    era: 'modern',
    protocolVersion: modernVersion,
    capabilities: recordOf(result['capabilities']),
    serverInfo: recordOf(recordOf(result['_meta'])[metaKeys.serverInfo]),
    ...(typeof instructions === 'string' ? { instructions } : {}),
  }
}

/** A refusal over HTTP that an older server may give to what it does not know, and not one about load or access. */
function isOlderRefusal(error: unknown): boolean {
  if (!(error instanceof HttpRefusal)) return false
  const { status } = error
  return (status >= 400 && status <= 501 && status !== 408 && status !== 429) || status === 505
}

/** The server speaks stateless versions, and none that the gateway does. */
function isNewerStill({ code, data }: JsonRpcError): boolean {
  if (code !== rpcCodes.unsupportedVersion) return false
  const supported = recordOf(data)['supported']
  return Array.isArray(supported) && supported.some(isModernVersion)
}

function isLegacyVersion(version: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(version) && version < modernVersion
}

function isModernVersion(version: unknown): boolean {
  return typeof version === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(version) && version >= modernVersion
}

function recordOf(value: unknown): Params {
  return isRecord(value) ? value : {}
}

function refused(method: string, { code }: JsonRpcError): GatewayError {
  return new GatewayError('server_unreachable', { detail: `The server answered ${method} with error ${code}.` })
}

function unknownVersions(): GatewayError {
  return new GatewayError('server_unreachable', {
    detail: 'The server speaks only versions of MCP that the gateway does not know.',
    fix: 'Look for a newer version of Gatehouse.',
  })
}
