/** What the inspector records of one inbound request and its response, and how planned headers are described. */
import type { Caller } from './caller.js'

export type HeaderSourceKind = 'inbound' | 'agent_auth' | 'app_auth' | 'outbound_header' | 'protocol' | 'gateway'

export interface HeaderSource {
  readonly kind: HeaderSourceKind
  /** The profile path of the rule, e.g. `mcpServers.x.outbound_headers[0]`. */
  readonly rule?: string
  /** Name of the secret in the vault that the value came from. */
  readonly secret?: string
  /** Tells values of one secret apart without giving anything away: 8 hex digits of a hash under the vault's key. */
  readonly fingerprint?: string | undefined
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

/** What a policy may say beside them, `ask`, a person or the deadline turns into one of these. */
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
  /** What the TLS handshake took of that; 0 where the connection was open already, or is not encrypted. */
  readonly tlsMs: number
  /** From then until the server's response headers. */
  readonly firstByteMs: number
  /** From then until the end of the response. */
  readonly streamMs: number
  /** What is left of the total: the gateway's own share. */
  readonly gatewayMs: number
  readonly totalMs: number
}

export interface StreamEvent {
  /** Milliseconds since the request came in. */
  readonly atMs: number
  readonly id?: string
  readonly event?: string
  readonly data: string
}

export const exchangeLanes = ['mcp', 'auth'] as const
/** `mcp`: an agent's request. `auth`: one of the gateway's to an authorization server or a token broker. */
export type ExchangeLane = (typeof exchangeLanes)[number]

/** What was added to the query of the outbound URL. The value is always masked. */
export interface QueryChange extends HeaderEntry {
  readonly disposition: 'injected'
}

/** An exchange as lists show it: without bodies and events. */
export interface ExchangeSummary {
  readonly id: string
  readonly lane: ExchangeLane
  readonly requestId: string
  /** In the lane `auth`: the request that made it necessary. */
  readonly causedBy?: string | undefined
  /** Id of the exchange that this one repeats. */
  readonly replayOf?: string | undefined
  readonly traceId: string
  /** RFC 3339, UTC. */
  readonly startedAt: string
  readonly durationMs: number
  readonly timings: ExchangeTimings
  readonly caller: Caller | null
  /** How the caller was recognised, for people. */
  readonly recognisedBy?: string | undefined
  readonly agent?: string | undefined
  readonly server: string | null
  readonly method: string | null
  readonly tool: string | null
  readonly verdict: Verdict
  readonly request: ExchangeRequest
  readonly response: ExchangeResponse
  /** Code of the gateway's own error, where it answered with one. */
  readonly errorCode?: string | undefined
  /** What is odd in it, in sentences for people. */
  readonly problems?: readonly string[] | undefined
  readonly issuanceId?: string | undefined
}

export interface ExchangeRequest {
  readonly httpMethod: string
  readonly path: string
  /** Where it went, or would have gone, without the query. */
  readonly url?: string | undefined
  readonly query?: readonly QueryChange[] | undefined
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
export interface Exchange extends ExchangeSummary {
  /** Ids of the exchanges that repeated this one, oldest first. */
  readonly replays?: readonly string[] | undefined
}

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
  /** In the language of `exchange-filter.ts`. Without a `lane:` in it, exchanges of the lane `auth` are left out. */
  readonly q?: string
  readonly cursor?: string
  /** 1 to 500; 50 unless given. */
  readonly limit?: number
}

/** How long exchanges are kept: whichever bound is met first, the oldest go. */
export interface ExchangeBounds {
  readonly maxExchanges: number
  readonly maxAgeDays: number
  readonly maxBytes: number
}

export interface ExchangeSettings extends ExchangeBounds {
  /** `memory`: nothing of an exchange is written to disk, and all are gone when the vault is locked or the gateway ends. */
  readonly keep: 'vault' | 'memory'
}

export interface SavedFilter {
  readonly name: string
  readonly q: string
  readonly createdAt: string
  readonly updatedAt: string
}
