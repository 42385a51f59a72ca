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

/** A batch that was not searched for secrets yet. It lives in memory only. */
export interface CapturedBatch extends ExchangeBatch {
  /** Values that are secret in these exchanges though the vault may not hold them: callers' keys and tokens. */
  readonly sensitiveValues: readonly string[]
}
