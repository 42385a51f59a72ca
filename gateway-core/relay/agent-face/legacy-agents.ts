/**
 * Answers agents of the older era: sessions that begin with `initialize`, streams by GET.
 *
 * @see MCP 2025-11-25, basic/transports § Streamable HTTP
 */
import {
  isRecord,
  isRequest,
  isResponse,
  type Answer,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type Params,
} from '../../contract/json-rpc.js'
import type { AgentPeer, ServerSession, SessionCall } from '../../servers/server-session.js'
import { StopController, type StopSignal } from '../../stop-signal.js'
import { isLogLevel } from './agent-abilities.js'
import type { AgentChannel } from './agent-channel.js'
import { AgentSession, cancelledByAgent } from './agent-session.js'
import { AgentSessions } from './agent-sessions.js'
import { AnswerStream, takesEventStream } from './answer-stream.js'
import { EventLog, EventLogs, type EventLogLimits } from './event-log.js'
import type { FaceRequest } from './face-request.js'
import { keepListening } from './keep-listening.js'
import { initializeResult, legacyVersions, toLegacy } from './legacy-results.js'
import { logLevelKey } from './modern-envelope.js'
import { rejectOnAbort } from './reject-on-abort.js'

type ObtainSession = (capabilities: Params) => Promise<ServerSession>

export class LegacyAgents {
  readonly #sessions: AgentSessions
  readonly #logs: EventLogs

  constructor(
    private readonly answers: Set<AnswerStream>,
    nowMs: () => number,
    maxSessions: number,
    limits?: EventLogLimits,
  ) {
    this.#logs = new EventLogs(nowMs, limits)
    this.#sessions = new AgentSessions(nowMs, maxSessions)
  }

  async answer(request: FaceRequest, obtain: ObtainSession, channel: AgentChannel): Promise<void> {
    const { message, headers } = request
    const answer = new AnswerStream(channel, this.answers, takesEventStream(headers['accept']))
    try {
      if (message !== undefined && isRequest(message) && message.method === 'initialize')
        await this.#initialize(request, message, obtain, answer)
      else await this.#inSession(request, obtain, answer)
      await answer.flushed()
    } finally {
      answer.abandon()
    }
  }

  /** Tells all who listen to a server. */
  tell(scope: string, notification: JsonRpcNotification): void {
    for (const session of this.#sessions.of(scope)) session.notify(notification)
  }

  endScope(scope: string | undefined, reason: unknown): void {
    this.#sessions.endScope(scope, reason)
  }

  endIdle(): void {
    this.#logs.expire()
    this.#sessions.endIdle()
  }

  async #initialize(
    request: FaceRequest,
    message: JsonRpcRequest,
    obtain: ObtainSession,
    answer: AnswerStream,
  ): Promise<void> {
    const params = message.params ?? {}
    const capabilities = isRecord(params['capabilities']) ? params['capabilities'] : {}
    const server = await obtain(capabilities)
    const { callerId, scope, timeoutMs } = request
    const session = new AgentSession(
      callerId,
      scope,
      capabilities,
      isRecord(params['clientInfo']) ? params['clientInfo'] : {},
      timeoutMs,
      new EventLog(this.#logs),
    )
    session.attach(server, callsOf(request, session.agent))
    this.#sessions.add(session)
    const result = initializeResult(server.about, params['protocolVersion'])
    answer.reply(200, { jsonrpc: '2.0', id: message.id, result }, { 'mcp-session-id': session.id })
  }

  async #inSession(request: FaceRequest, obtain: ObtainSession, answer: AnswerStream): Promise<void> {
    const { message, httpMethod, headers, callerId, scope } = request
    const id = message !== undefined && isRequest(message) ? message.id : null
    const refuse = (text: string): void =>
      answer.reply(400, { jsonrpc: '2.0', id, error: { code: -32600, message: text } })
    const sessionId = headers['mcp-session-id']
    if (sessionId === undefined) {
      if (message !== undefined && isRequest(message)) await this.#withoutSession(request, message, obtain, answer)
      else refuse('The Mcp-Session-Id header is missing: initialize a session first.')
      return
    }
    const session = this.#sessions.find(sessionId, callerId, scope)
    const version = headers['mcp-protocol-version']
    if (version !== undefined && !legacyVersions.includes(version)) {
      refuse(`The MCP-Protocol-Version is none of ${legacyVersions.join(', ')}.`)
      return
    }
    if (httpMethod === 'DELETE') {
      this.#sessions.end(session, cancelledByAgent)
      answer.endEmpty(200)
    } else if (httpMethod === 'GET') await this.#listen(request, session, obtain, answer)
    else if (message === undefined) refuse('The body is no JSON-RPC message.')
    else if (isResponse(message)) {
      session.settle(message)
      answer.endEmpty(202)
    } else if (isRequest(message)) await this.#request(request, message, session, obtain, answer)
    else {
      await takeNotification(request, message, session, obtain)
      answer.endEmpty(202)
    }
  }

  /** A single request needs no session where the server answers it by itself: scripts and `curl` send no other. */
  async #withoutSession(
    request: FaceRequest,
    message: JsonRpcRequest,
    obtain: ObtainSession,
    answer: AnswerStream,
  ): Promise<void> {
    const { callerId, scope, timeoutMs } = request
    const session = new AgentSession(callerId, scope, {}, {}, timeoutMs, new EventLog(this.#logs))
    try {
      await this.#request(request, message, session, obtain, answer)
    } finally {
      session.end(undefined)
    }
  }

  async #listen(
    request: FaceRequest,
    session: AgentSession,
    obtain: ObtainSession,
    answer: AnswerStream,
  ): Promise<void> {
    const attach = async (): Promise<void> =>
      session.attach(await obtain(session.agent.capabilities), callsOf(request, session.agent))
    // A server that is down just now is no reason to refuse the stream: it is listened to once it is back.
    if (!session.attached) await attach()
    const lastEventId = request.headers['last-event-id']
    const stream = lastEventId === undefined ? session.stream(answer) : session.resume(lastEventId, answer)
    if (stream === undefined)
      answer.reply(400, {
        jsonrpc: '2.0',
        id: null,
        error: { code: -32600, message: 'The Last-Event-ID is of no event that this session still knows.' },
      })
    const stop =
      request.reopens === true
        ? keepListening({
            server: () => session.server,
            attach,
            notify: (notification) => session.notify(notification),
          })
        : undefined
    try {
      await stream
    } finally {
      stop?.()
    }
    this.#sessions.use(session)
  }

  async #request(
    request: FaceRequest,
    message: JsonRpcRequest,
    session: AgentSession,
    obtain: ObtainSession,
    answer: AnswerStream,
  ): Promise<void> {
    const { id } = message
    if (message.method === 'ping') {
      answer.reply(200, { jsonrpc: '2.0', id, result: {} })
      return
    }
    const controller = new StopController()
    const done = session.begin(id, controller, answer)
    try {
      const given = await rejectOnAbort(call(request, message, session, obtain, answer, controller), controller)
      if ('error' in given) answer.reply(given.httpStatus ?? 200, { jsonrpc: '2.0', id, error: given.error })
      else answer.reply(200, { jsonrpc: '2.0', id, result: given.result })
    } catch (error) {
      if (error === cancelledByAgent) answer.endForGood()
      else if (answer.begun) answer.reply(200, request.errorBody(error, id))
      else throw error
    } finally {
      done()
      this.#sessions.use(session)
    }
  }
}

async function call(
  request: FaceRequest,
  message: JsonRpcRequest,
  session: AgentSession,
  obtain: ObtainSession,
  answer: AnswerStream,
  signal: StopSignal,
): Promise<Answer> {
  const server = await obtain(session.agent.capabilities)
  signal.throwIfAborted()
  const { method, params } = message
  session.attach(server, callsOf(request, session.agent))
  const { outbound, timeoutMs } = request
  const agent = session.peerOf(answer, timeoutMs)
  const made: SessionCall = { method, params, agent, outbound, timeoutMs, signal, passInputRequired: false }
  return toLegacy(method, await dispatch(made, session, server), server.about)
}

function dispatch(made: SessionCall, session: AgentSession, server: ServerSession): Promise<Answer> | Answer {
  const { method, params } = made
  switch (method) {
    case 'logging/setLevel': {
      const level = params?.['level']
      if (!isLogLevel(level)) return invalidParams('params.level is no log level.')
      session.logLevel = level
      // The stateless era has no such request: every call says how much it wants to hear.
      const isTold = server.about.era === 'legacy' || server.about.capabilities['logging'] !== undefined
      return isTold ? server.call(made) : { result: {} }
    }
    case 'resources/subscribe': {
      const uri = params?.['uri']
      if (typeof uri !== 'string') return invalidParams('params.uri is no text.')
      if (!session.noteSubscription(uri)) return { error: { code: -32603, message: 'Too many subscriptions.' } }
      return subscribe(uri, made, session, server)
    }
    case 'resources/unsubscribe': {
      const uri = params?.['uri']
      if (typeof uri !== 'string') return invalidParams('params.uri is no text.')
      session.forgetSubscription(uri)
      return server.unsubscribe(uri, session, made)
    }
    default:
      return server.call(server.about.era === 'modern' ? withLogLevel(made, session.logLevel) : made)
  }
}

async function subscribe(
  uri: string,
  made: SessionCall,
  session: AgentSession,
  server: ServerSession,
): Promise<Answer> {
  let subscribed = false
  try {
    const answer = await server.subscribe(uri, session, made)
    subscribed = 'result' in answer
    return answer
  } finally {
    if (!subscribed) session.forgetSubscription(uri)
  }
}

function withLogLevel(made: SessionCall, logLevel: string | undefined): SessionCall {
  if (logLevel === undefined) return made
  const meta = made.params?.['_meta']
  return { ...made, params: { ...made.params, _meta: { ...(isRecord(meta) ? meta : {}), [logLevelKey]: logLevel } } }
}

function invalidParams(message: string): Answer {
  return { error: { code: -32602, message } }
}

async function takeNotification(
  request: FaceRequest,
  notification: JsonRpcNotification,
  session: AgentSession,
  obtain: ObtainSession,
): Promise<void> {
  if (notification.method === 'notifications/cancelled') session.cancel(notification.params?.['requestId'])
  else if (notification.method === 'notifications/roots/list_changed')
    (await obtain(session.agent.capabilities)).notify(notification, request.outbound)
}

/** Calls that the gateway makes itself on behalf of an agent. */
function callsOf(request: FaceRequest, agent: AgentPeer): (method: string, params: Params) => SessionCall {
  const { outbound, timeoutMs } = request
  const { signal } = new StopController()
  return (method, params) => ({ method, params, agent, outbound, timeoutMs, signal, passInputRequired: false })
}
