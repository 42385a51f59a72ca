/** Secrets, gateway keys, profiles and servers. */
import type { Database } from 'better-sqlite3'

export function createSecretsAndConfiguration(database: Database): void {
  database.exec(`
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE secrets (
      name TEXT NOT NULL,
      subject TEXT NOT NULL,
      generation INTEGER NOT NULL,
      destinations TEXT NOT NULL,
      envelope BLOB NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      PRIMARY KEY (name, subject)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE gateway_keys (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      hash TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL CHECK (kind IN ('service', 'legacy')),
      hint TEXT NOT NULL,
      subject TEXT NOT NULL,
      email TEXT,
      agent TEXT,
      servers TEXT,
      tools TEXT,
      created_at TEXT NOT NULL,
      expires_at TEXT,
      last_used_at TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE profiles (
      name TEXT PRIMARY KEY,
      settings TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE servers (
      slug TEXT PRIMARY KEY,
      profile TEXT NOT NULL,
      config TEXT NOT NULL,
      approved_command TEXT,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
  `)
}
