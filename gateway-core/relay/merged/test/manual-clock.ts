/** A clock that stands still until it is told to go on. */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../clock.js'

export interface ManualClock extends Clock {
  /** Lets time pass, timer by timer, with whatever each of them sets off. */
  advance(durationMs: number): Promise<void>
  readonly timers: number
}

export function createManualClock(): ManualClock {
  let nowMs = 1_000
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>()
  return {
    nowMs: () => nowMs,
    after: (delayMs, run) => {
      const timer = { atMs: nowMs + delayMs, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    get timers() {
      return timers.size
    },
    advance: async (durationMs) => {
      const untilMs = nowMs + durationMs
      await setImmediate()
      for (;;) {
        const next = [...timers].filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs)[0]
        if (next === undefined) break
        timers.delete(next)
        nowMs = next.atMs
        next.run()
        await setImmediate()
      }
      nowMs = untilMs
    },
  }
}
