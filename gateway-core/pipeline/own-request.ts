/**
 * A request that the gateway makes for itself, with what a caller of the subject `local` would send: to start a server,
 * and to try one out. It goes through the same stages as an agent's, up to where it would be sent.
 */
import { randomUUID } from 'node:crypto'
import type { Recognised } from '../callers/recognise-caller.js'
import type { Caller } from '../contract/caller.js'
import { GatewayError } from '../contract/errors.js'
import { randomHex } from '../random-hex.js'
import { gatewayInfo, legacyVersion } from '../servers/session/protocol-names.js'
import { userAgent } from '../version.js'
import { clearWithShield } from './clear-with-shield.js'
import { ownHopOf } from './hop.js'
import { obtainCredentials } from './obtain-credentials.js'
import { planRequest } from './plan-request.js'
import type { PipelinePorts } from './ports.js'
import { readRequest } from './read-request.js'
import { Recording } from './recording.js'
import { routeToServer } from './route-to-server.js'
import type { Arrived, Credentialed, Known } from './stages.js'

export interface OwnRequest {
  readonly request: Credentialed
  /** What in it is secret. */
  readonly secrets: readonly string[]
}

const local: Caller = { id: 'local', subject: 'local', method: 'none' }
const reason = 'made by the gateway'

/**
 * @param recognised for whom it is made, where that is not `local`
 * @throws GatewayError as the stages do, e.g. `server_disabled`, `no_caller_token`, `secret_missing`
 */
export async function prepareOwnRequest(
  slug: string,
  ports: PipelinePorts,
  recognised: Recognised = { caller: local, claims: { sub: local.subject }, authorizationIsOurs: true },
): Promise<OwnRequest> {
  const { snapshot } = ports.registry
  if (snapshot === undefined) throw new GatewayError('vault_locked')
  const arrived = arrivedFor(slug)
  const recording = new Recording(arrived)
  const known: Known = Object.assign(arrived, {
    snapshot,
    server: snapshot.servers.get(slug),
    caller: recognised.caller,
    recognised,
  })
  const routed = routeToServer(readRequest(known, recording), ports)
  const cleared = await clearWithShield(routed, ports, recording, () => undefined)
  const request = await obtainCredentials(planRequest(cleared, ownHopOf(cleared.server), recording), ports, recording)
  const obtained = recording.obtained.filter((value) => value !== undefined)
  return { request, secrets: [...recording.sensitiveValues, ...obtained] }
}

function arrivedFor(slug: string): Arrived {
  const params = { protocolVersion: legacyVersion, capabilities: {}, clientInfo: gatewayInfo }
  const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }))
  return ownArrival(slug, reason, { headers: {}, body })
}

/**
 * A message to a server as if it had arrived, with ids of its own.
 *
 * @param why why the gateway made it, for people
 */
export function ownArrival(slug: string, why: string, message: Pick<Arrived, 'headers' | 'body'>): Arrived {
  const [requestId, traceId] = [randomUUID(), randomHex(16)]
  return {
    requestId,
    traceId,
    generated: [
      { name: 'user-agent', value: userAgent, reason: why },
      { name: 'x-request-id', value: requestId, reason: why },
      { name: 'traceparent', value: `00-${traceId}-${randomHex(8)}-01`, reason: why },
    ],
    httpMethod: 'POST',
    path: `/mcp/${slug}`,
    slug,
    agent: undefined,
    baseUrl: '',
    ...message,
  }
}
