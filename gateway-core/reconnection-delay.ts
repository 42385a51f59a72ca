/** When a stream that ended is asked for again. */

const firstMs = 1000
const longestMs = 30_000
/** Also where a server wants less, so that one that ends each stream at once is not asked without pause. */
const shortestMs = 100
const jitter = 0.25

/** Streams shorter than this that brought nothing count as failures. */
export const steadyMs = 5000

/**
 * A second after a stream that did well, twice as long after each failure in a row, up to 30 s. What the server wants is
 * never undercut, up to the same 30 s.
 *
 * @param retryMs what the server said in a `retry` field
 * @param random from 0 up to 1
 * @returns milliseconds; up to a quarter longer, so that many clients do not come at once
 */
export function reconnectionDelayMs(failures: number, retryMs: number | undefined, random: number): number {
  const wantedMs = Math.min(Math.max(retryMs ?? firstMs, shortestMs), longestMs)
  const backoffMs = failures === 0 ? 0 : Math.min(firstMs * 2 ** failures, longestMs)
  return Math.max(wantedMs, backoffMs) * (1 + jitter * random)
}
