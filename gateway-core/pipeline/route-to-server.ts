/**
 * Stage: finds the server and checks that this caller may use it, the tool and the session. Refuses with
 * `unknown_server`, `insufficient_scope`, `server_disabled`, `unknown_session`.
 */
import { GatewayError } from '../contract/errors.js'
import type { GatewayKey } from '../vault/vault.js'
import { reachesServer, reachesTool } from './key-reach.js'
import type { PipelinePorts } from './ports.js'
import type { Read, Routed } from './stages.js'

export function routeToServer(read: Read, ports: PipelinePorts): Routed {
  const { server, slug } = read
  if (read.recognised.key !== undefined) checkReach(read.recognised.key, slug, read.message?.tool)
  if (read.recognised.grant?.servers.includes(slug) === false)
    throw new GatewayError('insufficient_scope', {
      detail: `${JSON.stringify(read.recognised.grant.clientName)} was not allowed to use this server.`,
      fix: 'Sign in again from the agent, and allow it.',
    })
  if (server === undefined)
    throw new GatewayError('unknown_server', {
      detail: `No server is registered as ${JSON.stringify(slug.slice(0, 64))}.`,
      fix: 'Run `gatehouse servers list` for the names that there are.',
    })
  if (server.disabledReason !== undefined) throw new GatewayError('server_disabled', { detail: server.disabledReason })
  ports.serverSessions.refuseIfStopped(slug)
  const sessionId = read.headers['mcp-session-id']
  if (sessionId !== undefined && !ports.sessions.belongsTo(slug, sessionId, read.caller.id))
    throw new GatewayError('unknown_session', {
      detail: 'This caller has no session with this id.',
      fix: 'Initialize a new session.',
    })
  return Object.assign(read, { server })
}

function checkReach(key: GatewayKey, slug: string, tool: string | undefined): void {
  if (!reachesServer(key, slug))
    throw new GatewayError('insufficient_scope', {
      detail: `The key ${JSON.stringify(key.name)} is not for this server.`,
      fix: 'Use a key that is, or make one with `gatehouse keys add`.',
    })
  if (tool !== undefined && !reachesTool(key, slug, tool))
    throw new GatewayError('insufficient_scope', {
      detail: `The key ${JSON.stringify(key.name)} is not for the tool ${JSON.stringify(tool.slice(0, 128))}.`,
      fix: 'Use a key that is, or make one with `gatehouse keys add`.',
    })
}
