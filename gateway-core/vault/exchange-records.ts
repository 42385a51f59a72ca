/** The table of exchanges: bounded in number and bytes, the oldest given up first. */
import { GatewayError } from '../contract/errors.js'
import { placesPerMs, type CapturedBatch, type ExchangeBatch } from '../contract/captured-batch.js'
import type { Exchange, ExchangeQuery, ExchangeSummary } from '../contract/exchange.js'
import type { VaultDatabase } from './database.js'

const maxExchanges = 50_000
const maxBytes = 256 * 1024 * 1024
const defaultLimit = 50
const maxLimit = 500

/** How exchanges become what is kept, and how that is read. The inspector supplies both. */
export interface ExchangeForm {
  /** @param secrets every value in the vault */
  createMasker(secrets: readonly string[]): (batch: CapturedBatch) => ExchangeBatch
  /** In the order of time. */
  readBatch(batch: ExchangeBatch): readonly KeptExchange[]
}

/** An exchange that is kept. */
export interface KeptExchange {
  readonly position: number
  readonly summary: () => ExchangeSummary
  readonly whole: () => Exchange
  /** Everything of it as text, to search in. */
  readonly text: () => string
}

export interface ExchangePage {
  readonly items: readonly ExchangeSummary[]
  readonly nextCursor?: string
}

export interface ExchangeRecords {
  /** Within a transaction. */
  append(batch: ExchangeBatch): void
  list(query: ExchangeQuery): ExchangePage
  get(id: string): Exchange | undefined
}

export function createExchangeRecords(database: VaultDatabase, { readBatch }: ExchangeForm): ExchangeRecords {
  const insert = database.prepare<ExchangeBatch & { readonly bytes: number }>(
    `INSERT INTO exchange_batches (oldest, newest, exchanges, bytes, shapes, frames)
     VALUES (@oldest, @newest, @exchanges, @bytes, @shapes, @frames)`,
  )
  const around = database.prepare<[number, number], ExchangeBatch>(
    'SELECT * FROM exchange_batches WHERE newest >= ? AND oldest <= ?',
  )
  const bounds = createBounds(database)
  return {
    append: (batch) => {
      const bytes = batch.frames.length + batch.shapes.length
      insert.run({ ...batch, bytes })
      bounds.added(batch.exchanges, bytes)
    },
    list: (query) => list(database, readBatch, query),
    get: (id) => {
      const position = positionOf(id)
      for (const batch of around.all(position, position))
        for (const kept of readBatch(batch)) if (kept.position === position) return kept.whole()
      return undefined
    },
  }
}

/** Keeps the table within its bounds. Counts once, when the first exchange comes, and from then on adds up. */
function createBounds(database: VaultDatabase): { added(exchanges: number, bytes: number): void } {
  const totals = database.prepare<[], { kept: number; bytes: number }>(
    'SELECT coalesce(sum(exchanges), 0) AS kept, coalesce(sum(bytes), 0) AS bytes FROM exchange_batches',
  )
  const oldest = database.prepare<[], { id: number; exchanges: number; bytes: number }>(
    'SELECT id, exchanges, bytes FROM exchange_batches ORDER BY id LIMIT 1',
  )
  const remove = database.prepare<[number]>('DELETE FROM exchange_batches WHERE id = ?')
  let sum: { kept: number; bytes: number } | undefined
  return {
    added: (exchanges, bytes) => {
      if (sum === undefined) sum = totals.get() ?? { kept: 0, bytes: 0 }
      else sum = { kept: sum.kept + exchanges, bytes: sum.bytes + bytes }
      while (sum.kept > maxExchanges || sum.bytes > maxBytes) {
        const first = oldest.get()
        if (first === undefined) return
        remove.run(first.id)
        sum = { kept: sum.kept - first.exchanges, bytes: sum.bytes - first.bytes }
      }
    },
  }
}

/** Reads batches from the newest on, until none of the rest can hold what still belongs on the page. */
function list(database: VaultDatabase, readBatch: ExchangeForm['readBatch'], query: ExchangeQuery): ExchangePage {
  const limit = Math.min(Math.max(query.limit ?? defaultLimit, 1), maxLimit)
  const from = query.since === undefined ? 0 : Date.parse(query.since) * placesPerMs
  const to = Math.min(
    query.until === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(query.until) * placesPerMs,
    query.cursor === undefined ? Number.MAX_SAFE_INTEGER : readCursor(query.cursor),
  )
  const matches = matcherOf(query)
  const batches = database.prepare<[number, number], ExchangeBatch>(
    'SELECT * FROM exchange_batches WHERE newest >= ? AND oldest < ? ORDER BY newest DESC, id DESC',
  )
  let found: { readonly position: number; readonly summary: ExchangeSummary }[] = []
  for (const batch of batches.iterate(from, to)) {
    const surplus = found[limit]
    if (surplus !== undefined && surplus.position >= batch.newest) break
    for (const kept of readBatch(batch)) {
      if (kept.position < from || kept.position >= to) continue
      const summary = kept.summary()
      if (matches(summary, kept)) found.push({ position: kept.position, summary })
    }
    found = found.sort((a, b) => b.position - a.position).slice(0, limit + 1)
  }
  const last = found.length > limit ? found[limit - 1] : undefined
  return {
    items: found.slice(0, limit).map(({ summary }) => summary),
    ...(last !== undefined && { nextCursor: last.position.toString(36) }),
  }
}

function matcherOf(query: ExchangeQuery): (summary: ExchangeSummary, kept: KeptExchange) => boolean {
  const { server, caller, verdict, tool, status } = query
  const text = query.q?.toLowerCase()
  return (summary, kept) =>
    (server === undefined || summary.server === server) &&
    (caller === undefined || summary.caller?.id === caller || summary.caller?.subject === caller) &&
    (verdict === undefined || summary.verdict.decision === verdict) &&
    (tool === undefined || summary.tool === tool) &&
    (status === undefined || summary.response.status === status) &&
    (text === undefined || kept.text().toLowerCase().includes(text))
}

/** NaN where the text is no id, which no row has. */
function positionOf(id: string): number {
  return /^[0-9a-z]{1,11}$/.test(id) ? Number.parseInt(id, 36) : Number.NaN
}

/** @throws GatewayError `invalid_input` */
function readCursor(cursor: string): number {
  const position = positionOf(cursor)
  if (!Number.isNaN(position)) return position
  throw new GatewayError('invalid_input', {
    errors: [{ path: 'cursor', message: 'expected a nextCursor of an earlier answer' }],
  })
}
