/** The table of tools' definitions. Methods that write are called within a transaction. */
import type { Statement } from 'better-sqlite3'
import type { VaultDatabase } from './database.js'
import type { Manifest, RowIdentity } from './manifest.js'
import type { StoredToolPin } from './vault.js'

interface PinRow {
  readonly server: string
  readonly tool: string
  readonly document: string
}

export class ToolPinRecords {
  private readonly all: Statement<[], PinRow>
  private readonly one: Statement<[string, string], PinRow>
  private readonly ofServer: Statement<[string], PinRow>
  private readonly insert: Statement<PinRow>
  private readonly delete: Statement<[string, string]>

  constructor(
    database: VaultDatabase,
    private readonly manifest: Manifest,
  ) {
    this.all = database.prepare('SELECT * FROM tool_pins ORDER BY server, tool')
    this.one = database.prepare('SELECT * FROM tool_pins WHERE server = ? AND tool = ?')
    this.ofServer = database.prepare('SELECT * FROM tool_pins WHERE server = ?')
    this.insert = database.prepare(
      'INSERT OR REPLACE INTO tool_pins (server, tool, document) VALUES (@server, @tool, @document)',
    )
    this.delete = database.prepare('DELETE FROM tool_pins WHERE server = ? AND tool = ?')
  }

  list(): readonly StoredToolPin[] {
    return this.all.all().map((row) => JSON.parse(row.document) as StoredToolPin)
  }

  put(pins: readonly StoredToolPin[]): void {
    const rows = pins.map((pin) => ({ server: pin.server, tool: pin.tool, document: JSON.stringify(pin) }))
    const before = rows.flatMap(({ server, tool }) => this.one.get(server, tool) ?? [])
    for (const row of rows) this.insert.run(row)
    this.manifest.change(before.map(identityOf), rows.map(identityOf))
  }

  remove(server: string): void {
    const before = this.ofServer.all(server)
    if (before.length === 0) return
    for (const { tool } of before) this.delete.run(server, tool)
    this.manifest.change(before.map(identityOf), [])
  }

  identities(): readonly RowIdentity[] {
    return this.all.all().map(identityOf)
  }
}

/** A definition that was approved by writing to the file is one that nobody approved. */
function identityOf({ server, tool, document }: PinRow): RowIdentity {
  return ['tool_pin', server, tool, document]
}
