/**
 * `/mcp`: all servers that a caller may use, as one MCP session. A request to one of them goes through the same stages as
 * on that server's own path, and is recorded as an exchange with it.
 */
import { GatewayError } from '../contract/errors.js'
import { isRecord, type Answer, type JsonRpcNotification } from '../contract/json-rpc.js'
import { createMergedSession, type MergedSession } from '../relay/merged/merged-session.js'
import type { Member, MemberCall } from '../relay/merged/member.js'
import type { RegisteredServer } from '../registry/registry.js'
import type { ServerSession } from '../servers/server-session.js'
import type { OpenedSession } from '../servers/session/open-session.js'
import { gatewayInfo } from '../servers/session/protocol-names.js'
import { HttpRefusal, type OutboundRequest } from '../servers/transport.js'
import type { GatewayKey } from '../vault/vault.js'
import { clearWithShield } from './clear-with-shield.js'
import { ownHopOf } from './hop.js'
import { reachesServer, toolReach } from './key-reach.js'
import { obtainCredentials } from './obtain-credentials.js'
import { planRequest } from './plan-request.js'
import type { PipelinePorts } from './ports.js'
import { Recording } from './recording.js'
import { sessionTarget } from './relay-to-server.js'
import { routeToServer } from './route-to-server.js'
import type { Known, Read, Routed } from './stages.js'

/** What a request to `/mcp` brings along to the requests that are made for it. */
export interface MergedRequest extends OutboundRequest {
  readonly read: Read
  /** Called when an exchange with a server was recorded. */
  recorded(): void
}

/** The session of this caller with this key. */
export function mergedSessionFor(known: Known, ports: PipelinePorts): MergedSession {
  // Not the whole request, which would be kept with the session.
  const { id } = known.caller
  const { key } = known.recognised
  return ports.mergedSessions.of(`${id} ${key?.id ?? ''} ${known.agent ?? ''}`, () =>
    createMergedSession({
      members: () => membersFor(id, key, ports),
      state: ports.mergedState,
      serverInfo: { ...gatewayInfo, title: 'Gatehouse' },
    }),
  )
}

/** As things are now: the snapshot may be another one than when the session began. */
function membersFor(callerId: string, key: GatewayKey | undefined, ports: PipelinePorts): readonly Member[] {
  const servers = ports.registry.snapshot?.servers.values() ?? []
  return [...servers]
    .filter((server) => isMember(server) && reachesServer(key, server.slug))
    .map((server) => memberOf(server, callerId, toolReach(key, server.slug), ports))
}

/** A server that takes the agent's own credential has a path of its own: one credential must not go to many servers. */
function isMember({ resolved, disabledReason }: RegisteredServer): boolean {
  const isPassthrough = resolved.appAuth.type === 'passthrough' || resolved.agentAuth.type === 'passthrough'
  return !isPassthrough && disabledReason === undefined
}

function memberOf(
  server: RegisteredServer,
  callerId: string,
  mayUse: ((tool: string) => boolean) | undefined,
  ports: PipelinePorts,
): Member {
  const { slug, resolved, view } = server
  const sessionOwner = resolved.connection === 'shared' ? undefined : callerId
  const current = (): OpenedSession | undefined => ports.serverSessions.current(slug, sessionOwner)
  return {
    slug,
    context: callerId,
    view,
    mayUse,
    about: () => current()?.about,
    call: (call) => callMember(slug, call, ports, (session, sent) => session.call(sent)),
    subscribe: (uri, listener, call) =>
      callMember(slug, { ...call, method: 'resources/subscribe' }, ports, (session, sent) => session.subscribe(uri, listener, sent)),
    unsubscribe: (uri, listener, call) =>
      callMember(slug, { ...call, method: 'resources/unsubscribe' }, ports, (session, sent) => session.unsubscribe(uri, listener, sent)),
    listen: (listener) => ports.serverSessions.listen(slug, sessionOwner, listener),
    notify: (notification: JsonRpcNotification) => ports.serverSessions.notify(slug, sessionOwner, notification),
  } // prettier-ignore
}

/** One request to one server, through every stage. */
async function callMember(
  slug: string,
  call: MemberCall,
  ports: PipelinePorts,
  send: (session: ServerSession, call: MemberCall) => Promise<Answer>,
): Promise<Answer> {
  const merged = mergedRequestOf(call)
  const read = readFor(slug, call, merged.read, ports)
  const recording = new Recording(read)
  recording.known = read
  recording.read = read
  try {
    const routed = routeToServer(read, ports)
    const answer = await sendThroughStages(routed, call, ports, recording, send)
    ports.states.answered(slug)
    return answer
  } catch (error) {
    throw noteFailure(error, slug, ports, recording)
  } finally {
    merged.recorded()
    ports.record(recording.finish())
  }
}

async function sendThroughStages(
  routed: Routed,
  call: MemberCall,
  ports: PipelinePorts,
  recording: Recording,
  send: (session: ServerSession, call: MemberCall) => Promise<Answer>,
): Promise<Answer> {
  const cleared = await clearWithShield(routed, ports, recording)
  const planned = planRequest(cleared, ownHopOf(cleared.server), recording)
  const credentialed = await obtainCredentials(planned, ports, recording)
  const startMs = performance.now()
  const held = await ports.serverSessions.get(sessionTarget(credentialed, ports, call.agent.capabilities))
  const session = ports.viewedSessions.of(held, 'all', { view: undefined, mayUse: undefined })
  recording.connectMs = performance.now() - startMs
  const { outbound, server } = credentialed
  const answer = await send(session, { ...call, outbound, timeoutMs: server.resolved.timeoutMs })
  recording.firstByteMs = performance.now() - startMs - recording.connectMs
  recording.response = { status: 200, headers: { 'content-type': 'application/json' } }
  recording.capture(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: routed.message?.id ?? null, ...answer })))
  return answer
}

function noteFailure(thrown: unknown, slug: string, ports: PipelinePorts, recording: Recording): unknown {
  const error = thrown instanceof HttpRefusal ? refusedByServer(thrown) : thrown
  if (error instanceof GatewayError) {
    recording.errorCode = error.code
    if (recording.plan !== undefined) ports.states.failed(slug, error.code, error.message)
  }
  return error
}

function refusedByServer({ status }: HttpRefusal): GatewayError {
  return new GatewayError('credential_rejected', {
    detail: `The server answered ${status}, and Gatehouse has no other credential for it.`,
    fix: 'Choose how Gatehouse signs in to this server (app_auth).',
  })
}

function mergedRequestOf({ outbound }: MemberCall): MergedRequest {
  if (!('read' in outbound)) throw new GatewayError('internal', { detail: 'A request came from nowhere.' })
  return outbound as MergedRequest
}

/** Headers of the agent's own session and of the message that it sent, which is not the one that goes out. */
const ofTheAgentsMessage = /^(?:mcp-(?!param-).*|last-event-id|accept|content-type|content-length)$/

/** The request as it would have come in on the server's own path. */
function readFor(slug: string, call: MemberCall, merged: Read, ports: PipelinePorts): Read {
  const { method, params } = call
  const value = { jsonrpc: '2.0', id: merged.message?.id ?? 0, method, ...(params === undefined ? {} : { params }) }
  const text = JSON.stringify(value)
  const name = params?.['name']
  return {
    requestId: merged.requestId,
    traceId: merged.traceId,
    generated: merged.generated,
    httpMethod: 'POST',
    path: merged.path,
    slug,
    agent: merged.agent,
    baseUrl: merged.baseUrl,
    headers: Object.fromEntries(Object.entries(merged.headers).filter(([header]) => !ofTheAgentsMessage.test(header))),
    body: Buffer.from(text),
    snapshot: ports.registry.snapshot ?? merged.snapshot,
    server: (ports.registry.snapshot ?? merged.snapshot).servers.get(slug),
    recognised: merged.recognised,
    caller: merged.caller,
    era: merged.era,
    message: {
      kind: 'request',
      id: value.id,
      method,
      params: isRecord(params) ? params : {},
      tool: method === 'tools/call' && typeof name === 'string' ? name : undefined,
      value,
      text,
    },
  }
}
