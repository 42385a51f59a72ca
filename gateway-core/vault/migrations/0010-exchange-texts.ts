/**
 * Signatures of what exchanges say, one for the batches from `first_batch` to `last_batch`, so that a search for text
 * reads only those exchanges that may hold it.
 */
import type { Database } from 'better-sqlite3'

export function createExchangeTexts(database: Database): void {
  database.exec(`
    CREATE TABLE exchange_texts (
      first_batch INTEGER PRIMARY KEY,
      last_batch INTEGER NOT NULL,
      signature BLOB NOT NULL
    ) STRICT;
    CREATE INDEX exchange_texts_by_last_batch ON exchange_texts (last_batch);
  `)
}
