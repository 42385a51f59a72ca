/**
 * What somebody has begun to write: kept while the page is open, so that neither locking nor looking elsewhere loses it.
 * In memory alone, as a pasted configuration may hold secrets; never for a field that is only for a secret.
 */
import { useSyncExternalStore } from 'react'

const kept = new Map<string, unknown>()
const listeners = new Set<() => void>()

/** @param name of what is written; @param initial where nothing is kept, or it was dropped with undefined */
export function useKept<T>(name: string, initial: T): readonly [T, (value: T | undefined) => void] {
  // A name is used for values of one type.
  const value = useSyncExternalStore(subscribe, () => kept.get(name)) as T | undefined
  return [value ?? initial, (next) => keep(name, next)]
}

/** Writes what `useKept` of this name shows. @param value undefined drops it */
export function keep(name: string, value: unknown): void {
  if (value === undefined) kept.delete(name)
  else kept.set(name, value)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
