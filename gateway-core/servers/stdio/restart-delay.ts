/** When a server whose process ended may be started again. It starts nothing itself. */

export interface RestartDelay {
  /** The process runs. */
  started(): void
  /** The process ended without being asked to, or could not be started. */
  crashed(): void
  /** When it may be started: a time of the clock, milliseconds; undefined when it may be at once. */
  notBefore(): number | undefined
}

export interface RestartClock {
  /** Monotonic, milliseconds. */
  now(): number
  /** At least 0, below 1. */
  random(): number
}

const firstDelayMs = 1000
const maxDelayMs = 60_000
/** Up for this long, it counts as sound again. */
const soundAfterMs = 60_000

/**
 * After the first crash at once, then after 1 s, 2 s, 4 s and so on up to 60 s, each shortened by up to a quarter by
 * chance, so that servers that fell together do not all come back together.
 */
export function createRestartDelay(
  clock: RestartClock = { now: () => performance.now(), random: Math.random },
): RestartDelay {
  let crashes = 0
  let startedAt: number | undefined
  let readyAt = -Infinity
  return {
    started() {
      startedAt = clock.now()
    },
    crashed() {
      const now = clock.now()
      if (startedAt !== undefined && now - startedAt >= soundAfterMs) crashes = 0
      startedAt = undefined
      crashes++
      const delayMs = crashes === 1 ? 0 : Math.min(maxDelayMs, firstDelayMs * 2 ** (crashes - 2))
      readyAt = now + delayMs * (1 - clock.random() / 4)
    },
    notBefore: () => (clock.now() >= readyAt ? undefined : readyAt),
  }
}
