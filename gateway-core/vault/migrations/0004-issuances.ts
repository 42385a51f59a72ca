/** Tokens that were obtained or minted, one row each, in the order in which they were. Never the tokens. */
import type { Database } from 'better-sqlite3'

export function createIssuances(database: Database): void {
  database.exec(`
    CREATE TABLE issuances (
      position INTEGER PRIMARY KEY,
      server TEXT NOT NULL,
      client_id TEXT NOT NULL,
      document TEXT NOT NULL
    ) STRICT;
    CREATE INDEX issuances_by_server ON issuances (server, position);
    CREATE INDEX issuances_by_client ON issuances (client_id, position);
  `)
}
