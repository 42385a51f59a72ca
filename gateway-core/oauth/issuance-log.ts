/** Notes each token that was obtained, and writes the notes to the vault behind the requests, many at a time. */
import type { Logger } from 'pino'
import type { Issuance, IssuancePage, IssuanceQuery } from '../contract/issuance.js'
import type { IssuanceStore } from '../vault/vault.js'

const writeAfterMs = 100
const maxPending = 10_000

export interface IssuanceLog {
  note(issuance: Issuance): void
  /** Newest first, with everything that was noted before. */
  list(query: IssuanceQuery): Promise<IssuancePage>
  get(id: string): Promise<Issuance | undefined>
  /** Writes what was noted. Never throws: what cannot be written is given up, and logged. */
  flush(): Promise<void>
}

export function createIssuanceLog(store: IssuanceStore, logger: Pick<Logger, 'warn'>): IssuanceLog {
  let pending: Issuance[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const batch = pending
    pending = []
    if (batch.length === 0) return
    await store.append(batch).catch((error: unknown) => {
      logger.warn({ err: error, issuances: batch.length }, 'tokens were obtained and could not be listed')
    })
  }
  const flush = (): Promise<void> => (writing = writing.then(write))
  return {
    note: (issuance) => {
      if (pending.length >= maxPending) pending.shift()
      pending.push(issuance)
      timer ??= setTimeout(() => void flush(), writeAfterMs).unref()
    },
    list: async (query) => {
      await flush()
      return store.list(query)
    },
    get: async (id) => {
      await flush()
      return store.get(id)
    },
    flush,
  }
}
