/** The table of exchanges: bounded in number and bytes, the oldest given up first. */
import { GatewayError } from '../contract/errors.js'
import { placesPerMs, type CapturedExchange } from '../contract/captured-exchange.js'
import type { Exchange, ExchangeQuery, ExchangeSummary, StreamEvent } from '../contract/exchange.js'
import type { VaultDatabase } from './database.js'

const maxExchanges = 50_000
const maxBytes = 256 * 1024 * 1024
/** How many are given up at once, so that it need not be done at each write. */
const pruneStep = 1000
const defaultLimit = 50
const maxLimit = 500

/** How exchanges become what is kept, and how that is read. The inspector supplies both. */
export interface ExchangeForm {
  /** @param secrets every value in the vault */
  createMasker(secrets: readonly string[]): (exchange: CapturedExchange) => MaskedExchange
  readDocument(document: string): ExchangeSummary
}

/** An exchange with no secret in it. */
export interface MaskedExchange {
  readonly document: string
  readonly request: string
  readonly response: string
  /** JSON of a stream's events. */
  readonly events: string | null
}

interface ListedRow {
  readonly position: number
  readonly document: string
}

export interface ExchangeRecords {
  /** Within a transaction. */
  append(captured: readonly CapturedExchange[], masked: readonly MaskedExchange[]): void
  list(query: ExchangeQuery): { items: ExchangeSummary[]; nextCursor?: string }
  get(id: string): Exchange | undefined
}

export function createExchangeRecords(database: VaultDatabase, { readDocument }: ExchangeForm): ExchangeRecords {
  const insert = database.prepare<InsertedRow>(`
    INSERT OR IGNORE INTO exchanges VALUES (
      @position, @server, @callerId, @subject, @verdict, @method, @tool, @status, @bytes, @document, @request, @response,
      @events)`)
  const one = database.prepare<[number], MaskedExchange>(
    'SELECT document, request, response, events FROM exchanges WHERE position = ?',
  )
  const bounds = createBounds(database)
  return {
    append: (captured, masked) => {
      let bytes = 0
      for (const [index, { id, server, callerId, subject, verdict, method, tool, status }] of captured.entries()) {
        const kept = masked[index]
        if (kept === undefined) continue
        const { document, request, response, events } = kept
        const size = document.length + request.length + response.length + (events?.length ?? 0)
        const row = { position: positionOf(id), server, callerId, subject, verdict, method, tool, status, bytes: size }
        insert.run({ ...row, document, request, response, events })
        bytes += size
      }
      bounds.added(captured.length, bytes)
    },
    list: (query) => list(database, readDocument, query),
    get: (id) => {
      const row = one.get(positionOf(id))
      return row === undefined ? undefined : whole(readDocument(row.document), row)
    },
  }
}

interface InsertedRow extends MaskedExchange {
  readonly position: number
  readonly server: string
  readonly callerId: string | null
  readonly subject: string | null
  readonly verdict: string
  readonly method: string | null
  readonly tool: string | null
  readonly status: number
  readonly bytes: number
}

/** Keeps the table within its bounds. Counts once, when the first exchange comes, and from then on adds up. */
function createBounds(database: VaultDatabase): { added(exchanges: number, bytes: number): void } {
  const totals = database.prepare<[], { kept: number; bytes: number }>(
    'SELECT count(*) AS kept, coalesce(sum(bytes), 0) AS bytes FROM exchanges',
  )
  const oldest = database.prepare<[number], { position: number; bytes: number }>(
    'SELECT position, bytes FROM exchanges ORDER BY position LIMIT ?',
  )
  const removeTo = database.prepare<[number]>('DELETE FROM exchanges WHERE position <= ?')
  let sum: { kept: number; bytes: number } | undefined
  return {
    added: (exchanges, bytes) => {
      if (sum === undefined) sum = totals.get() ?? { kept: 0, bytes: 0 }
      else sum = { kept: sum.kept + exchanges, bytes: sum.bytes + bytes }
      while (sum.kept > maxExchanges || sum.bytes > maxBytes) {
        const rows = oldest.all(pruneStep)
        const last = rows.at(-1)
        if (last === undefined) return
        removeTo.run(last.position)
        sum = { kept: sum.kept - rows.length, bytes: rows.reduce((left, row) => left - row.bytes, sum.bytes) }
      }
    },
  }
}

function whole(summary: ExchangeSummary, { request, response, events }: MaskedExchange): Exchange {
  return {
    ...summary,
    request: { ...summary.request, ...(request !== '' && { body: request }) },
    response: {
      ...summary.response,
      ...(response !== '' && { body: response }),
      ...(events !== null && { events: JSON.parse(events) as StreamEvent[] }),
    },
  }
}

function list(
  database: VaultDatabase,
  readDocument: ExchangeForm['readDocument'],
  query: ExchangeQuery,
): { items: ExchangeSummary[]; nextCursor?: string } {
  const limit = Math.min(Math.max(query.limit ?? defaultLimit, 1), maxLimit)
  const conditions: string[] = []
  const values: (string | number)[] = []
  const where = (condition: string, ...bound: (string | number)[]): void => {
    conditions.push(condition)
    values.push(...bound)
  }
  if (query.server !== undefined) where('server = ?', query.server)
  if (query.caller !== undefined) where('(caller_id = ? OR subject = ?)', query.caller, query.caller)
  if (query.verdict !== undefined) where('verdict = ?', query.verdict)
  if (query.tool !== undefined) where('tool = ?', query.tool)
  if (query.status !== undefined) where('status = ?', query.status)
  if (query.since !== undefined) where('position >= ?', Date.parse(query.since) * placesPerMs)
  if (query.until !== undefined) where('position < ?', Date.parse(query.until) * placesPerMs)
  if (query.q !== undefined) {
    const pattern = `%${query.q.replace(/[\\%_]/g, (special) => `\\${special}`)}%`
    const columns = ['document', 'request', 'response', 'events'].map((column) => `${column} LIKE ? ESCAPE '\\'`)
    where(`(${columns.join(' OR ')})`, pattern, pattern, pattern, pattern)
  }
  if (query.cursor !== undefined) where('position < ?', readCursor(query.cursor))
  const rows = database
    .prepare<(string | number)[], ListedRow>(
      `SELECT position, document FROM exchanges ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
       ORDER BY position DESC LIMIT ${limit + 1}`,
    )
    .all(...values)
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    items: rows.slice(0, limit).map(({ document }) => readDocument(document)),
    ...(last !== undefined && { nextCursor: last.position.toString(36) }),
  }
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
