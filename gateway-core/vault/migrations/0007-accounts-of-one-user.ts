/**
 * Any number of accounts of one subject at one server, told apart by their labels and by the configured client that they
 * are for; and which of them a key uses. What was there before has no label, and is for the server's own client.
 */
import type { Database } from 'better-sqlite3'

export function addAccountsOfOneUser(database: Database): void {
  // By way of memory: a second table beside the first would leave its pages behind, empty.
  const rows = database.prepare('SELECT * FROM accounts').all()
  database.exec(`
    DROP TABLE accounts;
    CREATE TABLE accounts (
      id TEXT PRIMARY KEY,
      server TEXT NOT NULL,
      subject TEXT NOT NULL,
      client_key TEXT NOT NULL DEFAULT '',
      label TEXT NOT NULL DEFAULT '',
      is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
      generation INTEGER NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('connected', 'sign_in_needed')),
      reason TEXT,
      document TEXT NOT NULL,
      envelope BLOB NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      UNIQUE (server, subject, client_key, label)
    ) STRICT, WITHOUT ROWID;
    ALTER TABLE gateway_keys ADD COLUMN accounts TEXT;
  `)
  const insert = database.prepare(`
    INSERT INTO accounts (id, server, subject, generation, status, reason, document, envelope, created_at, updated_at)
    VALUES (@id, @server, @subject, @generation, @status, @reason, @document, @envelope, @created_at, @updated_at)`)
  for (const row of rows) insert.run(row)
}
