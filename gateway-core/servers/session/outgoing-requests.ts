/**
 * Requests to the server that have no answer yet. Ids are the gateway's own and count up; a message finds its request
 * with one look into one map. Answers to unknown ids, second answers, and progress after the answer find nothing.
 */
import { GatewayError } from '../../contract/errors.js'
import type { Answer, JsonRpcRequest, JsonRpcResponse, Params, RequestId } from '../../contract/json-rpc.js'
import { ShortLivedMap } from '../../short-lived-map.js'
import { StopController, type StopSignal } from '../../stop-signal.js'
import type { AgentPeer } from '../server-session.js'
import type { OutboundRequest, ServerTransport } from '../transport.js'
import type { AgentInFlight, AgentsInFlight, RequestInFlight } from './agents-in-flight.js'
import { CallCancelled } from './call-cancelled.js'
import { answerOfRefusal } from './refusal.js'

const maxPending = 10_000
/** How long a server may take to stop what was cancelled, counted from when it is known to have read of it. */
const stoppingMs = 5000
const longestStoppingMs = 30_000

export interface RequestOptions {
  readonly outbound: OutboundRequest
  /** Longest silence of the server, milliseconds. */
  readonly timeoutMs: number
  readonly signal?: StopSignal
  /** Whose call it is; the gateway's own requests are nobody's, and giving them up is not told to the server. */
  readonly peer?: AgentPeer
  /** The agent's own. */
  readonly progressToken?: RequestId | undefined
}

export class OutgoingRequest implements RequestInFlight {
  /** Set where an agent is behind it. */
  agent: AgentInFlight | undefined
  /** The server has sent something that belongs to it. */
  wasHeard = false
  /** Nobody waits any more, but the server may still be working. */
  isGivenUp = false
  wasResent = false
  /** The server's session in which it was sent; see `SessionRenewal`. */
  generation = 0
  timer: NodeJS.Timeout | undefined
  onAbort: (() => void) | undefined
  /** Ends the HTTP request that carries it. */
  abort: StopController | undefined

  constructor(
    readonly id: number,
    readonly message: JsonRpcRequest,
    readonly options: RequestOptions,
    readonly resolve: (answer: Answer) => void,
    readonly reject: (reason: unknown) => void,
  ) {}
}

/** What to do where the server has forgotten the session. */
export interface SessionRenewal {
  readonly generation: number
  /** Resolves when there is a session newer than `generation`. */
  renew(generation: number, outbound: OutboundRequest, timeoutMs: number): Promise<void>
}

export interface OutgoingEvents {
  /** The server is done with it, or nearly surely so. */
  settled(): void
  /** The server said something that belongs to one. */
  heard(): void
  /** Its agent does not wait any more. */
  givenUp(request: OutgoingRequest): void
  /** How what is about a call, and not the call itself, goes out. */
  aside(outbound: OutboundRequest): OutboundRequest
}

export class OutgoingRequests {
  /** `modern` once that is known: it changes how a request is cancelled. */
  era: 'legacy' | 'modern' = 'legacy'
  renewal: SessionRenewal | undefined
  private readonly pending = new ShortLivedMap<RequestId, OutgoingRequest>()
  private readonly isHttp: boolean
  private lastId = 0
  private reason: GatewayError | undefined

  constructor(
    private readonly transport: ServerTransport,
    private readonly agents: AgentsInFlight,
    private readonly events: OutgoingEvents,
  ) {
    this.isHttp = transport.kind === 'streamable-http'
  }

  /** The reason why nothing can be asked any more. */
  get over(): GatewayError | undefined {
    return this.reason
  }

  get lastSentId(): number {
    return this.lastId
  }

  /** To be used at once: who asked what is concluded from the order of ids. */
  takeId(): number {
    return ++this.lastId
  }

  find(id: unknown): OutgoingRequest | undefined {
    return this.pending.get(id as RequestId)
  }

  /**
   * @throws GatewayError `server_unreachable`, `server_timeout` and what `ServerTransport.send` throws
   * @throws HttpRefusal 401 and 403, which are about the credential
   * @throws CallCancelled
   */
  request(id: number, method: string, params: Params | undefined, options: RequestOptions): Promise<Answer> {
    if (this.reason !== undefined) return Promise.reject(this.reason)
    if (options.signal?.aborted === true) return Promise.reject(new CallCancelled())
    if (this.pending.size >= maxPending)
      return Promise.reject(new GatewayError('server_unreachable', { detail: 'too many calls in flight' }))
    return new Promise((resolve, reject) => {
      const message: JsonRpcRequest =
        params === undefined ? { jsonrpc: '2.0', id, method } : { jsonrpc: '2.0', id, method, params }
      const request = new OutgoingRequest(id, message, options, resolve, reject)
      this.pending.set(id, request)
      if (options.peer !== undefined) request.agent = this.agents.enter(request, options.peer)
      if (this.isHttp) request.abort = new StopController()
      if (options.signal !== undefined) {
        request.onAbort = () => this.giveUp(request, new CallCancelled())
        options.signal.addEventListener('abort', request.onAbort, { once: true })
      }
      request.timer = setTimeout(() => this.silent(request), options.timeoutMs)
      this.carry(request)
    })
  }

  /** A response of the server. False where nobody asked. */
  answered(message: JsonRpcResponse): boolean {
    const request = this.pending.get(message.id)
    if (request === undefined) return false
    this.remove(request)
    request.resolve('result' in message ? { result: message.result } : { error: message.error })
    return true
  }

  /** The server said something that belongs to a request: its silence begins anew. */
  heard(request: OutgoingRequest): void {
    request.wasHeard = true
    this.events.heard()
    if (!request.isGivenUp) request.timer?.refresh()
  }

  /** Nothing is asked any more; what is pending ends with the reason. */
  end(reason: GatewayError): void {
    if (this.reason !== undefined) return
    this.reason = reason
    const pending = [...this.pending.values()]
    this.pending.clear()
    this.agents.clear()
    for (const request of pending) {
      this.release(request)
      request.abort?.abort()
      request.reject(reason)
    }
  }

  private carry(request: OutgoingRequest): void {
    const { outbound, timeoutMs } = request.options
    request.generation = this.renewal?.generation ?? 0
    // Over HTTP the transport would take an agent's thinking for the server's silence: the timer here knows better.
    const options = this.isHttp ? { outbound, timeoutMs: 0 } : { outbound, timeoutMs }
    this.transport
      .send(request.message, request.abort === undefined ? options : { ...options, signal: request.abort })
      .then(
        () => this.isHttp && this.ended(request),
        (error: unknown) => this.sendFailed(request, error),
      )
  }

  /** The HTTP answer has ended, nearly always after the response; an error that nobody sees costs as much as the rest. */
  private ended(request: OutgoingRequest): void {
    if (!request.isGivenUp && this.pending.has(request.id)) this.fail(request, unanswered())
  }

  private sendFailed(request: OutgoingRequest, error: unknown): void {
    if (request.isGivenUp || !this.pending.has(request.id)) return
    if (!(error instanceof GatewayError) || error.code !== 'unknown_session')
      return this.settleRefused(request, answerOfRefusal(error))
    const { renewal } = this
    const { outbound, timeoutMs } = request.options
    if (renewal === undefined || request.wasHeard || request.wasResent) return this.fail(request, sessionLost(error))
    request.wasResent = true
    renewal.renew(request.generation, outbound, timeoutMs).then(
      () => {
        if (!request.isGivenUp && this.pending.has(request.id)) this.carry(request)
      },
      (reason: unknown) => this.fail(request, reason),
    )
  }

  private settleRefused(request: OutgoingRequest, refused: ReturnType<typeof answerOfRefusal>): void {
    if ('reason' in refused) return this.fail(request, refused.reason)
    this.remove(request)
    request.resolve(refused)
  }

  private fail(request: OutgoingRequest, reason: unknown): void {
    if (request.isGivenUp || !this.pending.has(request.id)) return
    this.remove(request)
    request.reject(reason)
  }

  private silent(request: OutgoingRequest): void {
    if (request.agent !== undefined && request.agent.asking > 0) {
      request.timer?.refresh()
      return
    }
    const { timeoutMs } = request.options
    const detail = `The server was silent for ${timeoutMs} ms.`
    this.giveUp(request, new GatewayError('server_timeout', { detail, fix: 'Try again, or raise timeout_ms.' }))
  }

  /** Nobody waits any more, and the server is told in its era's way (2025-11-25, basic/utilities/cancellation). */
  private giveUp(request: OutgoingRequest, reason: Error): void {
    if (request.isGivenUp || !this.pending.has(request.id)) return
    request.isGivenUp = true
    this.release(request)
    request.reject(reason)
    if (request.agent === undefined) this.remove(request)
    else {
      this.events.givenUp(request)
      if (!this.isHttp || this.era === 'legacy') this.tellCancelled(request)
      if (this.era === 'modern') this.remove(request)
      else this.awaitStop(request)
    }
    request.abort?.abort()
  }

  private tellCancelled({ id, options }: OutgoingRequest): void {
    const outbound = this.events.aside(options.outbound)
    const { timeoutMs } = options
    this.transport
      .send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } }, { outbound, timeoutMs })
      .catch(() => undefined)
  }

  /**
   * A server of the older eras may go on with what was cancelled, and ask for it. Until its answer, or until it has had
   * time to stop after it read of the cancellation (the answer to a ping proves that), its questions may be about that.
   */
  private awaitStop(request: OutgoingRequest): void {
    const stopped = () => this.remove(request)
    request.timer = setTimeout(stopped, longestStoppingMs)
    const outbound = this.events.aside(request.options.outbound)
    this.request(this.takeId(), 'ping', undefined, { outbound, timeoutMs: longestStoppingMs }).then(
      () => {
        if (!this.pending.has(request.id)) return
        clearTimeout(request.timer)
        request.timer = setTimeout(stopped, stoppingMs)
      },
      () => undefined,
    )
  }

  private remove(request: OutgoingRequest): void {
    if (!this.pending.delete(request.id)) return
    this.release(request)
    if (request.agent === undefined) return
    this.agents.leave(request)
    this.events.settled()
  }

  private release(request: OutgoingRequest): void {
    clearTimeout(request.timer)
    request.timer = undefined
    if (request.onAbort !== undefined) request.options.signal?.removeEventListener('abort', request.onAbort)
    request.onAbort = undefined
  }
}

function sessionLost(cause: GatewayError): GatewayError {
  return new GatewayError('server_unreachable', {
    detail: 'The server forgot the session while it held the request.',
    fix: 'Try again.',
    cause,
  })
}

function unanswered(): GatewayError {
  return new GatewayError('server_unreachable', {
    detail: 'The server ended its answer without a response to the request.',
    fix: 'Try again, and look into the log of the server.',
  })
}
