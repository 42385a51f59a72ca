/**
 * What the gateway's own authorization server keeps: clients, grants, codes, refresh tokens, sessions. Ids are digests, as
 * some are as good as what they identify; what is kept is in an envelope.
 */
import type { Database } from 'better-sqlite3'

export function createSignIn(database: Database): void {
  database.exec(`
    CREATE TABLE sign_in_records (
      kind TEXT NOT NULL,
      id TEXT NOT NULL,
      grant_id TEXT,
      uid TEXT,
      created_ms INTEGER NOT NULL,
      expires_ms INTEGER,
      consumed_ms INTEGER,
      envelope BLOB NOT NULL,
      PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sign_in_records_by_grant ON sign_in_records (grant_id) WHERE grant_id IS NOT NULL;
    CREATE INDEX sign_in_records_by_uid ON sign_in_records (kind, uid) WHERE uid IS NOT NULL;
  `)
}
