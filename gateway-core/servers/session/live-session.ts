/** A session with a server of either era, from its first message on: what `openSession` gives once it is begun. */
import { GatewayError } from '../../contract/errors.js'
import {
  isRecord,
  isRequest,
  isResponse,
  type Answer,
  type JsonRpcMessage,
  type JsonRpcNotification,
  type JsonRpcResponse,
  type RequestId,
} from '../../contract/json-rpc.js'
import type { ServerAbout, ServerSession, SessionCall, SessionListener } from '../server-session.js'
import type { OutboundRequest, TransportEvents } from '../transport.js'
import { AgentsInFlight } from './agents-in-flight.js'
import { hasFlag } from './capabilities.js'
import { ChangeStream, type ChangeFilter } from './change-stream.js'
import { initialize, Declined, type HandshakeOptions, type Link, type SessionTransport } from './handshake.js'
import { sendWithInputs } from './input-rounds.js'
import { Listeners, type SubscriptionRequests } from './listeners.js'
import { isLogLevel, LogLevels } from './log-levels.js'
import { Notifications } from './notifications.js'
import { OutgoingRequests, type RequestOptions } from './outgoing-requests.js'
import { rpcCodes } from './protocol-names.js'
import { legacyParams, modernParams, progressTokenOf } from './request-params.js'
import { ServerRequests } from './server-requests.js'
import { SessionStream } from './session-stream.js'
import { ToolTurns, type QuietTools, type TurnCall } from './tool-turns.js'

const maxUrlsAtOnce = 100
/** How long the calls of other callers wait for an agent's turn to end: most models are quicker, a person is not. */
const patienceMs = 10_000
/** How long a server may take until it reads what it is sent. */
const longestTurnMs = 2000

export interface LiveSessionOptions extends HandshakeOptions {
  /** Longest silence to bear in each step of opening a session, milliseconds. */
  readonly openingMs: number
  readonly isSingle: boolean
  readonly asksOutsideOfCalls: boolean
  readonly quietTools: QuietTools | undefined
}

export class LiveSession implements ServerSession {
  readonly ended: Promise<GatewayError>
  readonly link: Link
  private readonly outgoing: OutgoingRequests
  private readonly transport: SessionTransport
  private readonly agents = new AgentsInFlight()
  private readonly listeners = new Listeners()
  private readonly levels = new LogLevels()
  private readonly turns: ToolTurns
  private readonly serverRequests: ServerRequests
  private readonly notifications: Notifications
  private readonly stream: SessionStream
  private changes: ChangeStream | undefined
  private known: ServerAbout | undefined
  /** As the server was last told in a session of the older eras. */
  private toldLevel: string | undefined
  private outbound: OutboundRequest
  private generation = 0
  /** Whether there was an agent that a server can ask for a completion or for input. */
  private hasAskable = false
  private renewing: Promise<void> | undefined
  private resolveEnded: (reason: GatewayError) => void = () => undefined

  constructor(
    transport: (events: TransportEvents) => SessionTransport,
    private readonly options: LiveSessionOptions,
  ) {
    this.outbound = options.outbound
    this.turns = new ToolTurns(
      options.asksOutsideOfCalls,
      options.isSingle ? 0 : patienceMs,
      options.quietTools,
      (id) => this.agents.isAnswering(id),
    )
    this.ended = new Promise((resolve) => (this.resolveEnded = resolve))
    this.transport = transport({
      message: (message, during) => this.receive(message, during),
      closed: (reason) => this.end(reason),
    })
    this.outgoing = new OutgoingRequests(this.transport, this.agents, {
      settled: () => this.serverRequests.reconsider(),
      heard: () => this.serverRequests.heard(),
      givenUp: (request) => this.serverRequests.givenUp(request),
      aside: (outbound) => this.aside(outbound),
    })
    this.serverRequests = this.createServerRequests()
    this.notifications = new Notifications({
      outgoing: this.outgoing,
      agents: this.agents,
      listeners: this.listeners,
      levels: this.levels,
      serverRequests: this.serverRequests,
      changes: () => this.changes,
      isSingle: options.isSingle,
    })
    this.stream = new SessionStream(this.transport, (outbound) =>
      this.renew(this.generation, outbound, options.timeoutMs),
    )
    this.link = { transport: this.transport, outgoing: this.outgoing }
  }

  /** @throws as `ServerTransport.start` */
  start(): Promise<void> {
    return this.transport.start({ outbound: this.outbound, timeoutMs: this.options.openingMs })
  }

  /** The handshake is done: calls may begin. */
  begin(about: ServerAbout): void {
    this.known = about
    this.outgoing.era = about.era
    if (about.era === 'legacy') {
      this.outgoing.renewal = this.renewal()
      this.stream.open(this.outbound)
    } else {
      const { transport, outgoing } = this
      this.changes = new ChangeStream({
        transport,
        takeId: () => outgoing.takeId(),
        outbound: () => this.outbound,
        renewOutbound: () => this.renewOutbound(),
      })
    }
  }

  get about(): ServerAbout {
    if (this.known === undefined) throw new Error('the session has not begun')
    return this.known
  }

  get asksOutsideOfCalls(): boolean {
    return this.turns.isOneAgentAtATime
  }

  async call(call: SessionCall): Promise<Answer> {
    // One tool's own credential is for its calls, and for nothing else.
    if (call.outbound.ofServer === undefined) {
      this.outbound = call.outbound
      this.stream.refresh(call.outbound)
    }
    if (call.method === 'logging/setLevel') return this.setLevel(call)
    if (this.about.era === 'modern') return this.callModern(call)
    if (call.method !== 'tools/call') return this.send(call, call.params)
    const taken = this.turnOf(call)
    const turn = this.turns.begin(taken)
    if (turn !== undefined) await turn
    let asked: 'nothing' | 'unknown' = 'unknown'
    try {
      const answer = await this.send(call, call.params)
      if ('result' in answer) asked = 'nothing'
      return answer
    } finally {
      this.turns.end(taken, asked)
    }
  }

  notify(notification: JsonRpcNotification, outbound: OutboundRequest): void {
    // The stateless era has no notifications of agents, but cancellation.
    if (this.about.era === 'modern') return
    const { timeoutMs } = this.options
    this.transport.send(notification, { outbound, timeoutMs }).catch(() => undefined)
  }

  listen(listener: SessionListener): () => void {
    this.listeners.add(listener)
    this.serverRequests.listenerAdded()
    this.updateChanges().catch(() => undefined)
    return () => {
      this.levels.forget(listener.agent.id)
      this.listeners.remove(listener, this.subscriptionRequests())
      this.updateChanges().catch(() => undefined)
    }
  }

  subscribe(uri: string, listener: SessionListener, call: SessionCall): Promise<Answer> {
    this.outbound = call.outbound
    return this.listeners.subscribe(uri, listener, this.subscriptionRequests(call))
  }

  unsubscribe(uri: string, listener: SessionListener, call: SessionCall): Promise<Answer> {
    this.outbound = call.outbound
    return this.listeners.unsubscribe(uri, listener, this.subscriptionRequests(call))
  }

  async close(): Promise<void> {
    this.stop(new GatewayError('server_unreachable', { detail: 'The session with the server was closed.' }))
    await this.transport.close()
  }

  private receive(message: JsonRpcMessage, during: RequestId | undefined): void {
    if (isResponse(message)) {
      if ('error' in message && message.error.code === rpcCodes.urlElicitationRequired) this.noteUrls(message)
      if (!this.outgoing.answered(message)) this.changes?.receive(message)
    } else if (isRequest(message)) {
      const call = during === undefined ? undefined : this.outgoing.find(during)
      if (call !== undefined) this.outgoing.heard(call)
      if (this.outgoing.era === 'legacy' || message.method === 'ping') this.serverRequests.receive(message, during)
      else this.reply(message.id, { error: { code: rpcCodes.methodNotFound, message: 'Method not found' } }, undefined)
    } else if (this.changes?.receive(message) !== true) this.notifications.receive(message, during)
  }

  /** A refused call names the URLs that its agent shows (2025-11-25, client/elicitation § URL Elicitation Required). */
  private noteUrls(message: JsonRpcResponse): void {
    const peer = this.outgoing.find(message.id)?.options.peer
    const data = 'error' in message && isRecord(message.error.data) ? message.error.data : {}
    const { elicitations } = data
    if (peer === undefined || !Array.isArray(elicitations)) return
    for (const shown of elicitations.slice(0, maxUrlsAtOnce)) {
      const id: unknown = isRecord(shown) ? shown['elicitationId'] : undefined
      if (typeof id === 'string') this.notifications.urlShown(id, peer)
    }
  }

  private callModern(call: SessionCall): Promise<Answer> {
    if (call.passInputRequired) return this.send(call, call.params)
    const { params, agent, signal } = call
    return sendWithInputs({ params, agent, signal, send: (next) => this.send(call, next) })
  }

  private send(call: SessionCall, params: SessionCall['params']): Promise<Answer> {
    const { agent, outbound, timeoutMs, signal } = call
    const id = this.outgoing.takeId()
    const sent =
      this.about.era === 'modern' ? modernParams(params, id, agent, this.levels.of(agent.id)) : legacyParams(params, id)
    const progressToken = progressTokenOf(params)
    return this.outgoing.request(id, call.method, sent, { outbound, timeoutMs, signal, peer: agent, progressToken })
  }

  /** While no agent can be asked anything, it does not matter which tools ask. */
  private turnOf({ agent, params, signal }: SessionCall): TurnCall {
    const { sampling, elicitation } = agent.capabilities
    this.hasAskable ||= sampling !== undefined || elicitation !== undefined
    const tool = params?.['name']
    const isFoundOut = this.hasAskable && !this.options.isSingle && typeof tool === 'string'
    return { agentId: agent.id, callerId: agent.callerId, signal, tool: isFoundOut ? tool : undefined }
  }

  /** What the gateway asks of its own accord. */
  private ask(method: string, params: SessionCall['params'], options: RequestOptions): Promise<Answer> {
    return this.outgoing.request(this.outgoing.takeId(), method, params, options)
  }

  /** The server gets the lowest level that anybody wants; each agent gets what it wants of that. */
  private async setLevel(call: SessionCall): Promise<Answer> {
    const level = call.params?.['level']
    if (!isLogLevel(level)) return refusal(rpcCodes.invalidParams, 'Invalid params: level')
    if (this.about.capabilities['logging'] === undefined) return refusal(rpcCodes.methodNotFound, 'Method not found')
    this.levels.set(call.agent.id, level)
    // A stateless server is told with each request.
    if (this.about.era === 'modern') return { result: {} }
    const lowest = this.levels.lowest(this.listeners.ids())
    if (lowest === this.toldLevel) return { result: {} }
    this.toldLevel = lowest
    const answer = await this.send(call, { ...call.params, level: lowest })
    if ('error' in answer) this.toldLevel = undefined
    return answer
  }

  private subscriptionRequests(call?: SessionCall): SubscriptionRequests {
    if (this.about.era === 'modern') {
      const changed = async (): Promise<Answer> =>
        (await this.updateChanges()) ? { result: {} } : refusal(rpcCodes.internal, 'The server took no subscription.')
      return {
        subscribe: async () =>
          this.subscribesToResources() ? changed() : refusal(rpcCodes.methodNotFound, 'Method not found'),
        unsubscribe: async () => {
          await this.updateChanges()
          return { result: {} }
        },
      }
    }
    const ask = (method: string, uri: string): Promise<Answer> => {
      if (call !== undefined) return this.send({ ...call, method }, { ...call.params, uri })
      return this.ask(method, { uri }, { outbound: this.outbound, timeoutMs: this.options.timeoutMs })
    }
    return {
      subscribe: (uri) => ask('resources/subscribe', uri),
      unsubscribe: (uri) => ask('resources/unsubscribe', uri),
    }
  }

  private subscribesToResources(): boolean {
    return hasFlag(this.about.capabilities['resources'], 'subscribe')
  }

  /** Resolves to whether the server has agreed to what is wanted. */
  private updateChanges(): Promise<boolean> {
    if (this.changes === undefined) return Promise.resolve(true)
    const { tools, prompts, resources } = this.about.capabilities
    const isHeard = this.listeners.size > 0
    const uris = this.subscribesToResources() ? this.listeners.uris() : []
    const filter: ChangeFilter = {
      ...(isHeard && hasFlag(tools, 'listChanged') ? { toolsListChanged: true } : {}),
      ...(isHeard && hasFlag(prompts, 'listChanged') ? { promptsListChanged: true } : {}),
      ...(isHeard && hasFlag(resources, 'listChanged') ? { resourcesListChanged: true } : {}),
      ...(uris.length > 0 ? { resourceSubscriptions: uris } : {}),
    }
    return this.changes.want(filter)
  }

  private createServerRequests(): ServerRequests {
    return new ServerRequests({
      agents: this.agents,
      lastSentId: () => this.outgoing.lastSentId,
      find: (id) => this.outgoing.find(id),
      listenerCount: () => this.listeners.size,
      onlyListener: () => this.listeners.only?.agent,
      isSingle: this.options.isSingle,
      asked: (allCame) => this.turns.asked(allCame),
      caughtUp: (outbound) => this.caughtUp(outbound),
      resume: (agentId) => this.turns.resume(agentId),
      asksOutsideOfCalls: () => (this.turns.isOneAgentAtATime = true),
      urlShown: (id, peer) => this.notifications.urlShown(id, peer),
      reply: (id, answer, outbound) => this.reply(id, answer, outbound),
    })
  }

  /** A server answers a ping in its turn: what it wrote before it read of that has come before the answer. */
  private caughtUp(during: OutboundRequest | undefined): Promise<boolean> {
    return this.ask('ping', undefined, { outbound: this.aside(during), timeoutMs: longestTurnMs }).then(
      () => true,
      () => false,
    )
  }

  /** How what belongs to a call, and is not the call itself, goes out. */
  private aside(outbound: OutboundRequest | undefined): OutboundRequest {
    return outbound === undefined || outbound.ofServer !== undefined ? this.outbound : outbound
  }

  private reply(id: RequestId, answer: Answer, during: OutboundRequest | undefined): void {
    const { timeoutMs } = this.options
    const outbound = this.aside(during)
    const message: JsonRpcMessage =
      'result' in answer ? { jsonrpc: '2.0', id, result: answer.result } : { jsonrpc: '2.0', id, error: answer.error }
    this.transport.send(message, { outbound, timeoutMs }).catch(() => undefined)
  }

  private renewal() {
    const generation = (): number => this.generation
    return {
      get generation() {
        return generation()
      },
      renew: (from: number, outbound: OutboundRequest, timeoutMs: number) => this.renew(from, outbound, timeoutMs),
    }
  }

  /** Keeps what it has where no other credential is to be had. */
  private async renewOutbound(): Promise<void> {
    const { outbound } = this
    const next = await outbound.current?.().catch(() => undefined)
    if (next !== undefined && this.outbound === outbound) this.outbound = next
  }

  /** Begins another session where the server has forgotten this one. All calls that find that out share one. */
  private renew(from: number, outbound: OutboundRequest, timeoutMs: number): Promise<void> {
    if (from < this.generation) return Promise.resolve()
    this.renewing ??= this.initializeAgain(outbound, timeoutMs).finally(() => (this.renewing = undefined))
    return this.renewing
  }

  private async initializeAgain(call: OutboundRequest, timeoutMs: number): Promise<void> {
    const { capabilities, openingMs } = this.options
    const outbound = (await call.ofServer?.()) ?? call
    const about = await initialize(this.link, { capabilities, outbound, timeoutMs: Math.min(timeoutMs, openingMs) })
    if (about instanceof Declined) throw about.reason
    this.known = about
    this.generation++
    this.stream.open(outbound)
    this.repeatWishes().catch(() => undefined)
  }

  /** What a new session of the server is to know as the last one did. Calls do not wait for it. */
  private async repeatWishes(): Promise<void> {
    const options = { outbound: this.outbound, timeoutMs: this.options.timeoutMs }
    if (this.toldLevel !== undefined) await this.ask('logging/setLevel', { level: this.toldLevel }, options)
    await this.listeners.renew(this.subscriptionRequests())
  }

  private end(reason: GatewayError): void {
    this.stop(reason)
    this.resolveEnded(reason)
  }

  private stop(reason: GatewayError): void {
    this.changes?.close()
    this.turns.fail(reason)
    this.serverRequests.end(reason)
    this.outgoing.end(reason)
  }
}

function refusal(code: number, message: string): Answer {
  return { error: { code, message } }
}
