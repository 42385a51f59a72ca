/** Recorded exchanges. Bodies are kept apart, so that lists do not read them. */
import type { Database } from 'better-sqlite3'

export function createExchanges(database: Database): void {
  database.exec(`
    CREATE TABLE exchanges (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      started_at INTEGER NOT NULL,
      server TEXT,
      caller_id TEXT,
      subject TEXT,
      verdict TEXT NOT NULL,
      method TEXT,
      tool TEXT,
      status INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      summary TEXT NOT NULL,
      bodies TEXT NOT NULL
    ) STRICT;
    CREATE INDEX exchanges_by_time ON exchanges (started_at, position);
    CREATE INDEX exchanges_by_server ON exchanges (server, started_at, position);
  `)
}
