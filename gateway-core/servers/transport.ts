/**
 * How messages reach a server where the gateway ends the MCP session itself. A transport carries messages and knows
 * nothing of their meaning: ids, eras and whose call it is belong to the session above it.
 */
import type { GatewayError } from '../contract/errors.js'
import type { JsonRpcMessage, RequestId } from '../contract/json-rpc.js'
import type { StopSignal } from '../stop-signal.js'

/** Where a message goes and with which headers, as the plan has it and with credentials in it. */
export interface OutboundRequest {
  readonly origin: string
  /** Path and query. May hold a credential. */
  readonly path: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  /** Set where a credential in the headers can be got anew when the server has refused it. */
  readonly renew?: RenewHeaders | undefined
  /**
   * Set where the credential is one tool's own: how whatever is not that tool's call goes out, got when it is first asked.
   *
   * @throws GatewayError where the server's own credential is not to be had
   */
  readonly ofServer?: (() => Promise<OutboundRequest>) | undefined
  /** Set where tools have credentials of their own: whether a 401 is about one of the gateway's. */
  readonly ownCredential?: boolean | undefined
  /** Set where a token in the headers can be got with more scopes when the server says that it has too few. */
  readonly widen?: WidenHeaders | undefined
  /**
   * The same with the credential that is good now, for a stream that outlives the one it was opened with. Undefined where
   * there is none. Set where that may change.
   */
  readonly current?: (() => Promise<OutboundRequest | undefined>) | undefined
}

/**
 * New values of headers, by lower-case name. They are got when it is first asked, and are the same from then on.
 *
 * @throws GatewayError where there are none to be had
 */
export type RenewHeaders = () => Promise<ReadonlyMap<string, string>>

export interface WidenHeaders {
  /**
   * New values of headers, by lower-case name, with these scopes beside those that were sent.
   *
   * @throws GatewayError `insufficient_scope` where there are none to be had
   */
  ask(scopes: readonly string[]): Promise<ReadonlyMap<string, string>>
  /** They did not help. */
  wasInVain(): void
}

export interface SendOptions {
  /** What an HTTP request that carries the message consists of; of no concern to a child process. */
  readonly outbound: OutboundRequest
  /** Longest silence to bear, milliseconds: until the response headers, then between two pieces of it. */
  readonly timeoutMs: number
  /** Ends the HTTP request that carries the message. */
  readonly signal?: StopSignal
}

export interface TransportEvents {
  /**
   * A message of the server. `during` is the id of the message on whose response stream it came; undefined where the
   * transport cannot tell (stdio, SSE, a GET stream).
   */
  message(message: JsonRpcMessage, during: RequestId | undefined): void
  /** The transport is over, and will send and give nothing any more. Called once, unless `close` was called before. */
  closed(reason: GatewayError): void
}

export interface ServerTransport {
  readonly kind: 'streamable-http' | 'sse' | 'stdio'
  /**
   * Makes it ready to send: starts the process, opens the stream. Called once, first.
   *
   * @throws GatewayError `server_unreachable`, `server_timeout`, `credential_rejected`, `redirect_refused`
   */
  start(options: SendOptions): Promise<void>
  /**
   * Sends one message. Resolves when the server has taken it; over Streamable HTTP when its response, with the messages
   * in it, has come to its end.
   *
   * @throws GatewayError as `start`, `unknown_session` where a server no longer knows the session
   * @throws HttpRefusal where the server answered with an HTTP status that is no success
   */
  send(message: JsonRpcMessage, options: SendOptions): Promise<void>
  /** Ends it: the process and everything that it started, the streams. Resolves when it is gone. Never throws. */
  close(): Promise<void>
}

/** A server's own refusal of one message, over HTTP. */
export class HttpRefusal extends Error {
  constructor(
    readonly status: number,
    /** The beginning of the body, at most 64 KiB. */
    readonly body: string,
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string | string[] | undefined>>,
  ) {
    super(`the server answered ${status}`)
  }
}
