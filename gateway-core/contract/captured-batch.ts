/**
 * Exchanges on their way from the requests to the vault's thread, and as they are kept: many in one piece of memory, as
 * an object for each would cost every request more than the rest of its recording. The inspector writes and reads them.
 */

/** An exchange's id is its place in time: epoch milliseconds times this, plus a sequence within, in base 36. */
export const placesPerMs = 4096

export interface ExchangeBatch {
  /** Place in time of the first and of the last exchange. */
  readonly oldest: number
  readonly newest: number
  readonly exchanges: number
  /** JSON: what many exchanges have in common, written once. */
  readonly shapes: string
  /** One frame for each exchange, in the order of time. */
  readonly frames: Uint8Array
}

/** What exchanges of a batch are found by without reading their frames. */
export interface BatchIndex {
  /** JSON: method, tool, error code and what is repeated, each combination once. */
  readonly calls: string
  /** One of `entryBytes` for each exchange, see `batch-entries.ts`. */
  readonly entries: Uint8Array
}

export type CallTuple = readonly [
  method: string | null,
  tool: string | null,
  errorCode: string | null,
  replayOf: string | null,
]

/** A batch that may be kept. */
export interface MaskedBatch extends ExchangeBatch, BatchIndex {}

/** A batch that was not searched for secrets yet. It lives in memory only. */
export interface CapturedBatch extends MaskedBatch {
  /** Values that are secret in these exchanges though the vault may not hold them: callers' keys and tokens. */
  readonly sensitiveValues: readonly string[]
}
