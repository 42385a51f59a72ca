/** Denials that nobody has looked at yet: counted live, and since the inspector was last open. */
import { useEffect, useSyncExternalStore } from 'react'
import { api, onGatewayEvent, type Exchange } from '../../client/api.js'
import { createStoredValue } from '../../state/stored-value.js'

/** RFC 3339; what was denied before has been seen, or nobody was there to see it. */
const seenUntil = createStoredValue('denialsSeen', '', (text) => (Number.isNaN(Date.parse(text)) ? undefined : text))

const maxCounted = 99
const listeners = new Set<() => void>()
let count = 0
/** How many places show the inspector just now. */
let readers = 0
let stopListening: (() => void) | undefined

function setCount(next: number): void {
  if (next === count) return
  count = next
  for (const listener of listeners) listener()
}

/** How many calls were denied since the inspector was last open; at most 99. */
export function useUnreadDenials(): number {
  return useSyncExternalStore(subscribe, () => count)
}

/** While this is on screen, denials are read as they come. */
export function useMarkDenialsRead(): void {
  useEffect(() => {
    readers += 1
    markRead()
    return () => {
      readers -= 1
      markRead()
    }
  }, [])
}

function markRead(): void {
  seenUntil.set(new Date().toISOString())
  setCount(0)
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  stopListening ??= listen()
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    stopListening?.()
    stopListening = undefined
  }
}

function listen(): () => void {
  if (seenUntil.get() === '') markRead()
  else void countKept()
  return onGatewayEvent('exchange', (data) => {
    if (readers === 0 && (data as Exchange).verdict.decision === 'deny') setCount(Math.min(count + 1, maxCounted))
  })
}

async function countKept(): Promise<void> {
  const query = { verdict: 'deny' as const, since: seenUntil.get(), limit: maxCounted }
  const { data } = await api.listExchanges({ query })
  if (readers === 0 && data !== undefined) setCount(Math.max(count, data.items.length))
}
