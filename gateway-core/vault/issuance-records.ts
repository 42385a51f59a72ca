/** The table of tokens that were obtained or minted: bounded in number, the oldest given up first. */
import { GatewayError } from '../contract/errors.js'
import type { Issuance, IssuancePage, IssuanceQuery } from '../contract/issuance.js'
import type { VaultDatabase } from './database.js'

const maxIssuances = 100_000
const defaultLimit = 50
const maxLimit = 500

export interface IssuanceRecords {
  /** Within a transaction. */
  append(issuances: readonly Issuance[]): void
  /** @throws GatewayError `invalid_input` for a cursor that is none */
  list(query: IssuanceQuery): IssuancePage
  get(id: string): Issuance | undefined
}

interface IssuanceRow {
  readonly position: number
  readonly document: string
}

export function createIssuanceRecords(database: VaultDatabase, bound = maxIssuances): IssuanceRecords {
  const insert = database.prepare<{ server: string; client: string; document: string }>(
    'INSERT INTO issuances (server, client_id, document) VALUES (@server, @client, @document)',
  )
  const forget = database.prepare<[number]>(
    'DELETE FROM issuances WHERE position <= (SELECT max(position) FROM issuances) - ?',
  )
  // Without an index: only a person asks for one, and there are never many.
  const byId = database.prepare<[string], { readonly document: string }>(
    "SELECT document FROM issuances WHERE json_extract(document, '$.id') = ?",
  )
  return {
    append: (issuances) => {
      for (const issuance of issuances)
        insert.run({ server: issuance.server, client: issuance.clientId, document: JSON.stringify(issuance) })
      forget.run(bound)
    },
    get: (id) => {
      const row = byId.get(id)
      return row === undefined ? undefined : (JSON.parse(row.document) as Issuance)
    },
    list: ({ server, client, cursor, limit }) => {
      const wanted = Math.min(Math.max(limit ?? defaultLimit, 1), maxLimit)
      const before = cursor === undefined ? undefined : readCursor(cursor)
      const conditions = [
        ...(server === undefined ? [] : ['server = @server']),
        ...(client === undefined ? [] : ['client_id = @client']),
        ...(before === undefined ? [] : ['position < @before']),
      ]
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
      const rows = database
        .prepare<[Readonly<Record<string, string | number>>], IssuanceRow>(
          `SELECT position, document FROM issuances ${where} ORDER BY position DESC LIMIT @limit`,
        )
        .all({
          ...(server === undefined ? {} : { server }),
          ...(client === undefined ? {} : { client }),
          ...(before === undefined ? {} : { before }),
          // One more than is wanted tells whether there are more.
          limit: wanted + 1,
        })
      const page = rows.slice(0, wanted)
      const last = rows.length > wanted ? page.at(-1) : undefined
      return {
        items: page.map(({ document }) => JSON.parse(document) as Issuance),
        ...(last === undefined ? {} : { nextCursor: `${cursorMark}${last.position}` }),
      }
    },
  }
}

/** Tells a cursor from any other word. */
const cursorMark = 'before-'

/** @throws GatewayError `invalid_input` */
function readCursor(cursor: string): number {
  const [, position] = /^before-(\d{1,15})$/.exec(cursor) ?? []
  if (position !== undefined) return Number(position)
  const message = 'expected a nextCursor of an earlier answer'
  throw new GatewayError('invalid_input', { detail: `cursor: ${message}`, errors: [{ path: 'cursor', message }] })
}
