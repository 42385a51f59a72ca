/** Time as the merged server takes it, so that tests need not wait. Monotonic, milliseconds. */
export interface Clock {
  nowMs(): number
  /** Calls `run` once after `delayMs`, unless the returned function is called before. */
  after(delayMs: number, run: () => void): () => void
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    // What is waited for here is never a reason to stay alive.
    const timer = setTimeout(run, delayMs).unref()
    return () => clearTimeout(timer)
  },
}
