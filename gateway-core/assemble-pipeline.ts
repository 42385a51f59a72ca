/** The other half of the composition root: makes what the pipeline is given. */
import type { Logger } from 'pino'
import { Agent } from 'undici'
import { assembleAccounts, type AssembledAccounts } from './assemble-accounts.js'
import { assembleRecording, type AssembledRecording } from './assemble-recording.js'
import { assembleShield, detectorFamily, type ToolsWatcher } from './assemble-shield.js'
import { assembleSignIn, type AssembledSignIn } from './assemble-sign-in.js'
import { stateFamilies } from './assemble-telemetry.js'
import { noteAuthTraffic } from './auth-traffic.js'
import { OpenRequests } from './pipeline/open-requests.js'
import { createTokenVerifier } from './callers/token-verifier.js'
import type { MetricFamily } from './contract/metric-family.js'
import { createEvents, type GatewayEvents } from './events.js'
import { endSessions, toolsLookOtherwise, followRegistry } from './follow-registry.js'
import { createTokenSource, type TokenSettings } from './oauth/token-source.js'
import { createGate } from './pipeline/gate.js'
import { noteSignIns } from './pipeline/note-sign-ins.js'
import type { PipelinePorts } from './pipeline/ports.js'
import { createSecretSource, type RememberedSecrets } from './pipeline/secret-source.js'
import type { Registry } from './registry/registry.js'
import { createAgentFace } from './relay/agent-face/agent-face.js'
import { createMergedState } from './relay/merged/member-lists.js'
import { forgetAllLists, forgetChangedLists } from './relay/merged/merged-listeners.js'
import { createMergedStore } from './relay/merged/merged-store.js'
import { createCatalogue } from './relay/tools/catalogue.js'
import { createInputCheck } from './relay/tools/input-check.js'
import type { ListedTools } from './relay/tools/listed-tools.js'
import { createViewedSessions } from './relay/tools/viewed-session.js'
import { createConnections } from './servers/connections.js'
import { createServerSessions } from './servers/server-sessions.js'
import { createServerStates } from './servers/server-states.js'
import { createSessions } from './servers/sessions.js'
import type { IssuanceStore, Vault } from './vault/vault.js'

export interface PipelineSurroundings {
  readonly vault: Vault
  readonly registry: Registry
  readonly logger: Logger
  /** How authorization servers and token brokers are asked. */
  readonly oauth: TokenSettings
  readonly allowOrigins: readonly string[]
  readonly listedTools: ListedTools
  readonly records: boolean
}

export interface PipelineParts {
  readonly pipeline: PipelinePorts
  readonly events: GatewayEvents
  readonly recording: AssembledRecording
  /** For requests of the gateway's own. */
  readonly agent: Agent
  /** The data port has been bound. */
  listening(port: number): void
  metrics(): Promise<readonly MetricFamily[]>
  close(): Promise<void>
}

/** What is made before the ports themselves, which are made of it. */
interface Foundation extends PipelineSurroundings {
  readonly events: GatewayEvents
  readonly secrets: RememberedSecrets
  readonly recording: AssembledRecording
}

interface AssembledPorts {
  readonly ports: PipelinePorts
  readonly accounts: AssembledAccounts
  readonly signIn: AssembledSignIn
}

export function assemblePipeline(around: PipelineSurroundings): PipelineParts {
  const { vault, registry, logger } = around
  const events = createEvents()
  const recording = assembleRecording(vault, events, logger, around.records)
  const secrets = createSecretSource(vault.secrets)
  const assembled = createPorts({ ...around, events, secrets, recording })
  const { ports: pipeline, accounts, signIn } = assembled
  const agent = new Agent()
  followRegistry(registry, pipeline, secrets, events)
  vault.onStateChange((state) =>
    events.emit({ event: 'status', data: { vault: state, paused: pipeline.gate.isPaused } }),
  )
  return {
    pipeline,
    events,
    recording,
    agent,
    listening: (port) => {
      accounts.listening(port)
      signIn.listening(port)
    },
    metrics: async () => [
      ...recording.families(),
      detectorFamily(pipeline.shield),
      ...(await stateFamilies(vault, registry, accounts.accounts)),
    ],
    close: async () => {
      await closePorts(assembled, recording)
      await agent.destroy()
    },
  }
}

/** What may still be recorded first, and whom it is recorded through last. */
async function closePorts({ ports, accounts, signIn }: AssembledPorts, recording: AssembledRecording): Promise<void> {
  ports.agentFace.close()
  await ports.mergedSessions.close()
  await ports.serverSessions.close()
  await recording.close()
  ports.tokens.close()
  await ports.connections.close()
  await ports.tokenSource.close()
  await ports.shield.close()
  await accounts.close()
  await signIn.close()
}

/** Whoever obtains a token, it is counted as it is listed. */
function countedIssuances(store: IssuanceStore, recording: Pick<AssembledRecording, 'countIssuance'>): IssuanceStore {
  return {
    append: (noted) => {
      for (const issuance of noted) recording.countIssuance(issuance)
      return store.append(noted)
    },
    list: (query) => store.list(query),
    get: (id) => store.get(id),
  }
}

function createPorts(foundation: Foundation): AssembledPorts {
  const { vault, registry, logger, oauth, allowOrigins, listedTools, events, secrets, recording } = foundation
  const { record } = recording
  const issuances = countedIssuances(vault.issuances, recording)
  const observe = noteAuthTraffic(record, logger)
  const states = createServerStates((slug, state) => events.emit({ event: 'server', data: { slug, state } }), Date.now)
  const mergedState = createMergedState()
  const accounts = assembleAccounts({
    ...{ vault, issuances, registry, events, states, secrets, logger, observe, settings: oauth },
    forgetLists: (slug, what) => {
      mergedState.forget(slug)
      // Until it lists anew, what a caller last saw is better than nothing.
      if (what === 'removed') ports.catalogue.forget(slug)
      ports.mergedSessions.serversChanged()
    },
    noteSignIns: () => noteSignIns(ports),
    endSessions: (slug) => endSessions(slug, ports),
  })
  const tokenSource = createTokenSource(oauth, { secrets: vault.secrets, issuances }, logger, Date.now, observe)
  const openRequests = new OpenRequests()
  const signIn = assembleSignIn({
    ...{ vault, registry, events, secrets, settings: oauth, allowOrigins, logger, record },
    issuances: tokenSource.issuances,
    grantRemoved: (id) => openRequests.end(id),
  })
  const ports: PipelinePorts = {
    openRequests,
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
    shield: assembleShield(
      { vault, secrets, events, logger },
      watchTools(() => ports),
    ),
    states,
    record,
    logger,
    nowMs: Date.now,
  }
  return { ports, accounts, signIn }
}

/** Agents list a server's tools anew when Shield holds or releases one. */
function watchTools(ports: () => PipelinePorts): ToolsWatcher {
  return {
    held: (slug) => {
      ports().agentFace.toolsChanged(slug)
      ports().mergedSessions.serversChanged()
    },
    decided: (slug) => {
      toolsLookOtherwise(slug, ports())
      ports().mergedSessions.serversChanged()
    },
  }
}
