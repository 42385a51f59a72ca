/**
 * What ends calls and requests on their way. An `AbortController` costs more than most of what is done for a request: in
 * Node 20 each of its signals has hidden classes of its own, which fill the old generation and are collected with it.
 */

/** What is used of an `AbortSignal` here; every one of those will do. */
export interface StopSignal {
  readonly aborted: boolean
  readonly reason: unknown
  /** @throws the reason, once it is aborted */
  throwIfAborted(): void
  /** The listener is called once, and at once when it is aborted; never where that was before. */
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** As an `AbortController`, and its signal as well. */
export class StopController implements StopSignal {
  aborted = false
  reason: unknown
  #listeners: (() => void)[] = []

  get signal(): StopSignal {
    return this
  }

  /** Calls the listeners in their order. What one throws is an uncaught exception, and keeps none of the others from it. */
  abort(reason: unknown = new Error('It was given up.')): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    const listeners = this.#listeners
    this.#listeners = []
    for (const listener of listeners)
      try {
        listener()
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.aborted && !this.#listeners.includes(listener)) this.#listeners.push(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.#listeners.indexOf(listener)
    if (at !== -1) this.#listeners.splice(at, 1)
  }
}

/** The same for those who take nothing but an `AbortSignal`. It listens for as long as `signal` is there. */
export function toAbortSignal(signal: StopSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal
  const controller = new AbortController()
  if (signal.aborted) controller.abort(signal.reason)
  else signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true })
  return controller.signal
}
