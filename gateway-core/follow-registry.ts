/** Part of the composition root: what requests are served with is kept true to what is registered. */
import type { GatewayEvents } from './events.js'
import { noteSignIns } from './pipeline/note-sign-ins.js'
import { keepStopped } from './pipeline/operate-servers.js'
import { isRelayedToAll } from './pipeline/hop.js'
import type { PipelinePorts } from './pipeline/ports.js'
import type { RememberedSecrets } from './pipeline/secret-source.js'
import type { RegisteredServer, Registry } from './registry/registry.js'
import type { GatewayKey } from './vault/vault.js'

export function followRegistry(
  registry: Registry,
  pipeline: PipelinePorts,
  secrets: RememberedSecrets,
  events: Pick<GatewayEvents, 'emit'>,
): void {
  const known = new Map<string, Configuration>()
  let keys: readonly GatewayKey[] = []
  registry.onChange(() => {
    secrets.forgetAll()
    if (registry.snapshot === undefined) pipeline.tokenSource.forgetAll()
    pipeline.tokens.configure(registry.snapshot?.jwtIssuers ?? [])
    pipeline.shield.configure(registry.snapshot?.shield)
    const changed = forgetChanged(known, registry, pipeline)
    const keysBefore = keys
    keys = [...(registry.snapshot?.keysByHash.values() ?? [])]
    for (const slug of rechosen(keysBefore, keys)) endSessions(slug, pipeline)
    if (registry.snapshot !== undefined) for (const id of revoked(keysBefore, keys)) pipeline.openRequests.end(id)
    // A secret may have been set that one of them was left out for.
    if (changed.size > 0 || pipeline.mergedState.wanting.size > 0) pipeline.mergedSessions.serversChanged()
    if (changed.size > 0) void tellOf(changed, pipeline, events)
  })
}

/** Once it is known where somebody has to sign in. */
async function tellOf(
  slugs: ReadonlySet<string>,
  pipeline: PipelinePorts,
  events: Pick<GatewayEvents, 'emit'>,
): Promise<void> {
  // The vault may have been locked meanwhile, and then nothing is known of accounts.
  await noteSignIns(pipeline).catch(() => undefined)
  for (const slug of slugs) events.emit({ event: 'server', data: { slug, state: pipeline.states.of(slug) } })
}

/**
 * What was learnt of a server, and what is open with it, says nothing about one that is configured otherwise.
 *
 * @returns whether there are other servers than before
 */
function forgetChanged(
  known: Map<string, Configuration>,
  registry: Registry,
  pipeline: PipelinePorts,
): ReadonlySet<string> {
  const servers = registry.snapshot?.servers ?? new Map<string, RegisteredServer>()
  const changed = new Set<string>()
  for (const [slug, configuration] of known) {
    const server = servers.get(slug)
    const now = server === undefined ? undefined : configurationOf(server)
    if (now?.whole === configuration.whole) continue
    if (now?.butLooks === configuration.butLooks) {
      changed.add(slug)
      toolsLookOtherwise(slug, pipeline)
      continue
    }
    if (server === undefined && registry.snapshot !== undefined) pipeline.shield.forgetServer(slug)
    changed.add(slug)
    known.delete(slug)
    pipeline.states.forget(slug)
    pipeline.sessions.forgetServer(slug)
    pipeline.tokenSource.forgetServer(slug)
    pipeline.connections.closeServer(slug)
    endSessions(slug, pipeline)
    pipeline.serverSessions.allow(slug)
    if (server === undefined) pipeline.listedTools.forget(slug)
  }
  for (const [slug, server] of servers) {
    if (!known.has(slug)) changed.add(slug)
    known.set(slug, configurationOf(server))
    keepStopped(server, pipeline)
  }
  return changed
}

/** Ids of keys that are no more. */
function revoked(before: readonly GatewayKey[], after: readonly GatewayKey[]): readonly string[] {
  const left = new Set(after.map(({ id }) => id))
  return before.flatMap(({ id }) => (left.has(id) ? [] : [id]))
}

/** What is open with the server goes on. Whoever listens is told to list its tools anew. */
export function toolsLookOtherwise(slug: string, { catalogue, agentFace, mergedState }: PipelinePorts): void {
  catalogue.forget(slug)
  mergedState.forget(slug)
  agentFace.toolsChanged(slug)
}

/** Servers at which a key uses another account than before. */
function rechosen(before: readonly GatewayKey[], after: readonly GatewayKey[]): ReadonlySet<string> {
  const byId = new Map(before.map(({ id, accounts }) => [id, accounts ?? {}]))
  return new Set(
    after.flatMap(({ id, accounts = {} }) => {
      const previous = byId.get(id)
      if (previous === undefined) return []
      return [...new Set([...Object.keys(previous), ...Object.keys(accounts)])].filter(
        (slug) => previous[slug] !== accounts[slug],
      )
    }),
  )
}

/** What is open with a server, and what was learnt in it. */
export function endSessions(slug: string, { agentFace, serverSessions, mergedState, catalogue }: PipelinePorts): void {
  catalogue.forget(slug)
  agentFace.closeScope(slug)
  void serverSessions.closeServer(slug)
  mergedState.forget(slug)
}

interface Configuration {
  readonly whole: string
  /** Without what its tools look like to agents. */
  readonly butLooks: string
}

function configurationOf(server: RegisteredServer): Configuration {
  const { resolved, disabledReason, commandSecrets } = server
  const rest = [disabledReason !== undefined, commandSecrets]
  const { tools_shown: _shown, tools = {}, ...config } = resolved.config
  const kept = Object.entries(tools).flatMap(([name, { hidden: _h, rename: _r, description: _d, ...setting }]) =>
    Object.keys(setting).length === 0 ? [] : [[name, setting]],
  )
  return {
    whole: JSON.stringify([resolved, ...rest]),
    butLooks: JSON.stringify([{ ...resolved, config }, kept, isRelayedToAll(server), ...rest]),
  }
}
