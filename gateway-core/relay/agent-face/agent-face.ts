/**
 * The side of the relay that agents see: an MCP server over Streamable HTTP, in whichever era the agent speaks, made of
 * a session with a server of either.
 */
import type { JsonRpcNotification, Params } from '../../contract/json-rpc.js'
import type { ServerSession } from '../../servers/server-session.js'
import type { AgentChannel } from './agent-channel.js'
import { sessionOver } from './agent-sessions.js'
import type { AnswerStream } from './answer-stream.js'
import type { EventLogLimits } from './event-log.js'
import type { FaceRequest } from './face-request.js'
import { LegacyAgents } from './legacy-agents.js'
import { ModernAgents } from './modern-agents.js'

const toolsChanged: JsonRpcNotification = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' }

export interface AgentFaceOptions {
  /** Monotonic, milliseconds. */
  readonly nowMs?: () => number
  /** Between two signs of life on a quiet stream. */
  readonly keepAliveMs?: number
  readonly maxSessions?: number
  readonly maxSubscriptions?: number
  /** What is kept for agents that lose a stream. */
  readonly eventLimits?: EventLogLimits
}

export interface AgentFace {
  /**
   * Answers one HTTP request of an agent. Resolves when the answer has been handed over; with a stream, when it has
   * ended.
   *
   * @param session obtains the server session, for an agent of these capabilities; called only where the answer needs it
   * @throws GatewayError `unknown_session`, or what `session` or a call of it threw. Nothing was written then: what goes
   *   wrong later is answered here
   */
  answer(
    request: FaceRequest,
    session: (capabilities: Params) => Promise<ServerSession>,
    channel: AgentChannel,
  ): Promise<void>
  /** Tells those who listen to one server that its tools look otherwise to agents, though the server has said nothing. */
  toolsChanged(scope: string): void
  /** Ends everything that agents have open with one server (empty: with all of them as one). */
  closeScope(scope: string): void
  close(): void
}

export function createAgentFace(options: AgentFaceOptions = {}): AgentFace {
  const {
    nowMs = () => performance.now(),
    keepAliveMs = 15_000,
    maxSessions = 10_000,
    maxSubscriptions = 10_000,
  } = options
  const answers = new Set<AnswerStream>()
  const legacy = new LegacyAgents(answers, nowMs, maxSessions, options.eventLimits)
  const modern = new ModernAgents(answers, maxSubscriptions)
  const timer = setInterval(() => {
    for (const answer of answers) answer.keepAlive()
    legacy.endIdle()
  }, keepAliveMs)
  timer.unref()
  const end = (scope: string | undefined): void => {
    legacy.endScope(scope, sessionOver())
    modern.endScope(scope)
  }
  return {
    answer: (request, session, channel) =>
      (request.era === 'legacy' ? legacy : modern).answer(request, session, channel),
    toolsChanged: (scope) => {
      legacy.tell(scope, toolsChanged)
      modern.tell(scope, toolsChanged)
    },
    closeScope: end,
    close: () => {
      clearInterval(timer)
      end(undefined)
    },
  }
}
