/** An exchange as it was captured, before masking. It lives in memory only; nothing unmasked is ever written. */
import type { Caller } from './caller.js'
import type { Disposition, ExchangeTimings, HeaderSource, Verdict } from './exchange.js'

export interface CapturedHeader {
  readonly name: string
  readonly value: string
  /** True where the value came from a secret or a token, or a rule restricted it: masked whatever it is called. */
  readonly sensitive: boolean
  readonly source: HeaderSource
  readonly disposition?: Disposition
  readonly reason?: string
}

/** One piece of a response body, with the time at which it came. */
export interface CapturedChunk {
  /** Milliseconds since the request came in. */
  readonly atMs: number
  readonly bytes: Uint8Array
}

export interface CapturedExchange {
  readonly id: string
  readonly requestId: string
  readonly traceId: string
  /** Epoch milliseconds, UTC. */
  readonly startedAtMs: number
  readonly timings: ExchangeTimings
  readonly caller: Caller | null
  readonly agent?: string | undefined
  readonly server: string | null
  readonly method: string | null
  readonly tool: string | null
  readonly verdict: Verdict
  readonly errorCode?: string | undefined
  readonly issuanceId?: string | undefined
  readonly request: {
    readonly httpMethod: string
    readonly path: string
    readonly headers: readonly CapturedHeader[]
    /** What went out, injected headers included; `disposition` tells them apart. */
    readonly outbound: readonly CapturedHeader[]
    readonly stripped: readonly CapturedHeader[]
    /** The first bytes, UTF-8. */
    readonly body?: Uint8Array | undefined
    readonly truncated: boolean
  }
  readonly response: {
    readonly status: number
    readonly headers: readonly CapturedHeader[]
    readonly chunks: readonly CapturedChunk[]
    readonly truncated: boolean
  }
  /** Values that are secret in this exchange though the vault may not hold them: the caller's key or token. */
  readonly sensitiveValues: readonly string[]
}
