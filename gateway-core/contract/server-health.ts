/** How a server whose sessions the gateway holds itself is doing. */

export interface ServerHealth {
  /** Sessions that are open: one for all callers of a shared server, one for each caller of another. */
  readonly sessions: number
  /** Whether a person stopped it. */
  readonly stopped: boolean
  readonly era?: 'legacy' | 'modern'
  readonly protocolVersion?: string
  /** As it calls itself, at most 100 characters. */
  readonly name?: string
  readonly version?: string
  /** Names of what it says it can do (`tools`, `prompts`), as it said when it was asked last, at most 20. */
  readonly capabilities?: readonly string[]
  /** How often its process was started again since the gateway started, or since a person started it. */
  readonly restarts?: number
  /** Why its process ended last. */
  readonly lastEnd?: string
  /** The last lines that its process wrote to standard error, oldest first, at most 200. */
  readonly stderr?: readonly string[]
  /** Lines on standard output that were no messages. */
  readonly strayOutput?: { readonly count: number; readonly lines: readonly string[] }
}
