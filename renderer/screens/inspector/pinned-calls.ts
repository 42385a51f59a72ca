/** Calls that were pinned: kept at hand while the page is open, whatever the filter finds and the list still holds. */
import { useSyncExternalStore } from 'react'
import type { Exchange } from '../../client/api.js'

/** The oldest pin goes where there are more. */
const maxPinned = 50

let pinned: readonly Exchange[] = []
const listeners = new Set<() => void>()

export function usePinnedCalls(): readonly Exchange[] {
  return useSyncExternalStore(subscribe, () => pinned)
}

/** Pins a call, or takes its pin away. */
export function togglePin(exchange: Exchange): void {
  const others = pinned.filter(({ id }) => id !== exchange.id)
  pinned = others.length < pinned.length ? others : [...others, exchange].slice(-maxPinned)
  for (const listener of listeners) listener()
}

/** Takes all pins away. @returns puts them back */
export function unpinAll(): () => void {
  const before = pinned
  pinned = []
  for (const listener of listeners) listener()
  return () => {
    pinned = before
    for (const listener of listeners) listener()
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
