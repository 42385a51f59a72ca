/**
 * Accounts at servers, one for each server and subject, with their tokens in an envelope; and the OAuth clients that
 * providers registered. Leases say which process refreshes an account, and are worth nothing to whoever edits them.
 */
import type { Database } from 'better-sqlite3'

export function createAccounts(database: Database): void {
  database.exec(`
    CREATE TABLE accounts (
      id TEXT PRIMARY KEY,
      server TEXT NOT NULL,
      subject TEXT NOT NULL,
      generation INTEGER NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('connected', 'sign_in_needed')),
      reason TEXT,
      document TEXT NOT NULL,
      envelope BLOB NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      UNIQUE (server, subject)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE account_leases (
      account TEXT PRIMARY KEY,
      holder TEXT NOT NULL,
      until_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE oauth_clients (
      issuer TEXT NOT NULL,
      redirect_uri TEXT NOT NULL,
      generation INTEGER NOT NULL,
      document TEXT NOT NULL,
      envelope BLOB NOT NULL,
      created_at TEXT NOT NULL,
      PRIMARY KEY (issuer, redirect_uri)
    ) STRICT, WITHOUT ROWID;
  `)
}
