/**
 * Sends a recorded request again, as the same caller, through the same stages, under today's settings. It goes out in the
 * stateless era, whatever era it came in, as a session of then is no more.
 */
import type { Recognised } from '../callers/recognise-caller.js'
import type { Caller } from '../contract/caller.js'
import { GatewayError } from '../contract/errors.js'
import type { Exchange } from '../contract/exchange.js'
import { isRecord, type Params } from '../contract/json-rpc.js'
import { masked } from '../contract/mask-value.js'
import type { Snapshot } from '../registry/registry.js'
import { ownArrival } from './own-request.js'
import type { PipelinePorts } from './ports.js'
import { requireConsent } from './require-consent.js'
import { modernMessage, sendOwn } from './send-own.js'
import type { Arrived, Known } from './stages.js'

export interface ReplayChange {
  /** What a tool is called with, or the params of another method. */
  readonly arguments?: unknown
  readonly confirm?: boolean | undefined
}

/** Requests that mean something by themselves. */
const repeatable = new Set([
  'tools/call',
  'tools/list',
  'prompts/get',
  'prompts/list',
  'resources/read',
  'resources/list',
  'resources/templates/list',
  'completion/complete',
  'server/discover',
])
const reason = 'made by the gateway, for a replay'

/**
 * Resolves when the answer has come, whatever it is, and was handed to the recorder.
 *
 * @returns the id of the new request
 * @throws GatewayError `conflict` where it cannot be sent as it is, or a person has to say yes; `vault_locked`;
 *   `gateway_paused`
 */
export async function replayExchange(exchange: Exchange, change: ReplayChange, ports: PipelinePorts): Promise<string> {
  const { snapshot } = ports.registry
  if (snapshot === undefined) throw new GatewayError('vault_locked')
  if (ports.gate.isPaused) throw new GatewayError('gateway_paused', { fix: 'Resume it: `gatehouse resume`.' })
  const { slug, method } = targetOf(exchange)
  const recognised = await recognisedAgain(exchange, slug, snapshot, ports)
  const params = paramsOf(exchange, method, change)
  if (exchange.tool !== null) await requireConsent(slug, exchange.tool, change.confirm, recognised, ports)
  const arrived = arrivedAgain(exchange, slug, method, params)
  const known: Known = Object.assign(arrived, {
    snapshot,
    server: snapshot.servers.get(slug),
    recognised,
    caller: recognised.caller,
  })
  await sendOwn(known, ports, exchange.id)
  return arrived.requestId
}

function refused(detail: string, fix: string): GatewayError {
  return new GatewayError('conflict', { detail, fix })
}

/** @throws GatewayError `conflict` */
function targetOf({ lane, server, method }: Exchange): { readonly slug: string; readonly method: string } {
  if (lane !== 'mcp')
    throw refused('This is a request of the gateway’s own.', 'Repeat the call that made it necessary.')
  if (server === null)
    throw refused('This was a request to all servers as one.', 'Repeat one of the exchanges with a server.')
  if (method === null || !repeatable.has(method))
    throw refused(
      `${method ?? 'What was sent here'} means something within its session only.`,
      `Repeat one of ${[...repeatable].join(', ')}.`,
    )
  return { slug: server, method }
}

/** @throws GatewayError `conflict` where the caller cannot be stood in for */
async function recognisedAgain(
  { caller, request }: Exchange,
  slug: string,
  snapshot: Snapshot,
  ports: Pick<PipelinePorts, 'signIn'>,
): Promise<Recognised> {
  if (caller === null) throw refused('Nobody was recognised in this request.', 'Let the agent send it again.')
  const appAuth = snapshot.servers.get(slug)?.resolved.appAuth.type
  const hadCredential = request.headers.some(({ name }) => name === 'authorization')
  if (appAuth === 'passthrough' && hadCredential && caller.method !== 'service_key')
    throw refused(
      'The server got the caller’s own credential, which is not kept.',
      'Let the agent send the request again.',
    )
  const claims = { sub: caller.subject, ...(caller.email !== undefined && { email: caller.email }) }
  if (caller.method === 'none') return { caller, claims, authorizationIsOurs: false }
  if (caller.method === 'jwt') return { caller, claims: { ...claims, iss: caller.issuer }, authorizationIsOurs: true }
  if (caller.method === 'oauth') {
    const grant = await grantOf(caller, ports)
    return { caller, claims: { ...claims, iss: caller.issuer }, grant, authorizationIsOurs: true }
  }
  return { ...keyOf(caller, snapshot), claims, authorizationIsOurs: true }
}

/** @throws GatewayError `conflict` where what a person allowed the agent was taken back */
async function grantOf(
  { client, subject, issuer }: Caller,
  { signIn }: Pick<PipelinePorts, 'signIn'>,
): Promise<NonNullable<Recognised['grant']>> {
  const found = (await signIn.grants()).find(
    (grant) => grant.clientId === client && grant.subject === subject && grant.issuer === issuer,
  )
  if (found === undefined)
    throw refused('What was allowed this agent has been taken back.', 'Let the agent sign in and send the request.')
  const { id, clientName, servers, merged } = found
  return { id, clientName, servers: [...servers, ...merged] }
}

/** @throws GatewayError `conflict` where the key was revoked or has expired */
function keyOf(caller: Caller, { keysByHash }: Snapshot): Pick<Recognised, 'caller' | 'key'> {
  const key = [...keysByHash.values()].find(({ id }) => id === caller.id)
  if (key === undefined || (key.expiresAt !== undefined && Date.parse(key.expiresAt) <= Date.now()))
    throw refused(`The key ${caller.id} is no longer good.`, 'Let an agent with another key send the request.')
  return { caller, key }
}

/** @throws GatewayError `conflict` where what was recorded is not all of it */
function paramsOf(exchange: Exchange, method: string, change: ReplayChange): Params {
  const recorded = recordedParams(exchange)
  if (change.arguments === undefined) {
    if (recorded === undefined)
      throw refused(
        exchange.request.truncated === true
          ? 'Only the beginning of this request was recorded.'
          : 'Something in this request was masked, or it was not recorded.',
        'Give the arguments to send.',
      )
    return recorded
  }
  if (!isRecord(change.arguments))
    throw new GatewayError('invalid_input', { errors: [{ path: 'arguments', message: 'expected an object' }] })
  if (method !== 'tools/call') return change.arguments
  // The name as the agent knows the tool, which may differ from the server's.
  const name = typeof recorded?.['name'] === 'string' ? recorded['name'] : exchange.tool
  return { name, arguments: change.arguments }
}

/** Undefined where it is not whole. */
function recordedParams({ request }: Exchange): Params | undefined {
  const { body, truncated } = request
  if (body === undefined || truncated === true || body.includes(masked)) return undefined
  try {
    const message: unknown = JSON.parse(body)
    const params = isRecord(message) ? (message['params'] ?? {}) : undefined
    return isRecord(params) ? params : undefined
  } catch {
    return undefined
  }
}

/** Of the headers that came then, those that are about the message, or the way that it came, are made anew. */
const madeAnew =
  /^(?:mcp-(?!param-).*|accept|content-.*|last-event-id|connection|host|authorization|x-(?:gatehouse|highflame)-apikey|x-request-id|traceparent|tracestate|user-agent)$/

function arrivedAgain(exchange: Exchange, slug: string, method: string, params: Params): Arrived {
  const kept = exchange.request.headers.filter((header) => !header.masked && !madeAnew.test(header.name))
  const headers = Object.fromEntries(kept.map((header) => [header.name, header.value]))
  return ownArrival(slug, reason, modernMessage(method, params, headers))
}
