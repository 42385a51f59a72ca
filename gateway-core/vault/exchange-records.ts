/** The tables of exchanges: bounded in number, age and bytes, the oldest given up first. */
import { placesPerMs, type ExchangeBatch, type MaskedBatch } from '../contract/captured-batch.js'
import type { Exchange, ExchangeBounds, ExchangeQuery } from '../contract/exchange.js'
import type { VaultDatabase } from './database.js'
import type { ExchangeForm, ExchangePage } from './exchange-form.js'
import { positionOf, replaysOf, searchExchanges, type SearchedExchanges } from './exchange-search.js'
import { createExchangeSegments, type ExchangeSegments } from './exchange-segments.js'
import { createExchangeTexts, type ExchangeTexts } from './exchange-texts.js'

const dayMs = 86_400_000
/** One request of the vault's thread must not keep the others waiting for longer. */
const searchBudgetMs = 60

export interface ExchangeRecords {
  /** Within a transaction. */
  append(batch: MaskedBatch): void
  list(query: ExchangeQuery): ExchangePage
  get(id: string): Exchange | undefined
  /** Within a transaction. */
  setBounds(bounds: ExchangeBounds): void
  /** Within a transaction. */
  clear(): void
}

export function createExchangeRecords(
  database: VaultDatabase,
  { readBatch, readFacets }: ExchangeForm,
  atFirst: ExchangeBounds,
  nowMs: () => number = Date.now,
): ExchangeRecords {
  const insert = database.prepare<ExchangeBatch & { readonly bytes: number }>(
    `INSERT INTO exchange_batches (oldest, newest, exchanges, bytes, shapes, frames)
     VALUES (@oldest, @newest, @exchanges, @bytes, @shapes, @frames)`,
  )
  const around = database.prepare<[number, number], ExchangeBatch>(
    'SELECT * FROM exchange_batches WHERE newest >= ? AND oldest <= ?',
  )
  const segments = createExchangeSegments(database)
  const texts = createExchangeTexts(database)
  let bounds = atFirst
  const room = createRoom(database, [segments, texts], nowMs)
  const kept: SearchedExchanges = { segments, texts, ...batchReaders(database, readBatch) }
  const floor = (): number => Math.max(0, nowMs() - bounds.maxAgeDays * dayMs) * placesPerMs
  return {
    append: ({ oldest, newest, exchanges, shapes, frames, calls, entries }) => {
      const bytes = frames.length + shapes.length
      const { lastInsertRowid } = insert.run({ oldest, newest, exchanges, shapes, frames, bytes })
      segments.append(
        { oldest, newest, exchanges, shapes, frames, calls, entries },
        Number(lastInsertRowid),
        readFacets(shapes),
      )
      texts.added(exchanges, bytes)
      room.added(exchanges, bytes, bounds)
    },
    list: (query) => searchExchanges(kept, query, { floor: floor(), budgetMs: searchBudgetMs }),
    get: (id) => {
      const position = positionOf(id)
      if (!(position >= floor())) return undefined
      for (const batch of around.all(position, position))
        for (const found of readBatch(batch))
          if (found.position === position) return withReplays(found.whole(), segments)
      return undefined
    },
    setBounds: (changed) => {
      bounds = changed
      room.added(0, 0, bounds)
    },
    clear: () => {
      database.prepare('DELETE FROM exchange_batches').run()
      segments.clear()
      texts.clear()
      room.forget()
    },
  }
}

function batchReaders(
  database: VaultDatabase,
  readBatch: ExchangeForm['readBatch'],
): Pick<SearchedExchanges, 'firstBatch' | 'read'> {
  const one = database.prepare<[number], ExchangeBatch>('SELECT * FROM exchange_batches WHERE id = ?')
  const firstBatch = database.prepare<[], number>('SELECT coalesce(min(id), 0) FROM exchange_batches').pluck()
  return {
    firstBatch: () => firstBatch.get() ?? 0,
    read: (id, ordinals) => {
      const batch = one.get(id)
      return batch === undefined ? [] : readBatch(batch, ordinals)
    },
  }
}

function withReplays(exchange: Exchange, segments: ExchangeSegments): Exchange {
  const replays = replaysOf(segments, exchange.id)
  return replays.length === 0 ? exchange : { ...exchange, replays }
}

interface Room {
  /** Gives up the oldest until the rest is within the bounds. */
  added(exchanges: number, bytes: number, bounds: ExchangeBounds): void
  /** Everything was removed. */
  forget(): void
}

/** Keeps the tables within their bounds. Counts once, when the first exchange comes, and from then on adds up. */
function createRoom(
  database: VaultDatabase,
  indexes: readonly Pick<ExchangeTexts, 'forgetBefore'>[],
  nowMs: () => number,
): Room {
  const totals = database.prepare<[], { kept: number; bytes: number }>(
    'SELECT coalesce(sum(exchanges), 0) AS kept, coalesce(sum(bytes), 0) AS bytes FROM exchange_batches',
  )
  const oldest = database.prepare<[], { id: number; newest: number; exchanges: number; bytes: number }>(
    'SELECT id, newest, exchanges, bytes FROM exchange_batches ORDER BY id LIMIT 1',
  )
  const remove = database.prepare<[number]>('DELETE FROM exchange_batches WHERE id = ?')
  let sum: { kept: number; bytes: number } | undefined
  /** When the oldest batch ended, where that is known. */
  let oldestEnd: number | undefined
  return {
    added: (exchanges, bytes, { maxExchanges, maxBytes, maxAgeDays }) => {
      if (sum === undefined) sum = totals.get() ?? { kept: 0, bytes: 0 }
      else sum = { kept: sum.kept + exchanges, bytes: sum.bytes + bytes }
      const floor = (nowMs() - maxAgeDays * dayMs) * placesPerMs
      oldestEnd ??= oldest.get()?.newest
      let removedUpTo: number | undefined
      while (sum.kept > maxExchanges || sum.bytes > maxBytes || (oldestEnd !== undefined && oldestEnd < floor)) {
        const first = oldest.get()
        oldestEnd = first?.newest
        if (first === undefined) break
        if (sum.kept <= maxExchanges && sum.bytes <= maxBytes && first.newest >= floor) break
        remove.run(first.id)
        removedUpTo = first.id
        sum = { kept: sum.kept - first.exchanges, bytes: sum.bytes - first.bytes }
      }
      if (removedUpTo !== undefined) for (const index of indexes) index.forgetBefore(removedUpTo + 1)
    },
    forget: () => {
      sum = undefined
      oldestEnd = undefined
    },
  }
}
