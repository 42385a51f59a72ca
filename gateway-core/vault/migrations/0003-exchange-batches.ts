/**
 * Recorded exchanges, many in a row: a row for each cost every request more than lists gain. What was recorded before is
 * left behind, as it is of the last days at most and another form. What is searched by comes first, so that a search by
 * time does not read the frames.
 */
import type { Database } from 'better-sqlite3'

export function createExchangeBatches(database: Database): void {
  database.exec(`
    DROP TABLE exchanges;
    CREATE TABLE exchange_batches (
      id INTEGER PRIMARY KEY,
      oldest INTEGER NOT NULL,
      newest INTEGER NOT NULL,
      exchanges INTEGER NOT NULL,
      bytes INTEGER NOT NULL,
      shapes TEXT NOT NULL,
      frames BLOB NOT NULL
    ) STRICT;
    CREATE INDEX exchange_batches_by_time ON exchange_batches (newest, oldest);
  `)
}
