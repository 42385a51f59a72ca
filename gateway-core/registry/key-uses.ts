/** Notes when keys were used: in memory at once, in the vault some seconds later. */
import type { GatewayKeyStore } from '../vault/vault.js'

const flushAfterMs = 5000

export interface KeyUses {
  note(id: string): void
  lastUsedAt(id: string): string | undefined
  /** Writes what is still to be written. Uses that cannot be written now are kept for the next time. */
  flush(): Promise<void>
  /** Flushes, and starts no timer any more. */
  close(): Promise<void>
}

/** @param clock epoch milliseconds */
export function createKeyUses(store: Pick<GatewayKeyStore, 'touch'>, clock: () => number): KeyUses {
  // Epoch milliseconds: a request only notes the time, and what shows it writes it out.
  const latestMs = new Map<string, number>()
  const unwritten = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const uses = [...unwritten].map((id) => ({ id, lastUsedAt: isoOf(latestMs.get(id) ?? 0) }))
    if (uses.length === 0) return
    unwritten.clear()
    try {
      await store.touch(uses)
    } catch {
      // The vault was locked meanwhile.
      for (const { id } of uses) unwritten.add(id)
    }
  }
  return {
    note(id) {
      latestMs.set(id, clock())
      unwritten.add(id)
      if (timer === undefined && !closed) timer = setTimeout(() => void flush(), flushAfterMs).unref()
    },
    lastUsedAt: (id) => {
      const ms = latestMs.get(id)
      return ms === undefined ? undefined : isoOf(ms)
    },
    flush,
    async close() {
      closed = true
      await flush()
    },
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString()
}
