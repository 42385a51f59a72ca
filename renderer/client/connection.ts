/** Whether the page hears of what happens in the gateway, and whether it may ask. */
import { useSyncExternalStore } from 'react'

/** `signed_out`: the session has ended, and only another sign-in link helps. */
export type Connection = 'connecting' | 'open' | 'lost' | 'signed_out'

let connection: Connection = 'connecting'
const listeners = new Set<() => void>()

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, currentConnection)
}

export function currentConnection(): Connection {
  return connection
}

/** Nothing follows on `signed_out` but loading the page anew. */
export function noteConnection(next: Connection): void {
  if (connection === next || connection === 'signed_out') return
  connection = next
  for (const listener of listeners) listener()
}

export function noteSignedOut(): void {
  noteConnection('signed_out')
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
