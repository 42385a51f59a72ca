/**
 * One call of an agent of the stateless era, over as many HTTP requests as it takes: what a server of the older era asks
 * on the way ends an HTTP request with `input_required`, and the agent's next request goes on with the same call.
 */
import { isRecord, type Answer, type JsonRpcNotification, type Params } from '../../contract/json-rpc.js'
import { randomHex } from '../../random-hex.js'
import type { AgentPeer } from '../../servers/server-session.js'
import { StopController, type StopSignal } from '../../stop-signal.js'
import { isLoud, missingAbility } from './agent-abilities.js'
import type { AnswerStream } from './answer-stream.js'
import type { Envelope } from './modern-envelope.js'
import { noAnswer } from './pending-asks.js'

const askable = new Set(['elicitation/create', 'sampling/createMessage', 'roots/list'])

/** What belongs to subscriptions, or does not exist in this era. */
const notOfCalls = new Set([
  'notifications/tools/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/list_changed',
  'notifications/resources/updated',
  'notifications/tasks/status',
  'notifications/elicitation/complete',
])

/** What an HTTP request for the call comes to. */
export type Turn =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'ask'; readonly inputRequests: Params }
  | { readonly kind: 'left' }

interface Ask {
  readonly method: string
  readonly params: Params | undefined
  settle(answer: Answer): void
}

export class ModernCall implements AgentPeer {
  readonly id = randomHex(8)
  readonly capabilities: Params
  readonly clientInfo: Params
  readonly controller = new StopController()
  readonly #asks = new Map<string, Ask>()
  readonly #progressToken: unknown
  #envelope: Envelope
  #answer: AnswerStream | undefined
  #deliver: ((turn: Turn) => void) | undefined
  #outcome: Turn | undefined
  #askCount = 0
  /** Questions that may be followed by others at once. */
  #gathering = 0
  #missing: Params | undefined

  constructor(
    envelope: Envelope,
    readonly callerId: string,
  ) {
    this.capabilities = envelope.capabilities
    this.clientInfo = envelope.clientInfo
    this.#envelope = envelope
    this.#progressToken = envelope.progressToken
  }

  /** Makes the call. What it comes to is given to the HTTP request that waits, or waits for one. */
  start(call: Promise<Answer>): void {
    call.then(
      (answer) => this.#settle({ kind: 'answer', answer }),
      (error: unknown) => this.#settle({ kind: 'error', error }),
    )
  }

  /** Waits in one HTTP request for what comes next. The agent's leaving is a turn, too. */
  async next(answer: AnswerStream, envelope: Envelope): Promise<Turn> {
    this.#answer = answer
    this.#envelope = envelope
    const left = (): void => this.#give({ kind: 'left' })
    answer.signal.addEventListener('abort', left, { once: true })
    try {
      return await new Promise((resolve) => {
        this.#deliver = resolve
        if (answer.signal.aborted) left()
        else if (this.#outcome !== undefined) this.#give(this.#outcome)
        // What the agent says in this request is taken first.
        else queueMicrotask(() => this.#offerAsks())
      })
    } finally {
      answer.signal.removeEventListener('abort', left)
    }
  }

  /** Takes the agent's responses to what it was asked; what is not among them is asked again. */
  respond(inputResponses: unknown): void {
    if (!isRecord(inputResponses)) return
    for (const [key, response] of Object.entries(inputResponses)) {
      // A response is the bare result (MCP 2026-07-28, patterns/mrtr); another shape is none.
      if (isRecord(response) && !('method' in response) && !('result' in response))
        this.#asks.get(key)?.settle({ result: response })
    }
  }

  /** Answers everything that is asked with an error, as nobody else will. */
  refuse(reason: string): void {
    for (const ask of this.#asks.values()) ask.settle(noAnswer(reason))
  }

  /**
   * Ends the call: the server is told, and what it asks is refused.
   *
   * @param reason what the agent is answered, if it is still there
   */
  abort(reason?: unknown): void {
    this.controller.abort(reason)
    if (reason !== undefined) this.#settle({ kind: 'error', error: reason })
    this.refuse('The agent is gone.')
  }

  notify(notification: JsonRpcNotification): void {
    const answer = this.#answer
    const { method, params } = notification
    if (answer === undefined || notOfCalls.has(method)) return
    const { logLevel, progressToken } = this.#envelope
    if (method === 'notifications/message' && (logLevel === undefined || !isLoud(notification, logLevel))) return
    if (method !== 'notifications/progress' || progressToken === this.#progressToken) {
      answer.notify(notification)
      return
    }
    // The server knows the token of the request that began the call; the agent now waits under that of its latest.
    if (progressToken !== undefined) answer.notify({ ...notification, params: { ...params, progressToken } })
  }

  ask(
    method: string,
    params: Params | undefined,
    signal: StopSignal,
    allCame: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<Answer> {
    if (!askable.has(method) || missingAbility(this.capabilities, method, params) !== undefined)
      return Promise.resolve(noAnswer('The agent did not declare that it can be asked this.', -32601))
    if (signal.aborted || this.controller.signal.aborted) return Promise.resolve(noAnswer('The call is over.'))
    return new Promise((resolve) => {
      const key = `ask-${++this.#askCount}`
      const settle = (answer: Answer): void => {
        signal.removeEventListener('abort', withdraw)
        this.#asks.delete(key)
        resolve(answer)
      }
      const withdraw = (): void => settle(noAnswer('The server withdrew its request.'))
      signal.addEventListener('abort', withdraw, { once: true })
      this.#asks.set(key, { method, params, settle })
      this.#gathering++
      void allCame().finally(() => {
        this.#gathering--
        this.#offerAsks()
      })
    })
  }

  notAsked(method: string, params: Params | undefined): void {
    this.#missing ??= missingAbility(this.capabilities, method, params)
  }

  /** Capabilities that the agent would have had to declare for something that the server wanted to ask. */
  get missing(): Params | undefined {
    return this.#missing
  }

  /** What the server asks at once goes out at once, though it may come in several pieces: another round costs far more. */
  #offerAsks(): void {
    if (this.#gathering === 0 && this.#asks.size > 0) this.#give({ kind: 'ask', inputRequests: this.#inputRequests() })
  }

  #inputRequests(): Params {
    const requests: Record<string, unknown> = {}
    for (const [key, { method, params }] of this.#asks) {
      // Progress of an answer has no way back in this era, and a `_meta` no other use.
      const { _meta, ...rest } = params ?? {}
      requests[key] = params === undefined ? { method } : { method, params: rest }
    }
    return requests
  }

  #settle(outcome: Turn): void {
    this.#outcome = outcome
    this.#give(outcome)
    this.refuse('The call is over.')
  }

  #give(turn: Turn): void {
    const deliver = this.#deliver
    if (deliver === undefined) return
    this.#deliver = undefined
    this.#answer = undefined
    deliver(turn)
  }
}
