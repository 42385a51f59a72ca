/** What is known of an exchange when it has ended. */
import type { Caller } from '../contract/caller.js'
import type { Disposition, ExchangeLane, ExchangeTimings, HeaderSource, Verdict } from '../contract/exchange.js'

/** An outbound header as it was planned. A value that is not text was still to be obtained then. */
export interface CapturedHeader {
  readonly name: string
  readonly value: string | object
  readonly sensitive: boolean
  readonly disposition: Disposition
  readonly source: HeaderSource
  readonly reason: string
}

export type CapturedStrippedHeader = Pick<CapturedHeader, 'name' | 'sensitive' | 'source' | 'reason'>

export interface CapturedExchange {
  readonly lane: ExchangeLane
  readonly requestId: string
  readonly causedBy: string | undefined
  readonly replayOf: string | undefined
  readonly traceId: string
  /** Epoch milliseconds, UTC. */
  readonly startedAtMs: number
  readonly timings: Omit<ExchangeTimings, 'gatewayMs'>
  readonly caller: Caller | null
  readonly agent: string | undefined
  readonly server: string | null
  readonly method: string | null
  readonly tool: string | null
  readonly verdict: Verdict
  readonly errorCode: string | undefined
  /** Sentences for people about what is odd in it. */
  readonly problems: readonly string[]
  readonly issuanceId: string | undefined
  readonly httpMethod: string
  /** Without the query. */
  readonly path: string
  /** Of the server; its query is not kept. */
  readonly url: string | undefined
  /** The credential that the outbound query got, without its value. */
  readonly query: { readonly name: string; readonly source: HeaderSource } | undefined
  readonly inbound: Readonly<Record<string, string>>
  readonly outbound: readonly CapturedHeader[]
  /** Values of outbound headers that were still to be obtained, at the same index. */
  readonly obtained: readonly (string | undefined)[]
  /** Fingerprints of the secrets in outbound headers, at the same index, and that of the query after them. */
  readonly fingerprints: readonly (string | undefined)[]
  readonly stripped: readonly CapturedStrippedHeader[]
  readonly requestBody: Uint8Array
  readonly status: number
  readonly responseHeaders: Readonly<Record<string, string | string[] | undefined>>
  /** The beginning of the response, in the pieces in which it came. */
  readonly responseChunks: readonly Uint8Array[]
  readonly responseTruncated: boolean
  /** For an event stream, when each piece came, milliseconds since the request did; undefined for anything else. */
  readonly chunkTimesMs: readonly number[] | undefined
  /** Values that are secret in this exchange though the vault may not hold them. */
  readonly sensitiveValues: readonly string[]
}
