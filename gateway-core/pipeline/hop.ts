/** What becomes of a message on the outbound hop: passed on as it came, or part of a session that the gateway holds. */
import type { Hop } from '../credentials/outbound-request.js'
import type { PipelinePorts } from './ports.js'
import { sessionOwnerOf } from './session-owner.js'
import type { Routed } from './stages.js'

/**
 * The gateway ends the session itself where bytes cannot just be passed on: other transports, a session for all callers,
 * tools that look other than the server lists them, callers who may have to connect an account first, and a server that
 * speaks another era than the agent.
 */
export function hopOf(
  request: Pick<Routed, 'slug' | 'server' | 'caller' | 'era'> & {
    readonly recognised: Routed['recognised'] | undefined
  },
  ports: Pick<PipelinePorts, 'serverSessions'>,
): Hop {
  const isRelayed =
    isRelayedToAll(request.server) ||
    request.recognised?.key?.tools !== undefined ||
    ports.serverSessions.isBridged(request.slug, request.caller.id, request.era)
  return isRelayed ? ownHopOf(request.server) : 'message'
}

/** Whether the gateway ends the session whoever the agent is. */
export function isRelayedToAll({
  resolved,
  view,
  plan,
}: Pick<Routed['server'], 'resolved' | 'view' | 'plan'>): boolean {
  return (
    resolved.transport !== 'streamable-http' ||
    resolved.connection === 'shared' ||
    plan.accountClients.size > 0 ||
    view !== undefined
  )
}

/** Where the message is the gateway's own. */
export function ownHopOf({ resolved }: Routed['server']): Hop {
  return resolved.transport === 'stdio' ? 'process' : 'session'
}

/**
 * The era of the session that a message goes out in: that of the one which is open, and otherwise the agent's, as a server
 * is asked for that first. Undefined where there is none, or it adds no header: its transport has the same ones for both, or
 * the server gave it no id.
 */
export function sessionEraOf(
  { slug, server, caller, era }: Pick<Routed, 'slug' | 'server' | 'caller' | 'era'>,
  hop: Hop,
  { serverSessions }: Pick<PipelinePorts, 'serverSessions'>,
): Routed['era'] | undefined {
  if (hop !== 'session' || server.resolved.transport !== 'streamable-http') return undefined
  const about = serverSessions.current(slug, sessionOwnerOf(server, caller.id))?.about
  if (about === undefined) return era
  return about.era === 'modern' || about.hasSessionId === true ? about.era : undefined
}
