/** Stage: finds out who is calling. Refuses with `gateway_paused`, `vault_locked`, `unauthenticated`. */
import { recogniseCaller, type Recognised } from '../callers/recognise-caller.js'
import { GatewayError } from '../contract/errors.js'
import type { AgentAuth, AppAuth } from '../contract/profile.js'
import type { Snapshot } from '../registry/registry.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import type { Arrived, Known } from './stages.js'

/** What is asked of callers of a server that does not exist, so that only callers learn which ones do. */
const strictest: { readonly agentAuth: AgentAuth; readonly appAuth: AppAuth } = {
  agentAuth: { type: 'gateway' },
  appAuth: { type: 'none' },
}

export async function identifyCaller(arrived: Arrived, ports: PipelinePorts, recording: Recording): Promise<Known> {
  if (ports.gate.isPaused)
    throw new GatewayError('gateway_paused', { fix: 'Resume it: in the app’s menu, or `gatehouse resume`.' })
  const snapshot = ports.registry.snapshot
  if (snapshot === undefined) throw vaultLocked(ports)
  const server = snapshot.servers.get(arrived.slug)
  noteCredentials(arrived, recording)
  const startedMs = performance.now()
  const recognised = await recogniseCaller(
    {
      headers: arrived.headers,
      agentAuth: server?.resolved.agentAuth ?? strictest.agentAuth,
      appAuth: server?.resolved.appAuth ?? strictest.appAuth,
      agent: arrived.agent,
      audiences: audiencesOf(arrived),
      baseUrl: arrived.baseUrl,
      slug: arrived.slug,
    },
    knowledgeOf(snapshot, ports),
  ).finally(() => (recording.callerMs = performance.now() - startedMs))
  // The server's own token is what this mode is about: without one the agent is sent to the server's provider.
  if (server?.resolved.config.auth_mode === 'oauth_passthrough' && !carriesServerToken(arrived, recognised))
    throw new GatewayError('unauthenticated', {
      fix: 'Sign in at the provider that the metadata of this server names.',
    })
  // An identity provider’s token is in no header that came in.
  if (recognised.grant !== undefined && recognised.token !== undefined) recording.sensitiveValues.push(recognised.token)
  if (recognised.key !== undefined) ports.registry.noteKeyUse(recognised.key.id)
  const known = Object.assign(arrived, { snapshot, server, recognised, caller: recognised.caller })
  recording.known = known
  return known
}

function carriesServerToken(arrived: Arrived, recognised: Recognised): boolean {
  return arrived.headers['authorization'] !== undefined && !recognised.authorizationIsOurs
}

function knowledgeOf(snapshot: Snapshot, ports: PipelinePorts): Parameters<typeof recogniseCaller>[1] {
  const { keysByHash, legacyBearer } = snapshot
  return { keysByHash, legacyBearer, tokens: ports.tokens, minted: ports.signIn.tokens, nowMs: ports.nowMs }
}

/** What a token may be meant for where its issuer's configuration does not say: this gateway, or this server on it. */
function audiencesOf({ baseUrl, slug }: Pick<Arrived, 'baseUrl' | 'slug'>): readonly string[] {
  return [`${baseUrl}/mcp/${slug}`, `${baseUrl}/mcp`, baseUrl]
}

/** The caller's credentials are masked wherever they turn up in the exchange, valid or not. */
function noteCredentials({ headers }: Arrived, recording: Recording): void {
  for (const name of ['x-gatehouse-apikey', 'x-highflame-apikey', 'authorization'] as const) {
    const value = headers[name]
    if (value !== undefined) recording.sensitiveValues.push(value.replace(/^\S+ +/, ''))
  }
}

function vaultLocked(ports: PipelinePorts): GatewayError {
  return ports.vaultState() === 'uninitialized'
    ? new GatewayError('vault_locked', {
        detail: 'Gatehouse has no vault yet.',
        fix: 'Open the page of Gatehouse, or run `gatehouse unlock`, and choose a passphrase.',
      })
    : new GatewayError('vault_locked', {
        detail: 'The vault of Gatehouse is locked.',
        fix: 'Open the page of Gatehouse, or run `gatehouse unlock`.',
      })
}
