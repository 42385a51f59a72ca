/**
 * `/mcp`: all servers that a caller may use, as one MCP session. A request to one of them goes through the same stages as
 * on that server's own path, and is recorded as an exchange with it.
 */
import { errorTable, GatewayError } from '../contract/errors.js'
import { isRecord, type Answer, type JsonRpcNotification } from '../contract/json-rpc.js'
import { askLegacyMember } from '../relay/merged/legacy-member.js'
import { createMergedSession, type MergedSession } from '../relay/merged/merged-session.js'
import type { Member, MemberCall } from '../relay/merged/member.js'
import type { RegisteredServer, Snapshot } from '../registry/registry.js'
import type { ServerSession } from '../servers/server-session.js'
import { gatewayInfo } from '../servers/session/protocol-names.js'
import { HttpRefusal, type OutboundRequest } from '../servers/transport.js'
import { sessionFor, type OpenSession } from './account-session.js'
import { clearWithShield } from './clear-with-shield.js'
import { errorBody } from './error-body.js'
import { ownHopOf } from './hop.js'
import { reachesServer, toolReach, type Reach } from './key-reach.js'
import { obtainCredentials } from './obtain-credentials.js'
import { planRequest } from './plan-request.js'
import type { PipelinePorts } from './ports.js'
import { Recording } from './recording.js'
import { noteListed, sessionTarget } from './relay-to-server.js'
import { routeToServer } from './route-to-server.js'
import { shieldCallOf } from './shield-call-of.js'
import { shieldedSession, withShieldCall } from './shielded-session.js'
import { sessionOwnerOf } from './session-owner.js'
import type { Known, Read, Routed } from './stages.js'
import { StandingWishes } from './standing-wishes.js'

/** What a request to `/mcp` brings along to the requests that are made for it. */
export interface MergedRequest extends OutboundRequest {
  readonly read: Read
  /** Called when an exchange with a server was recorded. */
  recorded(): void
}

/** The session of this caller with this key, or with what this agent was allowed. */
export function mergedSessionFor(known: Known, ports: PipelinePorts): MergedSession {
  // Not the whole request, which would be kept with the session.
  const { id } = known.caller
  const { key, grant } = known.recognised
  const reach: Reach | undefined = key ?? grant
  const reachId = key?.id ?? (grant && `${grant.id} ${grant.servers.join(' ')}`) ?? ''
  return ports.mergedSessions.of(`${id} ${reachId} ${known.agent ?? ''}`, () => {
    const wishes = new StandingWishes()
    const own: MergedPorts = { ...ports, wishes, toolReach: reachByServer(reach) }
    return createMergedSession({
      members: membersFor(id, reach, own),
      state: ports.mergedState,
      serverInfo: { ...gatewayInfo, title: 'Gatehouse' },
      levelSet: (agent, level) => wishes.noteLevel(agent, level),
    })
  })
}

/** What requests of one merged session are given. */
interface MergedPorts extends PipelinePorts {
  readonly wishes: StandingWishes
  readonly toolReach: (slug: string) => Member['mayUse']
}

/** The same function each time for the same server: what was made of a list with it need not be made again. */
function reachByServer(whole: Reach | undefined): MergedPorts['toolReach'] {
  const known = new Map<string, Member['mayUse']>()
  return (slug) => {
    const reach = known.get(slug) ?? toolReach(whole, slug)
    if (reach !== undefined) known.set(slug, reach)
    return reach
  }
}

/** Gives the members as things are at each moment: the same array for as long as the snapshot is the same. */
function membersFor(callerId: string, reach: Reach | undefined, ports: MergedPorts): () => readonly Member[] {
  let of: Snapshot | undefined
  let members: readonly Member[] = []
  return () => {
    const { snapshot } = ports.registry
    if (snapshot === of) return members
    of = snapshot
    members = [...(snapshot?.servers.values() ?? [])]
      .filter((server) => isMember(server) && reachesServer(reach, server.slug))
      .map((server) => memberOf(server, callerId, ports))
    return members
  }
}

/** A server that takes the agent's own credential has a path of its own: one credential must not go to many servers. */
function isMember({ resolved, disabledReason }: RegisteredServer): boolean {
  const isPassthrough = resolved.appAuth.type === 'passthrough' || resolved.agentAuth.type === 'passthrough'
  return !isPassthrough && disabledReason === undefined
}

function memberOf(server: RegisteredServer, callerId: string, ports: MergedPorts): Member {
  const { slug, view } = server
  const { serverSessions, wishes } = ports
  const sessionOwner = sessionOwnerOf(server, callerId)
  return {
    slug,
    context: callerId,
    view,
    mayUse: ports.toolReach(slug),
    about: () => serverSessions.current(slug, sessionOwner)?.about,
    call: (call) => callMember(slug, call, ports, (session, sent) => session.call(sent)),
    subscribe: async (uri, listener, call) => {
      const send: Send = (session, sent) => session.subscribe(uri, listener, sent)
      const answer = await callMember(slug, { ...call, method: 'resources/subscribe' }, ports, send)
      if ('result' in answer) wishes.noteSubscription(slug, uri, listener)
      return answer
    },
    unsubscribe: (uri, listener, call) => {
      const send: Send = (session, sent) => session.unsubscribe(uri, listener, sent)
      wishes.forgetSubscription(slug, uri, listener)
      return callMember(slug, { ...call, method: 'resources/unsubscribe' }, ports, send)
    },
    listen: (listener) => {
      const stops = [serverSessions.listen(slug, sessionOwner, listener), wishes.listen(slug, listener)]
      return () => {
        for (const stop of stops) stop()
      }
    },
    notify: (notification: JsonRpcNotification) => serverSessions.notify(slug, sessionOwner, notification),
  }
}

type Send = (session: ServerSession, call: MemberCall) => Promise<Answer>

/** One request to one server, through every stage. */
async function callMember(slug: string, call: MemberCall, ports: MergedPorts, send: Send): Promise<Answer> {
  const merged = mergedRequestOf(call)
  const read = readFor(slug, call, merged.read, ports)
  const recording = new Recording(read)
  recording.known = read
  recording.read = read
  try {
    const routed = routeToServer(read, ports)
    const answer = await sendThroughStages(routed, call, ports, recording, send)
    if (!('accountNeed' in routed)) ports.states.answered(slug)
    return answer
  } catch (error) {
    throw noteFailure(error, read, ports, recording)
  } finally {
    merged.recorded()
    ports.record(recording.finish())
  }
}

async function sendThroughStages(
  routed: Routed,
  call: MemberCall,
  ports: MergedPorts,
  recording: Recording,
  send: Send,
): Promise<Answer> {
  const cleared = await clearWithShield(routed, ports, recording, () => call.signal)
  const planned = planRequest(cleared, ownHopOf(cleared.server), recording)
  const credentialed = await obtainCredentials(planned, ports, recording)
  const startMs = performance.now()
  const { capabilities } = call.agent
  const open: OpenSession = (sent) =>
    ports.serverSessions.get(sessionTarget({ ...credentialed, outbound: sent }, ports, capabilities))
  const held = await sessionFor(credentialed, ports, capabilities, open, 'of many')
  recording.connectMs = performance.now() - startMs
  call.signal.throwIfAborted()
  const { slug, caller, outbound, server } = credentialed
  // Where an account is needed first, the gateway itself answers.
  const watched = credentialed.accountNeed === undefined ? shieldedSession(held, ports.shield) : held
  const session = ports.viewedSessions.of(watched, `all ${caller.id}`, {
    view: undefined,
    mayUse: undefined,
    listed: noteListed(slug, server, ports),
    knownTools: () => ports.mergedState.lists.lastKnown(slug, caller.id, 'tools/list')?.items,
  })
  const shielded = withShieldCall(outbound, shieldCallOf(credentialed))
  const made = { ...call, outbound: shielded, timeoutMs: server.resolved.timeoutMs }
  ports.wishes.tell(slug, held, made)
  const answer =
    held.about.era === 'legacy' ? await askLegacyMember(made, (sent) => send(session, sent)) : await send(session, made)
  recording.firstByteMs = performance.now() - startMs - recording.connectMs
  recordAnswer(200, { jsonrpc: '2.0', id: routed.message?.id ?? null, ...answer }, recording)
  return answer
}

function recordAnswer(status: number, body: object, recording: Recording): void {
  recording.response = { status, headers: { 'content-type': 'application/json' } }
  recording.capture(Buffer.from(JSON.stringify(body)))
}

/** Recorded as it would have been answered on the server's own path. */
function noteFailure(
  thrown: unknown,
  { slug, requestId, message }: Read,
  ports: PipelinePorts,
  recording: Recording,
): unknown {
  const error = thrown instanceof HttpRefusal ? refusedByServer(thrown) : thrown
  if (error instanceof GatewayError) {
    recording.errorCode = error.code
    recording.noteVerdictOf(error)
    recordAnswer(errorTable[error.code].httpStatus, errorBody(error, message?.id ?? null, requestId), recording)
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
