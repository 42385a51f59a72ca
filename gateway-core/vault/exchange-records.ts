/** The table of exchanges: bounded in number and bytes, the oldest given up first. */
import { GatewayError } from '../contract/errors.js'
import type { Exchange, ExchangeQuery, ExchangeSummary } from '../contract/exchange.js'
import type { VaultDatabase } from './database.js'

const maxExchanges = 50_000
const maxBytes = 256 * 1024 * 1024
/** How many are given up at once, so that it need not be done at each write. */
const pruneStep = 1000
const defaultLimit = 50
const maxLimit = 500

/** As the masker gives it. */
export interface ExchangeToKeep {
  readonly summary: ExchangeSummary
  readonly bodies: ExchangeBodiesToKeep
}

interface ExchangeBodiesToKeep {
  readonly request?: string | undefined
  readonly response?: string | undefined
  readonly events?: Exchange['response']['events']
}

interface ListedRow {
  readonly position: number
  readonly started_at: number
  readonly summary: string
}

export interface ExchangeRecords {
  /** Within a transaction. */
  append(exchanges: readonly ExchangeToKeep[]): void
  list(query: ExchangeQuery): { items: ExchangeSummary[]; nextCursor?: string }
  get(id: string): Exchange | undefined
}

export function createExchangeRecords(database: VaultDatabase): ExchangeRecords {
  const insert = database.prepare(`
    INSERT INTO exchanges (id, started_at, server, caller_id, subject, verdict, method, tool, status, bytes, summary, bodies)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const one = database.prepare<[string], { summary: string; bodies: string }>('SELECT summary, bodies FROM exchanges WHERE id = ?')
  const totals = database.prepare<[], { kept: number; bytes: number }>(
    'SELECT count(*) AS kept, coalesce(sum(bytes), 0) AS bytes FROM exchanges',
  )
  const oldest = database.prepare<[number], { position: number; bytes: number }>(
    'SELECT position, bytes FROM exchanges ORDER BY position LIMIT ?',
  )
  const removeTo = database.prepare('DELETE FROM exchanges WHERE position <= ?')
  let { kept, bytes } = totals.get() ?? { kept: 0, bytes: 0 }

  const prune = (): void => {
    while (kept > maxExchanges || bytes > maxBytes) {
      const rows = oldest.all(pruneStep)
      const last = rows.at(-1)
      if (last === undefined) return
      removeTo.run(last.position)
      kept -= rows.length
      for (const row of rows) bytes -= row.bytes
    }
  }

  return {
    append: (exchanges) => {
      for (const { summary, bodies } of exchanges) {
        const summaryText = JSON.stringify(summary)
        const bodiesText = JSON.stringify(bodies)
        const size = summaryText.length + bodiesText.length
        const { id, startedAt, server, caller, verdict, method, tool, response } = summary
        insert.run(id, Date.parse(startedAt), server, caller?.id ?? null, caller?.subject ?? null, verdict.decision, method, tool, response.status, size, summaryText, bodiesText)
        kept++
        bytes += size
      }
      prune()
    },
    list: (query) => list(database, query),
    get: (id) => {
      const row = one.get(id)
      return row === undefined ? undefined : whole(JSON.parse(row.summary) as ExchangeSummary, JSON.parse(row.bodies) as ExchangeBodiesToKeep)
    },
  }
}

function whole(summary: ExchangeSummary, bodies: ExchangeBodiesToKeep): Exchange {
  return {
    ...summary,
    request: { ...summary.request, ...(bodies.request !== undefined && { body: bodies.request }) },
    response: {
      ...summary.response,
      ...(bodies.response !== undefined && { body: bodies.response }),
      ...(bodies.events !== undefined && { events: bodies.events }),
    },
  }
}

function list(database: VaultDatabase, query: ExchangeQuery): { items: ExchangeSummary[]; nextCursor?: string } {
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
  if (query.since !== undefined) where('started_at >= ?', Date.parse(query.since))
  if (query.until !== undefined) where('started_at < ?', Date.parse(query.until))
  if (query.q !== undefined) {
    const pattern = `%${query.q.replace(/[\\%_]/g, (special) => `\\${special}`)}%`
    where("(summary LIKE ? ESCAPE '\\' OR bodies LIKE ? ESCAPE '\\')", pattern, pattern)
  }
  if (query.cursor !== undefined) where('(started_at, position) < (?, ?)', ...readCursor(query.cursor))
  const rows = database
    .prepare<(string | number)[], ListedRow>(
      `SELECT position, started_at, summary FROM exchanges ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`}
       ORDER BY started_at DESC, position DESC LIMIT ${limit + 1}`,
    )
    .all(...values)
  const last = rows.length > limit ? rows[limit - 1] : undefined
  return {
    items: rows.slice(0, limit).map(({ summary }) => JSON.parse(summary) as ExchangeSummary),
    ...(last !== undefined && { nextCursor: Buffer.from(`${last.started_at}.${last.position}`).toString('base64url') }),
  }
}

/** @throws GatewayError `invalid_input` */
function readCursor(cursor: string): [number, number] {
  const match = /^(\d{1,16})\.(\d{1,16})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (match === null)
    throw new GatewayError('invalid_input', {
      errors: [{ path: 'cursor', message: 'expected a nextCursor of an earlier answer' }],
    })
  return [Number(match[1]), Number(match[2])]
}
