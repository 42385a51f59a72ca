/** The way back to one agent: an HTTP response, written as text. */
import type { StopSignal } from '../../stop-signal.js'
export interface AgentChannel {
  /** Status and headers (names in lower case). Called once, before anything else is written; sent with the first text. */
  head(status: number, headers: Readonly<Record<string, string>>): void
  /**
   * Sends a piece; an empty one sends the head alone. Does nothing once the agent has left.
   *
   * @returns whether more is welcome at once; otherwise `ready` tells when
   */
  write(text: string): boolean
  /** Sends the last piece and ends the response. */
  end(text?: string): void
  /** Resolves when the agent has taken what was written, or has left. Never rejects. */
  ready(): Promise<void>
  /** Aborts when the agent leaves before the response has ended. */
  readonly signal: StopSignal
}
