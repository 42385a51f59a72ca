/** What the benchmark, the driver and the server of the sessions' table tell each other. */

/** Length of the text that a small call sends, and that it is answered. */
export const smallBytes = 300
export const largeBytes = 1024 * 1024
/** Progress notifications before the answer of the tool `count`. */
export const streamEvents = 1000

export type SessionKind = 'small' | 'large' | 'stream'

export interface SessionJob {
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Callers in a closed loop, each with a session of its own. */
  readonly callers: number
  /** `hold` makes one call each and keeps the sessions, with a GET stream each, until the driver is ended. */
  readonly kind: SessionKind | 'hold'
  readonly durationMs: number
}

export interface SessionOutcome {
  readonly calls: number
  readonly failures: number
  readonly seconds: number
  /** Milliseconds. */
  readonly p50: number
  readonly eventsPerSecond: number
  readonly incompleteStreams: number
}

/** The driver prints this when all sessions are there and the load begins, and the outcome as JSON when it is over. */
export const beginLine = 'begin'
