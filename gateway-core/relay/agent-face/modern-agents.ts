/**
 * Answers agents of the stateless era: each request stands for itself, and leaving cancels it.
 *
 * @see MCP 2026-07-28, basic/transports/streamable-http, patterns/mrtr
 */
import { GatewayError } from '../../contract/errors.js'
import {
  isRequest,
  isResponse,
  type Answer,
  type JsonRpcError,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type Params,
} from '../../contract/json-rpc.js'
import { ShortLivedMap } from '../../short-lived-map.js'
import type { ServerSession } from '../../servers/server-session.js'
import type { AgentChannel } from './agent-channel.js'
import { sessionOver } from './agent-sessions.js'
import { AnswerStream, takesEventStream } from './answer-stream.js'
import type { FaceRequest } from './face-request.js'
import { ModernCall, type Turn } from './modern-call.js'
import { paramHeadersOf, paramsForServer, readEnvelope, type Envelope } from './modern-envelope.js'
import { discoverResult, refusedPage, statusOf, toModern } from './modern-results.js'
import { PendingCalls, type Continuation } from './pending-calls.js'
import { Subscriptions } from './subscriptions.js'

type ObtainSession = (capabilities: Params) => Promise<ServerSession>

/** Requests of the older era that the stateless one does without. */
const removed = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'sampling/createMessage',
  'elicitation/create',
  'roots/list',
])

/** A request with its envelope read. */
interface Asked {
  readonly request: FaceRequest
  readonly message: JsonRpcRequest
  readonly envelope: Envelope
}

export class ModernAgents {
  readonly #pending = new PendingCalls()
  readonly #calls = new ShortLivedMap<number, { readonly call: ModernCall; readonly scope: string }>()
  #lastCall = 0
  readonly #subscriptions: Subscriptions

  constructor(
    private readonly answers: Set<AnswerStream>,
    maxSubscriptions: number,
  ) {
    this.#subscriptions = new Subscriptions(maxSubscriptions)
  }

  async answer(request: FaceRequest, obtain: ObtainSession, channel: AgentChannel): Promise<void> {
    const answer = new AnswerStream(channel, this.answers, takesEventStream(request.headers['accept']))
    try {
      await this.#answer(request, obtain, answer)
      await answer.flushed()
    } finally {
      answer.abandon()
    }
  }

  /** Tells all who listen to a server for this. */
  tell(scope: string, notification: JsonRpcNotification): void {
    this.#subscriptions.tell(scope, notification)
  }

  endScope(scope: string | undefined): void {
    this.#pending.endScope(scope)
    for (const { call, scope: of } of this.#calls.values())
      if (scope === undefined || of === scope) call.abort(sessionOver())
    this.#subscriptions.endScope(scope)
  }

  async #answer(request: FaceRequest, obtain: ObtainSession, answer: AnswerStream): Promise<void> {
    const { message, httpMethod, headers } = request
    if (httpMethod !== 'POST') {
      const refusal = new GatewayError('method_not_allowed', { detail: 'This era of MCP knows POST only.' })
      answer.reply(405, request.errorBody(refusal, null), { allow: 'POST' })
      return
    }
    if (message === undefined || isResponse(message)) {
      refuse(answer, null, { code: -32600, message: 'The body is neither a request nor a notification.' })
      return
    }
    if (!isRequest(message)) {
      answer.endEmpty(202)
      return
    }
    const envelope = readEnvelope(message, headers)
    if ('code' in envelope) refuse(answer, message.id, envelope)
    else if (removed.has(message.method)) give(answer, message, methodUnknown)
    else await this.#request({ request, message, envelope }, obtain, answer)
  }

  async #request(asked: Asked, obtain: ObtainSession, answer: AnswerStream): Promise<void> {
    const { request, message, envelope } = asked
    if (message.method === 'server/discover') {
      give(answer, message, { result: discoverResult((await obtain(envelope.capabilities)).about) })
      return
    }
    if (message.method === 'subscriptions/listen') {
      await this.#subscriptions.listen(request, message, await obtain(envelope.capabilities), envelope, answer)
      return
    }
    const requestState = message.params?.['requestState']
    if (typeof requestState === 'string' && this.#pending.isOwn(requestState)) {
      const waiting = this.#pending.take(requestState, continuationOf(asked))
      if (waiting === undefined) {
        give(answer, message, stateUnknown)
        return
      }
      await this.#goOn(asked, waiting, answer, () => waiting.respond(message.params?.['inputResponses']))
      return
    }
    const call = new ModernCall(envelope, request.callerId)
    await this.#goOn(asked, call, answer, () => call.start(this.#call(asked, call, obtain)))
  }

  async #call({ request, message, envelope }: Asked, agent: ModernCall, obtain: ObtainSession): Promise<Answer> {
    const server = await obtain(envelope.capabilities)
    const { method, params = {} } = message
    const { outbound, timeoutMs } = request
    const { signal } = agent.controller
    signal.throwIfAborted()
    const toLegacy = server.about.era === 'legacy'
    if (toLegacy) {
      // A state that is not of this gateway process: making the call anew would do twice what was done before.
      if (params['requestState'] !== undefined) return stateUnknown
      if (method.startsWith('tasks/')) return methodUnknown
      const refused = refusedPage(params['inputResponses'])
      if (refused !== undefined) return refused
    }
    const made = { method, params: paramsForServer(params, toLegacy), agent, outbound, timeoutMs, signal }
    const paramHeaders = paramHeadersOf(request.headers)
    const answer = await server.call({ ...made, passInputRequired: true, paramHeaders })
    if (agent.missing !== undefined && isFailure(answer)) return capabilityMissing(agent.missing)
    return toModern(method, answer, server.about, envelope.capabilities)
  }

  /** Sees a call through to its answer, or to where the agent has to give input. */
  async #goOn(asked: Asked, call: ModernCall, answer: AnswerStream, begin: () => void): Promise<void> {
    const { request, message, envelope } = asked
    const number = ++this.#lastCall
    this.#calls.set(number, { call, scope: request.scope })
    try {
      let turn = call.next(answer, envelope)
      begin()
      while (!this.#take(await turn, asked, call, answer)) turn = call.next(answer, envelope)
    } catch (error) {
      if (!answer.begun) throw error
      answer.reply(200, request.errorBody(error, message.id))
    } finally {
      this.#calls.delete(number)
    }
  }

  /** @returns whether that was the end of this HTTP request */
  #take(turn: Turn, asked: Asked, call: ModernCall, answer: AnswerStream): boolean {
    switch (turn.kind) {
      case 'answer':
        give(answer, asked.message, turn.answer)
        return true
      case 'error':
        throw turn.error
      case 'left':
        call.abort()
        return true
      case 'ask': {
        const requestState = this.#pending.keep(call, continuationOf(asked), asked.request.timeoutMs)
        if (requestState === undefined) {
          call.refuse('The agent has too many calls that wait for its input.')
          return false
        }
        const { inputRequests } = turn
        give(answer, asked.message, { result: { resultType: 'input_required', inputRequests, requestState } })
        return true
      }
    }
  }
}

const methodUnknown: Answer = { error: { code: -32601, message: 'Method not found' } }
const stateUnknown: Answer = {
  error: {
    code: -32602,
    message: 'Invalid params: the requestState has been used or has expired. Make the call anew.',
  },
}

function isFailure(answer: Answer): boolean {
  return 'error' in answer || answer.result['isError'] === true
}

/** @see MCP 2026-07-28, basic/index § Error Codes: the agent may make the call anew with more capabilities */
function capabilityMissing(requiredCapabilities: Params): Answer {
  const message = 'The server needs to ask the agent something that the agent did not declare it can be asked.'
  return { error: { code: -32021, message, data: { requiredCapabilities } } }
}

function continuationOf({ request, message }: Asked): Continuation {
  const { callerId, scope } = request
  const { method, params } = message
  return { callerId, scope, method, name: params?.['name'] ?? params?.['uri'] }
}

function give(answer: AnswerStream, message: JsonRpcRequest, given: Answer): void {
  const { id } = message
  answer.reply(
    statusOf(given),
    'error' in given ? { jsonrpc: '2.0', id, error: given.error } : { jsonrpc: '2.0', id, result: given.result },
  )
}

function refuse(answer: AnswerStream, id: string | number | null, error: JsonRpcError): void {
  answer.reply(400, { jsonrpc: '2.0', id, error })
}
