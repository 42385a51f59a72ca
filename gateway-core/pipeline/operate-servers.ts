/** What a person may do with a server beside configuring it: see how it does, start, stop and restart it, try it out. */
import type { ProbeStep } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import type { ServerHealth } from '../contract/server-health.js'
import type { RegisteredServer, Registry } from '../registry/registry.js'
import type { ServerState } from '../servers/server-states.js'
import type { ListedTool, Offers } from '../contract/tool-operations.js'
import { countOffers, listTools } from './list-tools.js'
import { noteSignIns } from './note-sign-ins.js'
import { prepareOwnRequest } from './own-request.js'
import { namedCaller } from './named-caller.js'
import type { PipelinePorts } from './ports.js'
import { probeServer } from './probe-server.js'
import { sessionTarget } from './relay-to-server.js'

/** How long a process may take to its first answer where a person waits for it. */
const maxStartMs = 90_000

export interface ServerOperations {
  state(slug: string): ServerState
  /** Looks where somebody has to sign in, so that `state` says so. @throws GatewayError `vault_locked` */
  noteSignIns(): Promise<void>
  health(slug: string): ServerHealth
  /** What of its settings cannot be done, as sentences. */
  warnings(server: RegisteredServer): readonly string[]
  /**
   * Lets calls in again. The process of a server over stdio is started at once; others are reached when they are called.
   *
   * @throws GatewayError `unknown_server`, `server_disabled` where its configuration or a missing approval forbids it,
   *   and why its process could not be started
   */
  start(slug: string): Promise<void>
  /** Ends its sessions and its process. Calls are refused until `start`. @throws GatewayError `unknown_server` */
  stop(slug: string): Promise<void>
  /** @throws GatewayError as `start` */
  restart(slug: string): Promise<void>
  /**
   * Two at once for one caller share one.
   *
   * @param caller a key's id, a subject, or `{issuer}#{sub}`; the subject `local`, if nobody is named
   * @throws GatewayError `unknown_server`
   */
  probe(slug: string, caller?: string): Promise<readonly ProbeStep[]>
  /**
   * The tools that it lists, by its own names, hidden ones too.
   *
   * @throws GatewayError `unknown_server`, `server_disabled`, `account_needed`, and where it cannot be asked
   */
  tools(slug: string): Promise<readonly ListedTool[]>
  /** How many of each it lists. @throws GatewayError as `tools` */
  offers(slug: string): Promise<Offers>
}

export function createServerOperations(ports: PipelinePorts): ServerOperations {
  const { serverSessions, states, connections } = ports
  const stopping = new Map<string, Promise<void>>()
  const probing = new Map<string, Promise<readonly ProbeStep[]>>()
  const stop = (slug: string): Promise<void> => {
    states.stopped(slug, stoppedReason(slug))
    connections.closeServer(slug)
    return shared(stopping, slug, () => serverSessions.stop(slug))
  }
  const start = async (server: RegisteredServer): Promise<void> => {
    const { slug, resolved } = server
    // Two processes of one server at a time may not get along.
    await stopping.get(slug)
    await ports.registry.setStopped(slug, false)
    serverSessions.allow(slug)
    states.allowed(slug)
    ports.mergedState.down.forget(slug)
    if (server.isStopped) ports.mergedSessions.serversChanged()
    if (resolved.transport !== 'stdio') return
    try {
      const { request } = await prepareOwnRequest(slug, ports)
      const target = sessionTarget(request, ports)
      await serverSessions.get({ ...target, timeoutMs: Math.min(target.timeoutMs, maxStartMs) })
      states.answered(slug)
    } catch (error) {
      if (error instanceof GatewayError) states.failed(slug, error.code, error.message)
      throw error
    }
  }
  return {
    state: (slug) => states.of(slug),
    noteSignIns: () => noteSignIns(ports),
    health: (slug) => serverSessions.health(slug),
    warnings: ({ slug, resolved }) => ports.listedTools.problems(slug, resolved.config),
    start: async (slug) => start(requireEnabled(slug, ports)),
    stop: async (slug) => {
      requireServer(ports.registry, slug)
      // At once, and for good: also where its process takes its time to end.
      const stopped = stop(slug)
      ports.mergedState.forget(slug)
      await Promise.all([stopped, ports.registry.setStopped(slug, true)])
      ports.mergedSessions.serversChanged()
    },
    restart: async (slug) => {
      const server = requireEnabled(slug, ports)
      await stop(slug)
      await start(server)
    },
    tools: async (slug) => {
      requireEnabled(slug, ports)
      return listTools(slug, ports)
    },
    offers: async (slug) => {
      requireEnabled(slug, ports)
      return countOffers(slug, ports)
    },
    probe: async (slug, caller) => shared(probing, `${slug} ${caller ?? ''}`, () => probeAs(slug, caller, ports)),
  }
}

/** @throws GatewayError `unknown_server` */
async function probeAs(slug: string, caller: string | undefined, ports: PipelinePorts): Promise<readonly ProbeStep[]> {
  const server = requireServer(ports.registry, slug)
  const { snapshot } = ports.registry
  const asWhom = caller === undefined || snapshot === undefined ? undefined : namedCaller(caller, snapshot)
  return probeServer(server, ports, asWhom)
}

function stoppedReason(slug: string): string {
  return `A person stopped it. Start it: gatehouse servers start ${slug}`
}

/** Holds what a person said of a server before the gateway was started, or before its configuration changed. */
export function keepStopped({ slug, isStopped }: RegisteredServer, ports: PipelinePorts): void {
  if (!isStopped || ports.serverSessions.health(slug).stopped) return
  ports.states.stopped(slug, stoppedReason(slug))
  void ports.serverSessions.stop(slug)
}

/** One at a time per key; whoever comes while it runs gets the same. */
function shared<T>(running: Map<string, Promise<T>>, key: string, work: () => Promise<T>): Promise<T> {
  const before = running.get(key)
  if (before !== undefined) return before
  const now = work().finally(() => running.delete(key))
  running.set(key, now)
  return now
}

/** @throws GatewayError `unknown_server` */
export function requireServer(registry: Registry, slug: string): RegisteredServer {
  const server = registry.snapshot?.servers.get(slug)
  if (server !== undefined) return server
  throw new GatewayError('unknown_server', {
    detail: `No server is called ${slug}.`,
    fix: '`gatehouse servers list` names the servers.',
  })
}

/** @throws GatewayError `unknown_server`, `server_disabled` */
function requireEnabled(slug: string, ports: PipelinePorts): RegisteredServer {
  const server = requireServer(ports.registry, slug)
  if (server.disabledReason === undefined) return server
  throw new GatewayError('server_disabled', { detail: server.disabledReason })
}
