/**
 * What exchanges are found by: a segment describes the exchanges of one or more batches in a few bytes each, in the order
 * of time, so that a search reads little. What was recorded before has no such description and is left behind. Beside it,
 * settings that the gateway itself goes by, and filters that people keep.
 */
import type { Database } from 'better-sqlite3'

export function createExchangeSearch(database: Database): void {
  createExchangeSegments(database)
  database.exec(`
    CREATE TABLE settings (name TEXT PRIMARY KEY, document TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE saved_filters (
      name TEXT PRIMARY KEY,
      q TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `)
}

export function createExchangeSegments(database: Database): void {
  database.exec(`
    DELETE FROM exchange_batches;
    CREATE TABLE exchange_segments (
      id INTEGER PRIMARY KEY,
      level INTEGER NOT NULL,
      oldest INTEGER NOT NULL,
      newest INTEGER NOT NULL,
      last_batch INTEGER NOT NULL,
      exchanges INTEGER NOT NULL,
      facets TEXT NOT NULL,
      calls TEXT NOT NULL,
      records BLOB NOT NULL
    ) STRICT;
    CREATE INDEX exchange_segments_by_level ON exchange_segments (level, id, exchanges);
    CREATE INDEX exchange_segments_by_time ON exchange_segments (newest, oldest, id);
    CREATE INDEX exchange_segments_by_batch ON exchange_segments (last_batch);
  `)
}
