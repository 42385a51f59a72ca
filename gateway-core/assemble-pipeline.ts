/** The other half of the composition root: makes what the pipeline is given, and keeps it true to the registry. */
import type { Logger } from 'pino'
import { Agent } from 'undici'
import { assembleAccounts, type AssembledAccounts } from './assemble-accounts.js'
import { assembleSignIn, type AssembledSignIn } from './assemble-sign-in.js'
import { createTokenVerifier } from './callers/token-verifier.js'
import type { MetricFamily } from './contract/metric-family.js'
import { createEvents, type GatewayEvents } from './events.js'
import type { CapturedExchange } from './inspector/captured-exchange.js'
import { createRecorder, type Recorder } from './inspector/recorder.js'
import { noteAuthTraffic } from './auth-traffic.js'
import { counter, stateFamilies, tracedExchange } from './assemble-telemetry.js'
import type { ObserveRequest } from './oauth/observed-request.js'
import { createTokenSource, type TokenSettings } from './oauth/token-source.js'
import { createGate } from './pipeline/gate.js'
import { keepStopped } from './pipeline/operate-servers.js'
import type { PipelinePorts } from './pipeline/ports.js'
import { createSecretSource, type RememberedSecrets } from './pipeline/secret-source.js'
import type { RegisteredServer, Registry } from './registry/registry.js'
import { createAgentFace } from './relay/agent-face/agent-face.js'
import { createMergedState } from './relay/merged/member-lists.js'
import { forgetAllLists, forgetChangedLists } from './relay/merged/merged-listeners.js'
import { createMergedStore } from './relay/merged/merged-store.js'
import { createInputCheck } from './relay/tools/input-check.js'
import type { ListedTools } from './relay/tools/listed-tools.js'
import { createCatalogue } from './relay/tools/catalogue.js'
import { createViewedSessions } from './relay/tools/viewed-session.js'
import { createConnections } from './servers/connections.js'
import { createServerSessions } from './servers/server-sessions.js'
import { createServerStates } from './servers/server-states.js'
import { createSessions } from './servers/sessions.js'
import { assembleShield } from './assemble-shield.js'
import { createCallerCounts } from './telemetry/caller-counts.js'
import { createRequestCounts } from './telemetry/request-counts.js'
import { createTraceExport, type TraceExport } from './telemetry/trace-export.js'
import type { GatewayKey, Vault } from './vault/vault.js'
import { version } from './version.js'

export interface PipelineParts {
  readonly pipeline: PipelinePorts
  readonly events: GatewayEvents
  readonly recorder: Recorder
  /** For requests of the gateway's own. */
  readonly agent: Agent
  /** The data port has been bound. */
  listening(port: number): void
  metrics(): Promise<readonly MetricFamily[]>
  readonly traces: TraceExport
  close(): Promise<void>
}

export function assemblePipeline(
  vault: Vault,
  registry: Registry,
  logger: Logger,
  oauth: TokenSettings,
  allowOrigins: readonly string[],
  listedTools: ListedTools,
): PipelineParts {
  const events = createEvents()
  const recorder = createRecorder({
    append: (batch) =>
      vault.exchanges.append(batch, events.wantsText ? 'texts' : events.isWatched ? 'summaries' : 'nothing'),
    onWritten: (exchanges) => {
      for (const { summary, text } of exchanges)
        events.emit({ event: 'exchange', data: summary, ...(text !== undefined && { text: () => text }) })
    },
    logger,
  })
  const counts = createRequestCounts()
  const callers = createCallerCounts()
  const traces = createTraceExport(version, logger)
  const record = (exchange: CapturedExchange): void => {
    counts.note(exchange)
    callers.note(exchange)
    if (traces.isOn) traces.note(tracedExchange(exchange))
    recorder.record(exchange)
  }
  const secrets = createSecretSource(vault.secrets)
  const observe = noteAuthTraffic(record)
  const {
    ports: pipeline,
    accounts,
    signIn,
  } = createPorts(vault, registry, logger, events, secrets, oauth, allowOrigins, listedTools, record, observe)
  const agent = new Agent()
  followRegistry(registry, pipeline, secrets, events)
  vault.onStateChange((state) =>
    events.emit({ event: 'status', data: { vault: state, paused: pipeline.gate.isPaused } }),
  )
  return {
    pipeline,
    events,
    recorder,
    agent,
    listening: (port) => {
      accounts.listening(port)
      signIn.listening(port)
    },
    traces,
    metrics: async () => [
      ...counts.families(),
      callers.family(),
      ...(await stateFamilies(vault, registry, accounts.accounts)),
      counter('gatehouse_exchanges_dropped_total', 'Exchanges that were not recorded.', recorder.dropped),
    ],
    close: async () => {
      pipeline.agentFace.close()
      await pipeline.mergedSessions.close()
      await pipeline.serverSessions.close()
      await recorder.flush()
      await traces.close()
      pipeline.tokens.close()
      await pipeline.connections.close()
      await pipeline.tokenSource.close()
      await pipeline.shield.close()
      await accounts.close()
      await signIn.close()
      await agent.destroy()
    },
  }
}

function createPorts(
  vault: Vault,
  registry: Registry,
  logger: Logger,
  events: GatewayEvents,
  secrets: RememberedSecrets,
  oauth: TokenSettings,
  allowOrigins: readonly string[],
  listedTools: ListedTools,
  record: PipelinePorts['record'],
  observe: ObserveRequest,
): { readonly ports: PipelinePorts; readonly accounts: AssembledAccounts; readonly signIn: AssembledSignIn } {
  const states = createServerStates((slug, state) => events.emit({ event: 'server', data: { slug, state } }), Date.now)
  const mergedState = createMergedState()
  const accounts = assembleAccounts({
    ...{ vault, registry, events, states, secrets, logger },
    settings: oauth,
    observe,
    forgetLists: (slug, what) => {
      mergedState.forget(slug)
      // Until it lists anew, what a caller last saw is better than nothing.
      if (what === 'removed') ports.catalogue.forget(slug)
      ports.mergedSessions.serversChanged()
    },
    endSessions: (slug) => endSessions(slug, ports),
  })
  const tokenSource = createTokenSource(oauth, vault, logger, Date.now, observe)
  const signIn = assembleSignIn({
    ...{ vault, registry, events, secrets, settings: oauth, allowOrigins, logger, record },
    issuances: tokenSource.issuances,
  })
  const ports: PipelinePorts = {
    gate: createGate((paused) => events.emit({ event: 'status', data: { vault: vault.state, paused } })),
    registry,
    vaultState: () => vault.state,
    tokens: createTokenVerifier(),
    signIn: signIn.signIn,
    secrets,
    accounts: accounts.accounts,
    tokenSource,
    connections: createConnections(),
    sessions: createSessions(),
    serverSessions: createServerSessions({
      ended: (slug, reason) => {
        states.failed(slug, reason.code, reason.message)
        forgetAllLists(mergedState, slug)
      },
      // Also where no agent listens: what is kept must not outlive it.
      listChanged: (slug, method) => forgetChangedLists(mergedState, slug, method),
    }),
    agentFace: createAgentFace(),
    viewedSessions: createViewedSessions(createInputCheck()),
    listedTools,
    catalogue: createCatalogue(),
    mergedState,
    mergedSessions: createMergedStore(),
    shield: assembleShield({ vault, secrets, events, logger }, (slug) => {
      mergedState.forget(slug)
      ports.mergedSessions.serversChanged()
    }),
    states,
    record,
    logger,
    nowMs: Date.now,
  }
  return { ports, accounts, signIn }
}

function followRegistry(
  registry: Registry,
  pipeline: PipelinePorts,
  secrets: RememberedSecrets,
  events: Pick<GatewayEvents, 'emit'>,
): void {
  const known = new Map<string, string>()
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
    // A secret may have been set that one of them was left out for.
    if (changed.size > 0 || pipeline.mergedState.wanting.size > 0) pipeline.mergedSessions.serversChanged()
    for (const slug of changed) events.emit({ event: 'server', data: { slug, state: pipeline.states.of(slug) } })
  })
}

/**
 * What was learnt of a server, and what is open with it, says nothing about one that is configured otherwise.
 *
 * @returns whether there are other servers than before
 */
function forgetChanged(known: Map<string, string>, registry: Registry, pipeline: PipelinePorts): ReadonlySet<string> {
  const servers = registry.snapshot?.servers ?? new Map<string, RegisteredServer>()
  const changed = new Set<string>()
  for (const [slug, configuration] of known) {
    const server = servers.get(slug)
    if (server !== undefined && configurationOf(server) === configuration) continue
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
function endSessions(slug: string, { agentFace, serverSessions, mergedState, catalogue }: PipelinePorts): void {
  catalogue.forget(slug)
  agentFace.closeScope(slug)
  void serverSessions.closeServer(slug)
  mergedState.forget(slug)
}

function configurationOf({ resolved, disabledReason, commandSecrets }: RegisteredServer): string {
  return JSON.stringify([resolved, disabledReason !== undefined, commandSecrets])
}
