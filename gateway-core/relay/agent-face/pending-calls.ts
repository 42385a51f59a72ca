/** Calls that wait for an agent's input, by the opaque `requestState` that the agent will come back with. */
import { randomHex } from '../../random-hex.js'
import type { ModernCall } from './modern-call.js'

const maxPerCaller = 1000

/** Who may go on with a call, and with which request. */
export interface Continuation {
  readonly callerId: string
  readonly scope: string
  readonly method: string
  /** The tool, prompt or resource. */
  readonly name: unknown
}

interface Pending {
  readonly call: ModernCall
  readonly of: Continuation
  readonly timer: NodeJS.Timeout
}

export class PendingCalls {
  /** Tells own states from those of servers, and from those of a gateway between here and the server. */
  readonly #prefix = `gatehouse-${randomHex(8)}-`
  readonly #byState = new Map<string, Pending>()
  readonly #countByCaller = new Map<string, number>()

  /**
   * Keeps a call for `timeoutMs`; then it is aborted.
   *
   * @returns its `requestState`, 192 random bits, good for one request; undefined where the caller has too many
   */
  keep(call: ModernCall, of: Continuation, timeoutMs: number): string | undefined {
    const count = this.#countByCaller.get(of.callerId) ?? 0
    if (count >= maxPerCaller) return undefined
    this.#countByCaller.set(of.callerId, count + 1)
    const state = this.#prefix + randomHex(24)
    const timer = setTimeout(() => this.#remove(state)?.call.abort(), timeoutMs)
    timer.unref()
    this.#byState.set(state, { call, of, timer })
    return state
  }

  /** Whether this is a state that was given here, if ever so long ago. */
  isOwn(state: unknown): boolean {
    return typeof state === 'string' && state.startsWith(this.#prefix)
  }

  /** Takes the call out; undefined where there is none of this caller and request. */
  take(state: string, by: Continuation): ModernCall | undefined {
    const of = this.#byState.get(state)?.of
    const matches =
      of?.callerId === by.callerId && of.scope === by.scope && of.method === by.method && of.name === by.name
    return matches ? this.#remove(state)?.call : undefined
  }

  endScope(scope: string | undefined): void {
    for (const [state, { of }] of this.#byState)
      if (scope === undefined || of.scope === scope) this.#remove(state)?.call.abort()
  }

  #remove(state: string): Pending | undefined {
    const pending = this.#byState.get(state)
    if (pending === undefined) return undefined
    clearTimeout(pending.timer)
    this.#byState.delete(state)
    const { callerId } = pending.of
    const count = (this.#countByCaller.get(callerId) ?? 1) - 1
    if (count > 0) this.#countByCaller.set(callerId, count)
    else this.#countByCaller.delete(callerId)
    return pending
  }
}
