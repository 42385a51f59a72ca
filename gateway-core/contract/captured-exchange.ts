/**
 * An exchange on its way from the request to the vault's thread. Flat, as it crosses between threads once per request.
 * Header values that are sensitive by their source or name are masked already; texts are not yet searched for secrets.
 * It lives in memory only; nothing is written before it has been searched.
 */
import type { Decision } from './exchange.js'

/** An exchange's id is its place in time: epoch milliseconds times this, plus a sequence within, in base 36. */
export const placesPerMs = 4096

export interface CapturedExchange {
  /** As `exchangeId` made it: a place in time. */
  readonly id: string
  /** Epoch milliseconds, UTC. */
  readonly startedAtMs: number
  readonly server: string
  readonly callerId: string | null
  readonly subject: string | null
  readonly verdict: Decision
  readonly method: string | null
  readonly tool: string | null
  readonly status: number
  /** Everything but the bodies, as `writeDocument` wrote it. */
  readonly document: string
  /** The beginning of the request body. */
  readonly request: string
  readonly requestTruncated: boolean
  /** The beginning of the response body. */
  readonly response: string
  readonly responseTruncated: boolean
  /**
   * For an event stream: pairs of milliseconds since the request came in, and how much of `response`, in UTF-16 units,
   * had come by then. Undefined for anything else.
   */
  readonly marks: readonly number[] | undefined
  /** Values that are secret in this exchange though the vault may not hold them: the caller's key or token. */
  readonly sensitiveValues: readonly string[]
}
