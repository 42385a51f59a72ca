/** What the inspector records of one inbound request and its response, and how planned headers are described. */
import type { Caller } from './caller.js'

export type HeaderSourceKind = 'inbound' | 'agent_auth' | 'app_auth' | 'outbound_header' | 'protocol' | 'gateway'

export interface HeaderSource {
  readonly kind: HeaderSourceKind
  /** The profile path of the rule, e.g. `mcpServers.x.outbound_headers[0]`. */
  readonly rule?: string
  /** Name of the secret in the vault that the value came from. */
  readonly secret?: string
  readonly accountId?: string
  readonly issuanceId?: string | undefined
}

/** A header as people see it. `value` is already masked where `masked` is true. */
export interface HeaderEntry {
  readonly name: string
  readonly value: string
  readonly masked: boolean
  readonly source: HeaderSource
}

export type Disposition = 'forwarded' | 'injected' | 'replaced' | 'generated'

export interface OutboundHeaderEntry extends HeaderEntry {
  readonly disposition: Disposition
  readonly reason: string
}

export interface StrippedHeaderEntry extends HeaderEntry {
  readonly reason: string
}

export type Decision = 'allow' | 'deny' | 'error'

export interface Verdict {
  readonly decision: Decision
  readonly reason?: string
  readonly policies: readonly string[]
  readonly durationMs: number
}

/** Milliseconds each, fractions allowed. A phase that did not happen is 0. */
export interface ExchangeTimings {
  readonly callerMs: number
  readonly shieldMs: number
  readonly credentialMs: number
  /** From handing the request to the HTTP client until it sits on a connected socket. */
  readonly connectMs: number
  /** From then until the server's response headers. */
  readonly firstByteMs: number
  readonly totalMs: number
}

export interface StreamEvent {
  /** Milliseconds since the request came in. */
  readonly atMs: number
  readonly id?: string
  readonly event?: string
  readonly data: string
}

/** An exchange as lists show it: without bodies and events. */
export interface ExchangeSummary {
  readonly id: string
  readonly requestId: string
  readonly traceId: string
  /** RFC 3339, UTC. */
  readonly startedAt: string
  readonly durationMs: number
  readonly timings: ExchangeTimings
  readonly caller: Caller | null
  readonly agent?: string | undefined
  readonly server: string | null
  readonly method: string | null
  readonly tool: string | null
  readonly verdict: Verdict
  readonly request: ExchangeRequest
  readonly response: ExchangeResponse
  /** Code of the gateway's own error, where it answered with one. */
  readonly errorCode?: string | undefined
  readonly issuanceId?: string | undefined
}

export interface ExchangeRequest {
  readonly httpMethod: string
  readonly path: string
  /** As they came in. */
  readonly headers: readonly HeaderEntry[]
  readonly forwarded: readonly HeaderEntry[]
  readonly stripped: readonly StrippedHeaderEntry[]
  readonly injected: readonly OutboundHeaderEntry[]
  readonly body?: string
  /** True where `body` is only the beginning. */
  readonly truncated?: boolean
}

export interface ExchangeResponse {
  /** 0 where the agent left before there was one. */
  readonly status: number
  readonly headers: readonly HeaderEntry[]
  readonly body?: string
  readonly truncated?: boolean
  readonly events?: readonly StreamEvent[]
}

/** An exchange, whole. */
export type Exchange = ExchangeSummary

export interface ExchangeQuery {
  readonly server?: string
  readonly caller?: string
  readonly verdict?: Decision
  readonly tool?: string
  readonly status?: number
  /** RFC 3339; inclusive. */
  readonly since?: string
  /** RFC 3339; exclusive. */
  readonly until?: string
  /** Text that must occur in the exchange, letter case ignored. */
  readonly q?: string
  readonly cursor?: string
  /** 1 to 500; 50 unless given. */
  readonly limit?: number
}
