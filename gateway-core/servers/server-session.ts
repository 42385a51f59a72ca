/**
 * An MCP session with a server that the gateway holds itself, for one caller or for all of them. Both eras look alike
 * from here: a call has an answer, and while it lasts the server may notify and ask the agent that made it.
 */
import type { GatewayError } from '../contract/errors.js'
import type { Answer, JsonRpcNotification, Params } from '../contract/json-rpc.js'
import type { StopSignal } from '../stop-signal.js'
import type { OutboundRequest } from './transport.js'

/** What a server said of itself, in `initialize` or `server/discover`. */
export interface ServerAbout {
  /** The era that the server speaks: with `initialize` up to 2025-11-25, stateless since 2026-07-28. */
  readonly era: 'legacy' | 'modern'
  readonly protocolVersion: string
  /** Over Streamable HTTP of the older era: the server has given the session an id. */
  readonly hasSessionId?: boolean
  readonly capabilities: Params
  readonly serverInfo: Params
  readonly instructions?: string
}

/** The agent behind a call, as far as a server may reach it. */
export interface AgentPeer {
  /** One per agent session (older era) or per request (stateless era): two calls of one agent have the same. */
  readonly id: string
  /** Whose agent it is, where that is known: what one agent of a caller is asked is no secret to another. */
  readonly callerId?: string
  /** As the agent declared them. */
  readonly capabilities: Params
  readonly clientInfo: Params
  /** A notification that belongs to this call: progress under the agent's own token, a log message. */
  notify(notification: JsonRpcNotification): void
  /**
   * The server asks the agent: sampling, elicitation, roots. Always settles; rejects never.
   *
   * @param allCame resolves when what the server asks together with it has been asked as well; set where that comes apart
   */
  ask(method: string, params: Params | undefined, signal: StopSignal, allCame?: () => Promise<unknown>): Promise<Answer>
  /** The server would have asked what the agent did not declare, and was refused. */
  notAsked?(method: string, params: Params | undefined): void
}

export interface SessionCall {
  readonly method: string
  /** With the agent's own progress token in `_meta`, if any. */
  readonly params: Params | undefined
  readonly agent: AgentPeer
  readonly outbound: OutboundRequest
  readonly timeoutMs: number
  /** Cancels: the server is told in its era's way. */
  readonly signal: StopSignal
  /** The agent speaks the stateless era and takes `input_required` itself. */
  readonly passInputRequired: boolean
  /** Of an agent of the stateless era: its headers that repeat arguments, by their names in lower case. */
  readonly paramHeaders?: Readonly<Record<string, string>>
}

/** Receives what a server says outside of any call. */
export interface SessionListener {
  readonly agent: AgentPeer
  /** `notifications/…/list_changed`, `notifications/resources/updated`, log messages without a call. */
  notify(notification: JsonRpcNotification): void
}

export interface ServerSession {
  readonly about: ServerAbout
  /**
   * Makes one request. A JSON-RPC error of the server is an answer, not a throw.
   *
   * @throws GatewayError where the server could not be asked: `server_unreachable`, `server_timeout`,
   *   `credential_rejected`, `redirect_refused`
   */
  call(call: SessionCall): Promise<Answer>
  /** Passes on a notification of an agent that servers may act on: `notifications/roots/list_changed`. */
  notify(notification: JsonRpcNotification, outbound: OutboundRequest): void
  /** Listens until the returned function is called. Subscriptions to resources are kept per listener. */
  listen(listener: SessionListener): () => void
  /** Resource subscriptions are counted: the server is told at the first and at the last of a URI. */
  subscribe(uri: string, listener: SessionListener, call: SessionCall): Promise<Answer>
  unsubscribe(uri: string, listener: SessionListener, call: SessionCall): Promise<Answer>
  /** Resolves to the reason when the session is over without `close`. */
  readonly ended: Promise<GatewayError>
  close(): Promise<void>
}
