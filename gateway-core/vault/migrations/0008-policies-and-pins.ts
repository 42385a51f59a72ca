/** Shield's policies that were set by themselves, and every tool's definition as it was first seen or approved. */
import type { Database } from 'better-sqlite3'

export function createPoliciesAndPins(database: Database): void {
  database.exec(`
    CREATE TABLE policies (
      name TEXT PRIMARY KEY,
      text TEXT NOT NULL,
      updated_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tool_pins (
      server TEXT NOT NULL,
      tool TEXT NOT NULL,
      document TEXT NOT NULL,
      PRIMARY KEY (server, tool)
    ) STRICT, WITHOUT ROWID;
  `)
}
