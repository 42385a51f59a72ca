/** Waiting for something no longer than it is worth. */
import { StopController, type StopSignal } from '../../stop-signal.js'
import type { Clock } from './clock.js'

export interface Deadline {
  readonly clock: Clock
  readonly delayMs: number
  readonly signal?: StopSignal
  /** Made when the time is over. */
  expired(): Error
}

/**
 * What `promise` comes to, which goes on by itself when nobody waits for it any more.
 *
 * @throws what `promise` rejects with, `expired()`, or the signal's reason
 */
export function waitFor<T>(promise: Promise<T>, deadline: Deadline): Promise<T> {
  const { clock, delayMs, signal } = deadline
  return new Promise<T>((resolve, reject) => {
    const end = (): void => {
      cancel()
      signal?.removeEventListener('abort', aborted)
    }
    const cancel = clock.after(delayMs, () => {
      end()
      reject(deadline.expired())
    })
    const aborted = (): void => {
      end()
      reject(toError(signal?.reason))
    }
    promise.finally(end).then(resolve, reject)
    if (signal?.aborted === true) aborted()
    else signal?.addEventListener('abort', aborted, { once: true })
  })
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('cancelled', { cause: reason })
}

/**
 * Runs tasks, at most `count` at once. One that takes longer than `patienceMs` gives its place to the next and goes on
 * beside it: those that hang do not hold up those that would not.
 */
export function createSlots(
  count: number,
  patienceMs: number,
  clock: Clock,
): <T>(task: () => Promise<T>) => Promise<T> {
  let free = count
  const waiting: (() => void)[] = []
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }
  return async (task) => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
    let isHeld = true
    const giveBack = (): void => {
      if (isHeld) leave()
      isHeld = false
    }
    const cancel = clock.after(patienceMs, giveBack)
    try {
      return await task()
    } finally {
      cancel()
      giveBack()
    }
  }
}

/** A signal that is aborted with `signal`, for as many as like to listen: to Node more than ten of its own are a leak. */
export function toMany(signal: StopSignal): StopSignal {
  const many = new StopController()
  if (signal.aborted) many.abort(signal.reason)
  else signal.addEventListener('abort', () => many.abort(signal.reason), { once: true })
  return many
}
