/** How long to wait before the gateway is started again after it died, and when to stop trying. */

/** Ends later than this, in milliseconds after the start, count as a first failure again. */
const healthyAfterMs = 60_000
const delaysMs = [0, 1_000, 5_000, 15_000] as const

export interface RestartDecision {
  /** How often in a row it has died young, this time included. */
  readonly failures: number
  /** Milliseconds to wait; undefined means to give up. */
  readonly delayMs: number | undefined
}

/**
 * @param failures how often in a row it had died young before
 * @param livedMs how long it lived this time, in milliseconds
 */
export function decideRestart(failures: number, livedMs: number): RestartDecision {
  const now = livedMs >= healthyAfterMs ? 1 : failures + 1
  return { failures: now, delayMs: delaysMs[now - 1] }
}
