/** Where exchanges are kept: in the vault's file, or in a database in memory that is gone with the thread. */
import Database from 'better-sqlite3'
import type { ExchangeBounds, ExchangeSettings } from '../contract/exchange.js'
import type { VaultDatabase } from './database.js'
import type { ExchangeForm } from './exchange-form.js'
import { createExchangeRecords, type ExchangeRecords } from './exchange-records.js'
import { createExchanges } from './migrations/0002-exchanges.js'
import { createExchangeBatches } from './migrations/0003-exchange-batches.js'
import { createExchangeSegments } from './migrations/0006-exchange-search.js'
import { createExchangeTexts } from './migrations/0010-exchange-texts.js'

const maxMemoryBytes = 256 * 1024 * 1024

export interface ExchangeKeeping {
  readonly records: ExchangeRecords
  readonly keep: ExchangeSettings['keep']
  /** Within a transaction of the vault. Whoever changes the place gives up what was kept in the other. */
  apply(settings: ExchangeSettings): void
  close(): void
}

export function createExchangeKeeping(
  database: VaultDatabase,
  form: ExchangeForm,
  atFirst: ExchangeSettings,
): ExchangeKeeping {
  const onDisk = createExchangeRecords(database, form, atFirst)
  let memory: VaultDatabase | undefined
  let keep = atFirst.keep
  let records = onDisk
  const toMemory = (settings: ExchangeSettings): void => {
    memory = openInMemory()
    records = createExchangeRecords(memory, form, inMemoryBounds(settings))
  }
  if (keep === 'memory') toMemory(atFirst)
  return {
    get records() {
      return records
    },
    get keep() {
      return keep
    },
    apply: (settings) => {
      if (settings.keep !== keep) {
        memory?.close()
        memory = undefined
        records = onDisk
        onDisk.clear()
        if (settings.keep === 'memory') toMemory(settings)
      }
      keep = settings.keep
      records.setBounds(keep === 'memory' ? inMemoryBounds(settings) : settings)
    },
    close: () => memory?.close(),
  }
}

function inMemoryBounds(bounds: ExchangeBounds): ExchangeBounds {
  return { ...bounds, maxBytes: Math.min(bounds.maxBytes, maxMemoryBytes) }
}

function openInMemory(): VaultDatabase {
  const database = new Database(':memory:')
  const migrations = [createExchanges, createExchangeBatches, createExchangeSegments, createExchangeTexts]
  for (const migration of migrations) migration(database)
  return database
}
