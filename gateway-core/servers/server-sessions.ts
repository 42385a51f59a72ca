/**
 * The sessions that the gateway holds with servers itself: one for all callers of a shared server, one for each caller
 * of another. They are opened when they are first needed and again after they ended; a process that keeps ending is
 * started again ever more slowly.
 */
import { GatewayError } from '../contract/errors.js'
import type { JsonRpcNotification, Params } from '../contract/json-rpc.js'
import type { ServerHealth } from '../contract/server-health.js'
import { reconnectionDelayMs } from '../reconnection-delay.js'
import { HangingServers } from './hanging-servers.js'
import { ServerProcesses } from './server-processes.js'
import { describeServer } from './describe-server.js'
import type { ServerAbout, SessionListener } from './server-session.js'
import { openSession, type Era, type OpenedSession } from './session/open-session.js'
import type { SessionTransport } from './session/handshake.js'
import { createHttpTransport, createProcessTransport, endOnAbort, type ProcessValues } from './session-transport.js'
import type { OutboundRequest, TransportEvents } from './transport.js'

/** How long a server may take for one step of opening a session. A command may have to be fetched before it can start. */
const maxOpeningMs = 15_000
const maxStartMs = 90_000
const idleSessionMs = 60 * 60_000
const sweepMs = 60_000
const maxRemembered = 10_000

/** A command with its secrets, opened for the moment in which it is started. */
export type CommandValues = ProcessValues

export interface SessionTarget {
  readonly slug: string
  readonly transport: 'streamable-http' | 'sse' | 'stdio'
  /** Undefined for the one session of a shared server. */
  readonly callerId: string | undefined
  readonly command: string | undefined
  readonly cwd: string | undefined
  readonly ownCredential: boolean
  /** Whether a connection is used for one request and no other. */
  readonly isSocketUsedOnce: boolean
  readonly outbound: OutboundRequest
  readonly timeoutMs: number
  /** The agent whose request needs the session. */
  readonly agent: { readonly era: Era; readonly capabilities: Params }
  /** Asked each time a process is started. */
  commandValues(): Promise<CommandValues>
}

export interface ServerSessions {
  /**
   * The session, opened where there is none.
   *
   * @throws GatewayError `server_disabled` where a person stopped it, `server_unreachable` and others of `openSession`
   */
  get(target: SessionTarget): Promise<OpenedSession>
  /** The session if there is one. */
  current(slug: string, callerId: string | undefined): OpenedSession | undefined
  /** Listens to the session that there is, and to each one after it. Opens none. Returns the function that ends it. */
  listen(slug: string, callerId: string | undefined, listener: SessionListener): () => void
  /** Tells the session, where there is one. */
  notify(slug: string, callerId: string | undefined, notification: JsonRpcNotification): void
  /** Whether a server was found to speak another era than this caller's agents of the given one. */
  isBridged(slug: string, callerId: string, agentEra: Era): boolean
  /** Whether that was found out. */
  isEraKnown(slug: string, callerId: string, agentEra: Era): boolean
  noteEra(slug: string, callerId: string, agentEra: Era, isAgents: boolean): void
  /** Keeps what a server said of itself in a session that is not held here. */
  noteAbout(slug: string, about: ServerAbout): void
  /** What it says of the server itself is as the server said last, also where no session is open. */
  health(slug: string): ServerHealth
  /** Ends its sessions and its process, also what is only being opened; calls are refused until `allow`. */
  stop(slug: string): Promise<void>
  /** Lets calls in again, at once whatever happened before. A process that runs is left alone. */
  allow(slug: string): void
  /** @throws GatewayError `server_disabled` where a person stopped it */
  refuseIfStopped(slug: string): void
  /** Ends what there is of a server because its configuration changed. */
  closeServer(slug: string): Promise<void>
  close(): Promise<void>
}

interface Held {
  readonly slug: string
  readonly opening: Promise<OpenedSession>
  /** Ends the attempt to open it. */
  readonly giveUp: AbortController
  session: OpenedSession | undefined
  lastUsedMs: number
  /** As the last request had it. */
  outbound: OutboundRequest
}

const listChanges = ['tools', 'prompts', 'resources'].map((what) => `notifications/${what}/list_changed`)

interface Listening {
  readonly listener: SessionListener
  stop: (() => void) | undefined
}

export interface ServerSessionEvents {
  /** A session ended, or could not be begun. */
  ended(slug: string, reason: GatewayError): void
  /** A server says that a list of its has changed, before anybody who listens hears of it. */
  listChanged(slug: string, method: string): void
}

export function createServerSessions(on: ServerSessionEvents): ServerSessions {
  return new HeldSessions(on)
}

class HeldSessions implements ServerSessions {
  private readonly held = new Map<string, Held>()
  private readonly processes = new ServerProcesses()
  private readonly hanging = new HangingServers()
  private readonly stopped = new Set<string>()
  private readonly eras = new Map<string, Era>()
  private readonly asks = new Map<string, boolean>()
  private readonly abouts = new Map<string, ServerAbout>()
  private readonly quietTools = new Map<string, Set<string>>()
  /** By server, caller and the agent's era, whether the server speaks another era than the agent. */
  private readonly bridged = new Map<string, boolean>()
  private readonly listening = new Map<string, Set<Listening>>()
  private isClosed = false
  private readonly sweep = setInterval(() => this.closeIdle(), sweepMs).unref()

  constructor(private readonly on: ServerSessionEvents) {}

  async get(target: SessionTarget): Promise<OpenedSession> {
    const { slug } = target
    this.refuseIfStopped(slug)
    const key = keyOf(slug, target.callerId)
    let held = this.held.get(key)
    // Only the call that tries it waits for a server that hung.
    if (held === undefined || (held.session === undefined && this.hanging.isTried(slug))) this.hanging.begin(slug)
    if (held === undefined) {
      held = this.begin(key, target)
      this.held.set(key, held)
    }
    held.lastUsedMs = performance.now()
    if (target.outbound.ofServer === undefined) held.outbound = target.outbound
    return held.opening
  }

  current(slug: string, callerId: string | undefined): OpenedSession | undefined {
    return this.held.get(keyOf(slug, callerId))?.session
  }

  listen(slug: string, callerId: string | undefined, listener: SessionListener): () => void {
    const key = keyOf(slug, callerId)
    const listening = this.listening.get(key) ?? new Set<Listening>()
    this.listening.set(key, listening)
    const entry: Listening = { listener, stop: this.held.get(key)?.session?.listen(listener) }
    listening.add(entry)
    return () => {
      listening.delete(entry)
      if (listening.size === 0 && this.listening.get(key) === listening) this.listening.delete(key)
      entry.stop?.()
    }
  }

  notify(slug: string, callerId: string | undefined, notification: JsonRpcNotification): void {
    const held = this.held.get(keyOf(slug, callerId))
    held?.session?.notify(notification, held.outbound)
  }

  isBridged(slug: string, callerId: string, agentEra: Era): boolean {
    return this.bridged.get(`${keyOf(slug, callerId)} ${agentEra}`) === true
  }

  isEraKnown(slug: string, callerId: string, agentEra: Era): boolean {
    return this.bridged.has(`${keyOf(slug, callerId)} ${agentEra}`)
  }

  noteEra(slug: string, callerId: string, agentEra: Era, isAgents: boolean): void {
    if (this.bridged.size >= maxRemembered) this.bridged.clear()
    this.bridged.set(`${keyOf(slug, callerId)} ${agentEra}`, !isAgents)
  }

  noteAbout(slug: string, about: ServerAbout): void {
    if (this.abouts.size >= maxRemembered) this.abouts.clear()
    this.abouts.set(slug, about)
  }

  health(slug: string): ServerHealth {
    const sessions = [...this.held.values()].filter((one) => one.slug === slug && one.session !== undefined)
    const about = sessions[0]?.session?.about ?? this.abouts.get(slug)
    return {
      sessions: sessions.length,
      stopped: this.stopped.has(slug),
      ...(about === undefined ? {} : describeServer(about)),
      ...this.processes.health(slug),
    }
  }

  async stop(slug: string): Promise<void> {
    this.stopped.add(slug)
    await this.closeServer(slug)
  }

  allow(slug: string): void {
    this.stopped.delete(slug)
    this.hanging.opened(slug)
    for (const held of this.held.values()) if (held.slug === slug) return
    this.processes.forget(slug)
  }

  refuseIfStopped(slug: string): void {
    if (this.stopped.has(slug)) throw stoppedByPerson(slug)
  }

  async closeServer(slug: string): Promise<void> {
    this.abouts.delete(slug)
    const closing: Promise<void>[] = []
    for (const [key, held] of this.held)
      if (held.slug === slug) {
        this.held.delete(key)
        closing.push(closed(held))
      }
    for (const memory of [this.eras, this.asks, this.quietTools, this.bridged])
      for (const key of memory.keys()) if (key.startsWith(`${slug} `)) memory.delete(key)
    await Promise.all(closing)
  }

  async close(): Promise<void> {
    this.isClosed = true
    clearInterval(this.sweep)
    const all = [...this.held.values()]
    this.held.clear()
    await Promise.all(all.map(closed))
  }

  private begin(key: string, target: SessionTarget): Held {
    const giveUp = new AbortController()
    // One tool's call may be the first: the session is still everybody's.
    const opening =
      target.outbound.ofServer === undefined
        ? this.open(key, target, giveUp.signal)
        : target.outbound.ofServer().then((outbound) => {
            held.outbound = outbound
            return this.open(key, { ...target, outbound }, giveUp.signal)
          })
    const held: Held = {
      slug: target.slug,
      opening,
      giveUp,
      session: undefined,
      lastUsedMs: performance.now(),
      outbound: target.outbound,
    }
    const forget = (): void => {
      if (this.held.get(key) === held) this.held.delete(key)
    }
    opening.then(
      (session) => {
        held.session = session
        this.hanging.opened(target.slug)
        for (const entry of this.listening.get(key) ?? []) entry.stop = session.listen(entry.listener)
        void session.ended.then((reason) => {
          if (session.asksOutsideOfCalls) this.asks.set(key, true)
          forget()
          this.noteEnd(target.slug, reason)
          if (target.transport !== 'stdio') this.reopenLater(key, target, held, 0)
        })
      },
      (error: unknown) => {
        forget()
        if (giveUp.signal.aborted) this.hanging.opened(target.slug)
        else this.hanging.failed(target.slug, error)
      },
    )
    return held
  }

  /** While somebody listens and nobody calls, with growing pauses. */
  private reopenLater(key: string, target: SessionTarget, ended: Held, failures: number): void {
    const reopen = async (): Promise<void> => {
      if (this.isClosed || this.held.has(key) || !this.listening.has(key)) return
      try {
        const outbound = (await ended.outbound.current?.()) ?? ended.outbound
        await this.get({ ...target, outbound })
        // What the server would have said meanwhile is lost.
        for (const { listener } of this.listening.get(key) ?? [])
          for (const method of listChanges) listener.notify({ jsonrpc: '2.0', method })
      } catch {
        this.reopenLater(key, target, ended, failures + 1)
      }
    }
    if (this.listening.has(key))
      setTimeout(() => void reopen(), reconnectionDelayMs(failures, undefined, Math.random())).unref()
  }

  private async open(key: string, target: SessionTarget, signal: AbortSignal): Promise<OpenedSession> {
    const { slug, transport, agent, outbound, timeoutMs } = target
    if (transport === 'stdio') this.processes.refuseTooOften(slug)
    const values = transport === 'stdio' ? await target.commandValues() : undefined
    if (values !== undefined) this.processes.starting(slug)
    try {
      const session = await openSession({
        transport: (events) => {
          if (signal.aborted) throw closedMeanwhile()
          const made = this.transportFor(target, values, this.overhear(slug, events))
          endOnAbort(made, events, signal, closedMeanwhile)
          return made
        },
        mode: target.callerId === undefined ? 'shared' : 'single',
        first: agent,
        outbound,
        timeoutMs,
        openingMs: Math.min(timeoutMs, transport === 'stdio' ? maxStartMs : maxOpeningMs),
        rememberedEra: this.eras.get(key),
        rememberedAsks: this.asks.get(key),
        quietTools: this.quietToolsOf(key),
      })
      if (this.eras.size >= maxRemembered) this.eras.clear()
      this.eras.set(key, session.about.era)
      this.noteAbout(slug, session.about)
      return session
    } catch (error) {
      const reason = error instanceof GatewayError ? error : new GatewayError('server_unreachable', { cause: error })
      if (transport === 'stdio' && !signal.aborted) this.noteEnd(slug, reason)
      throw error
    }
  }

  private quietToolsOf(key: string): Set<string> {
    const known = this.quietTools.get(key) ?? new Set<string>()
    if (this.quietTools.size >= maxRemembered) this.quietTools.clear()
    this.quietTools.set(key, known)
    return known
  }

  private overhear(slug: string, events: TransportEvents): TransportEvents {
    const message: TransportEvents['message'] = (message, during) => {
      if ('method' in message && message.method.endsWith('/list_changed')) this.on.listChanged(slug, message.method)
      events.message(message, during)
    }
    return { ...events, message }
  }

  private transportFor(
    target: SessionTarget,
    values: CommandValues | undefined,
    events: TransportEvents,
  ): SessionTransport {
    const { slug, transport, ownCredential, outbound, isSocketUsedOnce } = target
    if (transport !== 'stdio')
      return createHttpTransport(
        {
          slug,
          transport,
          origin: outbound.origin,
          ownCredential: outbound.ownCredential ?? ownCredential,
          isSocketUsedOnce,
        },
        events,
      )
    const child = createProcessTransport(target, values ?? { args: [], env: {}, secrets: [] }, events)
    this.processes.started(slug, child)
    return child
  }

  private noteEnd(slug: string, reason: GatewayError): void {
    this.processes.ended(slug, reason)
    this.on.ended(slug, reason)
  }

  private closeIdle(): void {
    const beforeMs = performance.now() - idleSessionMs
    for (const [key, held] of this.held)
      if (held.session !== undefined && held.lastUsedMs < beforeMs && !this.processes.has(held.slug)) {
        this.held.delete(key)
        void closed(held)
      }
  }
}

function keyOf(slug: string, callerId: string | undefined): string {
  return `${slug} ${callerId ?? ''}`
}

async function closed({ opening, session, giveUp }: Held): Promise<void> {
  if (session === undefined) giveUp.abort()
  await opening.then(
    (session) => session.close(),
    () => undefined,
  )
}

function closedMeanwhile(): GatewayError {
  return new GatewayError('server_unreachable', {
    detail: 'The server was stopped or changed while it was being started.',
    fix: 'Try again.',
  })
}

function stoppedByPerson(slug: string): GatewayError {
  return new GatewayError('server_disabled', {
    detail: 'A person stopped the server.',
    fix: `Start it: gatehouse servers start ${slug}`,
  })
}
