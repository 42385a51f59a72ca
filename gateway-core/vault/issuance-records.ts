/** The table of tokens that were obtained or minted: bounded in number, the oldest given up first. */
import type { Issuance, IssuanceQuery } from '../contract/issuance.js'
import type { VaultDatabase } from './database.js'

const maxIssuances = 100_000
const defaultLimit = 50
const maxLimit = 500

export interface IssuanceRecords {
  /** Within a transaction. */
  append(issuances: readonly Issuance[]): void
  /** Newest first. */
  list(query: IssuanceQuery): readonly Issuance[]
}

export function createIssuanceRecords(database: VaultDatabase, bound = maxIssuances): IssuanceRecords {
  const insert = database.prepare<{ server: string; client: string; document: string }>(
    'INSERT INTO issuances (server, client_id, document) VALUES (@server, @client, @document)',
  )
  const forget = database.prepare<[number]>(
    'DELETE FROM issuances WHERE position <= (SELECT max(position) FROM issuances) - ?',
  )
  return {
    append: (issuances) => {
      for (const issuance of issuances)
        insert.run({ server: issuance.server, client: issuance.clientId, document: JSON.stringify(issuance) })
      forget.run(bound)
    },
    list: ({ server, client, limit }) => {
      const conditions = [
        ...(server === undefined ? [] : ['server = @server']),
        ...(client === undefined ? [] : ['client_id = @client']),
      ]
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
      const rows = database
        .prepare<[Readonly<Record<string, string | number>>], { readonly document: string }>(
          `SELECT document FROM issuances ${where} ORDER BY position DESC LIMIT @limit`,
        )
        .all({
          ...(server === undefined ? {} : { server }),
          ...(client === undefined ? {} : { client }),
          limit: Math.min(Math.max(limit ?? defaultLimit, 1), maxLimit),
        })
      return rows.map(({ document }) => JSON.parse(document) as Issuance)
    },
  }
}
