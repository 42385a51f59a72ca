/** The table of secrets. */
import { createHash, createHmac } from 'node:crypto'
import type { Statement } from 'better-sqlite3'
import { GatewayError } from '../contract/errors.js'
import type { VaultDatabase } from './database.js'
import { openSecret, sealSecret } from './envelope.js'
import type { VaultKeys } from './keys.js'
import type { Manifest, RowIdentity } from './manifest.js'
import type { OpenedSecret, SecretSummary, SecretWrite } from './vault.js'

const maxSecretBytes = 64 * 1024

interface SecretRow {
  readonly name: string
  readonly subject: string
  readonly generation: number
  readonly destinations: string
  readonly envelope: Buffer
  readonly created_at: string
  readonly updated_at: string
}

/** Methods that write are called within a transaction. */
export class SecretRecords {
  private readonly one: Statement<[string, string], SecretRow>
  private readonly named: Statement<[string], SecretRow>
  private readonly all: Statement<[], SecretRow>
  private readonly upsert: Statement<SecretRow>
  private readonly removeOne: Statement<[string, string]>

  constructor(
    database: VaultDatabase,
    private readonly keys: VaultKeys,
    private readonly vaultId: string,
    private readonly manifest: Manifest,
  ) {
    this.one = database.prepare('SELECT * FROM secrets WHERE name = ? AND subject = ?')
    this.named = database.prepare('SELECT * FROM secrets WHERE name = ?')
    this.all = database.prepare('SELECT * FROM secrets ORDER BY name, subject')
    this.removeOne = database.prepare('DELETE FROM secrets WHERE name = ? AND subject = ?')
    this.upsert = database.prepare(`
      INSERT INTO secrets (name, subject, generation, destinations, envelope, created_at, updated_at)
      VALUES (@name, @subject, @generation, @destinations, @envelope, @created_at, @updated_at)
      ON CONFLICT (name, subject) DO UPDATE SET generation = excluded.generation,
        destinations = excluded.destinations, envelope = excluded.envelope, updated_at = excluded.updated_at`)
  }

  put(secret: SecretWrite, destinations: readonly string[]): SecretSummary {
    checkSize(secret)
    const before = this.one.get(secret.name, secret.subject ?? '')
    const bound = unionOf(...this.named.all(secret.name).map(destinationsOf), destinations)
    const row = this.write(before, secret, bound, new Date().toISOString())
    this.bind(secret.name, bound)
    return summaryOf(row)
  }

  /** Every value of the name is sealed for the same destinations, so that they all go to the same places. */
  bind(name: string, destinations: readonly string[]): void {
    for (const row of this.named.all(name)) {
      const bound = destinationsOf(row)
      const union = unionOf(bound, destinations)
      if (union.length === bound.length) continue
      this.write(row, { name, subject: row.subject, value: this.valueOf(row) }, union, row.updated_at)
    }
  }

  remove(name: string, subject: string | undefined): boolean {
    const row = this.one.get(name, subject ?? '')
    if (row === undefined) return false
    this.removeOne.run(row.name, row.subject)
    this.manifest.change([identityOf(row)], [])
    return true
  }

  open(name: string, subject: string | undefined, destination: string): OpenedSecret {
    const row = this.one.get(name, subject ?? '')
    if (row === undefined) return { outcome: 'missing' }
    if (!destinationsOf(row).includes(destination)) return { outcome: 'not_approved' }
    const value = this.valueOf(row)
    return { outcome: 'value', value, generation: row.generation, fingerprint: this.fingerprintOf(value) }
  }

  list(): readonly SecretSummary[] {
    return this.all
      .all()
      .filter(({ name }) => !name.includes(':'))
      .map(summaryOf)
  }

  /** Every value, for masking. */
  values(): readonly string[] {
    return this.all.all().map((row) => this.valueOf(row))
  }

  identities(): readonly RowIdentity[] {
    return this.all.all().map(identityOf)
  }

  private write(
    before: SecretRow | undefined,
    secret: SecretWrite,
    destinations: readonly string[],
    nowIso: string,
  ): SecretRow {
    const { vaultId, keys, manifest } = this
    const [name, subject, generation] = [secret.name, secret.subject ?? '', manifest.nextEpoch()]
    const row: SecretRow = {
      name,
      subject,
      generation,
      destinations: JSON.stringify(destinations),
      envelope: sealSecret(keys, { vaultId, name, subject, generation, destinations }, secret.value),
      created_at: before?.created_at ?? nowIso,
      updated_at: nowIso,
    }
    this.upsert.run(row)
    manifest.change(before === undefined ? [] : [identityOf(before)], [identityOf(row)])
    return row
  }

  /** Under a key of the vault, so that nobody can find a short value by trying. */
  private fingerprintOf(value: string): string {
    return createHmac('sha256', this.keys.mac).update('fingerprint\n').update(value).digest('hex').slice(0, 8)
  }

  private valueOf(row: SecretRow): string {
    const { name, subject, generation, envelope } = row
    const identity = { vaultId: this.vaultId, name, subject, generation, destinations: destinationsOf(row) }
    try {
      return openSecret(this.keys, identity, envelope)
    } catch (cause) {
      throw new GatewayError('vault_tampered', {
        detail: `The secret ${name} was changed by something other than Gatehouse.`,
        fix: `Store it anew: gatehouse secrets set ${name}`,
        cause,
      })
    }
  }
}

function checkSize({ name, value }: SecretWrite): void {
  const bytes = Buffer.byteLength(value)
  if (bytes > 0 && bytes <= maxSecretBytes) return
  throw new GatewayError('invalid_input', {
    detail: `The value of ${name} has ${bytes} bytes; 1 to ${maxSecretBytes} are expected.`,
    errors: [{ path: 'value', message: `expected 1 to ${maxSecretBytes} bytes, found ${bytes}` }],
  })
}

function destinationsOf(row: SecretRow): readonly string[] {
  return JSON.parse(row.destinations) as readonly string[]
}

function unionOf(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())].sort()
}

function identityOf(row: SecretRow): RowIdentity {
  const sealed = createHash('sha256').update(row.envelope).digest()
  return ['secret', row.name, row.subject, row.generation, row.destinations, sealed]
}

function summaryOf(row: SecretRow): SecretSummary {
  return {
    name: row.name,
    ...(row.subject !== '' && { subject: row.subject }),
    generation: row.generation,
    destinations: destinationsOf(row),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
