/**
 * Recorded exchanges, in order of time. The position is the id, read as a number. There is no other index, as each would
 * cost every request more than lists gain. Bodies come last, so that lists do not read them.
 */
import type { Database } from 'better-sqlite3'

export function createExchanges(database: Database): void {
  database.exec(`
    CREATE TABLE exchanges (
      position INTEGER PRIMARY KEY,
      server TEXT,
      caller_id TEXT,
      subject TEXT,
      verdict TEXT NOT NULL,
      method TEXT,
      tool TEXT,
      status INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      document TEXT NOT NULL,
      request TEXT NOT NULL,
      response TEXT NOT NULL,
      events TEXT
    ) STRICT;
  `)
}
