/** The table behind the gateway's own authorization server: bounded in number by kind, swept of what has expired. */
import { createHash } from 'node:crypto'
import type { Statement } from 'better-sqlite3'
import { GatewayError } from '../contract/errors.js'
import type { VaultDatabase } from './database.js'
import { openSecret, sealSecret, type EnvelopeIdentity } from './envelope.js'
import type { VaultKeys } from './keys.js'
import type { FoundRecord, SignInRecord } from './sign-in-store.js'

const maxPerKind = 5_000
const keptAfterUseMs = 24 * 60 * 60_000
const sweepEveryMs = 60_000

interface Row {
  readonly kind: string
  readonly id: string
  readonly grant_id: string | null
  readonly uid: string | null
  readonly created_ms: number
  readonly expires_ms: number | null
  readonly consumed_ms: number | null
  readonly envelope: Buffer
}

/** Methods that write are called within a transaction. */
export class SignInRecords {
  private readonly one: Statement<[string, string, number], Row>
  private readonly byUid: Statement<[string, string, number], Row>
  private readonly all: Statement<[string, number], Row>
  private readonly replace: Statement<Row>
  private readonly use: Statement<[number, number, string, string]>
  private readonly removeOne: Statement<[string, string]>
  private readonly removeByGrant: Statement<[string]>
  private readonly sweepAll: Statement<[number]>
  private readonly count: Statement<[string], { readonly rows: number }>
  private readonly removeOldest: Statement<[string, string, number]>
  private sweptMs = 0

  constructor(
    database: VaultDatabase,
    private readonly keys: VaultKeys,
    private readonly vaultId: string,
    private readonly nowMs: () => number = Date.now,
    private readonly bound = maxPerKind,
  ) {
    const alive = '(expires_ms IS NULL OR expires_ms > ?)'
    this.one = database.prepare(`SELECT * FROM sign_in_records WHERE kind = ? AND id = ? AND ${alive}`)
    this.byUid = database.prepare(`SELECT * FROM sign_in_records WHERE kind = ? AND uid = ? AND ${alive}`)
    this.all = database.prepare(`SELECT * FROM sign_in_records WHERE kind = ? AND ${alive} ORDER BY created_ms`)
    this.replace = database.prepare(`
      INSERT OR REPLACE INTO sign_in_records (kind, id, grant_id, uid, created_ms, expires_ms, consumed_ms, envelope)
      VALUES (@kind, @id, @grant_id, @uid, @created_ms, @expires_ms, @consumed_ms, @envelope)`)
    this.use = database.prepare(
      'UPDATE sign_in_records SET consumed_ms = ?, expires_ms = min(coalesce(expires_ms, 9e15), ?) WHERE kind = ? AND id = ?',
    )
    this.removeOne = database.prepare('DELETE FROM sign_in_records WHERE kind = ? AND id = ?')
    this.removeByGrant = database.prepare('DELETE FROM sign_in_records WHERE grant_id = ?')
    this.sweepAll = database.prepare('DELETE FROM sign_in_records WHERE expires_ms <= ?')
    this.count = database.prepare('SELECT count(*) AS rows FROM sign_in_records WHERE kind = ?')
    this.removeOldest = database.prepare(`
      DELETE FROM sign_in_records WHERE kind = ? AND id IN (
        SELECT id FROM sign_in_records WHERE kind = ? ORDER BY consumed_ms IS NULL, expires_ms IS NULL, created_ms LIMIT ?)`)
  }

  put({ kind, id, grantId, uid, document, expiresMs }: SignInRecord): void {
    const nowMs = this.nowMs()
    if (nowMs - this.sweptMs > sweepEveryMs) {
      this.sweepAll.run(nowMs)
      this.sweptMs = nowMs
    }
    const bound = { kind, id: digestOf(id) }
    const before = this.one.get(bound.kind, bound.id, nowMs)
    if (before === undefined) this.makeRoom(kind)
    this.replace.run({
      ...bound,
      grant_id: grantId === undefined ? null : digestOf(grantId),
      uid: uid === undefined ? null : digestOf(uid),
      created_ms: before?.created_ms ?? nowMs,
      expires_ms: expiresMs === undefined ? null : Math.round(expiresMs),
      consumed_ms: before?.consumed_ms ?? null,
      envelope: sealSecret(this.keys, this.envelopeOf(bound), document),
    })
  }

  find(kind: string, id: string): FoundRecord | undefined {
    const row = this.one.get(kind, digestOf(id), this.nowMs())
    return row && this.open(row)
  }

  findByUid(kind: string, uid: string): FoundRecord | undefined {
    const row = this.byUid.get(kind, digestOf(uid), this.nowMs())
    return row && this.open(row)
  }

  list(kind: string): readonly string[] {
    return this.all.all(kind, this.nowMs()).map((row) => this.open(row).document)
  }

  consume(kind: string, id: string): void {
    const nowMs = this.nowMs()
    this.use.run(nowMs, nowMs + keptAfterUseMs, kind, digestOf(id))
  }

  remove(kind: string, id: string): void {
    this.removeOne.run(kind, digestOf(id))
  }

  removeGrant(grantId: string): void {
    this.removeByGrant.run(digestOf(grantId))
  }

  /** What was used up goes first, then what ends by itself, the oldest first. */
  private makeRoom(kind: string): void {
    const over = (this.count.get(kind)?.rows ?? 0) - this.bound + 1
    if (over > 0) this.removeOldest.run(kind, kind, over)
  }

  private open(row: Row): FoundRecord {
    try {
      const document = openSecret(this.keys, this.envelopeOf(row), row.envelope)
      return { document, ...(row.consumed_ms === null ? {} : { consumedMs: row.consumed_ms }) }
    } catch (cause) {
      throw new GatewayError('vault_tampered', {
        detail: 'What was kept of a sign-in was changed by something other than Gatehouse.',
        cause,
      })
    }
  }

  private envelopeOf({ kind, id }: Pick<Row, 'kind' | 'id'>): EnvelopeIdentity {
    // No secret can have this name.
    return { vaultId: this.vaultId, name: `sign-in ${kind}`, subject: id, generation: 1, destinations: [] }
  }
}

function digestOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
