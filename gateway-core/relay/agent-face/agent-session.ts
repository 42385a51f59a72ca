/** The session of one agent of the older era: what it asked, what it was asked, and its stream for everything else. */
import type { JsonRpcNotification, JsonRpcResponse, Params, RequestId } from '../../contract/json-rpc.js'
import { randomHex } from '../../random-hex.js'
import { ShortLivedMap } from '../../short-lived-map.js'
import type { AgentPeer, ServerSession, SessionCall, SessionListener } from '../../servers/server-session.js'
import type { StopController } from '../../stop-signal.js'
import { isLoud, missingAbility } from './agent-abilities.js'
import type { AnswerStream } from './answer-stream.js'
import type { EventLog } from './event-log.js'
import { noAnswer, PendingAsks } from './pending-asks.js'

const maxQueuedNotifications = 1000
const maxSubscriptions = 1000

/** Why a call was aborted: the agent itself wants no answer any more. */
export const cancelledByAgent = Symbol('cancelled by the agent')

interface OpenCall {
  readonly id: RequestId
  readonly controller: StopController
  readonly answer: AnswerStream
}

export class AgentSession implements SessionListener {
  /** 192 random bits. */
  readonly id = randomHex(24)
  /** What servers know the agent by; not the id, which is as good as a credential to the same caller. */
  readonly #peerId = randomHex(8)
  readonly #asks = new PendingAsks()
  /** By numbers of their own, as nothing keeps an agent from using an id twice. */
  readonly #calls = new ShortLivedMap<number, OpenCall>()
  #lastCall = 0
  readonly #subscribed = new Set<string>()
  readonly agent: AgentPeer
  #stream: AnswerStream | undefined
  #queue: JsonRpcNotification[] = []
  #server: ServerSession | undefined
  #stopListening: (() => void) | undefined
  #ended = false
  logLevel: string | undefined
  usedMs = 0

  constructor(
    readonly callerId: string,
    readonly scope: string,
    private readonly capabilities: Params,
    private readonly clientInfo: Params,
    timeoutMs: number,
    private readonly events: EventLog,
  ) {
    this.agent = this.#peer(() => this.#anyStream(), timeoutMs)
  }

  /** The agent holds a connection of this session. */
  get occupied(): boolean {
    return this.#stream !== undefined || this.#calls.size > 0
  }

  get attached(): boolean {
    return this.#server !== undefined
  }

  /** The server session that it listens to. */
  get server(): ServerSession | undefined {
    return this.#server
  }

  /** The agent as a server sees it during the call that `answer` will answer. */
  peerOf(answer: AnswerStream, timeoutMs: number): AgentPeer {
    return this.#peer(() => answer, timeoutMs)
  }

  /** Listens to this server session from now on; subscriptions are made anew where it is another one than before. */
  attach(server: ServerSession, callOf: (method: string, params: Params) => SessionCall): void {
    if (this.#server === server || this.#ended) return
    this.#stopListening?.()
    this.#server = server
    this.#stopListening = server.listen(this)
    for (const uri of this.#subscribed)
      server.subscribe(uri, this, callOf('resources/subscribe', { uri })).catch(() => undefined)
  }

  /** @returns whether there is room for it */
  noteSubscription(uri: string): boolean {
    if (this.#subscribed.size >= maxSubscriptions && !this.#subscribed.has(uri)) return false
    this.#subscribed.add(uri)
    return true
  }

  forgetSubscription(uri: string): void {
    this.#subscribed.delete(uri)
  }

  /** Notes a call, so that it can be cancelled. The returned function ends that. */
  begin(id: RequestId, controller: StopController, answer: AnswerStream): () => void {
    const number = ++this.#lastCall
    this.#calls.set(number, { id, controller, answer })
    answer.keepIn(this.events)
    return () => void this.#calls.delete(number)
  }

  cancel(id: unknown): void {
    for (const call of this.#calls.values()) if (call.id === id) call.controller.abort(cancelledByAgent)
  }

  settle(response: JsonRpcResponse): void {
    this.#asks.settle(response)
  }

  /** Something that belongs to no call: to the agent's stream, or kept until there is one. */
  notify(notification: JsonRpcNotification): void {
    if (!this.#wants(notification)) return
    if (this.#stream?.notify(notification) === true) return
    this.#queue.push(notification)
    if (this.#queue.length > maxQueuedNotifications) this.#queue.shift()
  }

  /** Makes `stream` the one for what belongs to no call. Resolves when it has ended. */
  async stream(stream: AnswerStream, after?: number): Promise<void> {
    const { standalone } = this.events
    this.#stream?.end()
    this.#stream = stream
    stream.standFor(standalone)
    stream.begin()
    if (after !== undefined) standalone.resume(stream, after)
    for (const notification of this.#queue.splice(0)) stream.notify(notification)
    await stream.ended()
    if (this.#stream === stream) this.#stream = undefined
  }

  /**
   * Goes on with the stream that an event was said on, from after it.
   *
   * @returns undefined where this session knows no such event; else resolves when the stream has ended
   */
  resume(lastEventId: string, answer: AnswerStream): Promise<void> | undefined {
    const found = this.events.find(lastEventId)
    if (found === undefined) return undefined
    const { stream, after } = found
    if (stream === this.events.standalone) return this.stream(answer, after)
    answer.begin()
    stream.resume(answer, after)
    return answer.ended()
  }

  /** @param reason for what is still going on */
  end(reason: unknown): void {
    this.#ended = true
    for (const { controller } of this.#calls.values()) controller.abort(reason)
    this.#asks.end()
    this.#stream?.end()
    this.#stopListening?.()
    this.#stopListening = undefined
    this.#server = undefined
    this.events.clear()
  }

  #peer(streamOf: () => AnswerStream | undefined, timeoutMs: number): AgentPeer {
    const { callerId, capabilities, clientInfo } = this
    return {
      id: this.#peerId,
      callerId,
      capabilities,
      clientInfo,
      notify: (notification) => {
        if (this.#wants(notification)) streamOf()?.notify(notification)
      },
      ask: async (method, params, signal) => {
        if (missingAbility(capabilities, method, params) !== undefined)
          return noAnswer('The agent did not declare that it can be asked this.', -32601)
        const stream = streamOf()
        if (stream === undefined) return noAnswer('The agent is not connected.')
        return this.#asks.ask(stream, method, params, signal, timeoutMs)
      },
    }
  }

  /** Where the server cannot tell for which call it asks, any way to the agent is right. */
  #anyStream(): AnswerStream | undefined {
    if (this.#stream?.open === true) return this.#stream
    for (const { answer } of this.#calls.values()) if (answer.open) return answer
    return undefined
  }

  #wants(notification: JsonRpcNotification): boolean {
    const { logLevel } = this
    return logLevel === undefined || notification.method !== 'notifications/message' || isLoud(notification, logLevel)
  }
}
