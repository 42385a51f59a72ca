/** The table of secrets. */
import { createHash } from 'node:crypto'
import { GatewayError } from '../contract/errors.js'
import type { VaultDatabase } from './database.js'
import { openSecret, sealSecret } from './envelope.js'
import type { VaultKeys } from './keys.js'
import type { Manifest, RowIdentity } from './manifest.js'
import type { OpenedSecret, SecretSummary, SecretWrite } from './vault.js'

export const maxSecretBytes = 64 * 1024

interface SecretRow {
  readonly name: string
  readonly subject: string
  readonly generation: number
  readonly destinations: string
  readonly envelope: Buffer
  readonly created_at: string
  readonly updated_at: string
}

export interface SecretRecords {
  /** Within a transaction. */
  put(secret: SecretWrite, destinations: readonly string[]): SecretSummary
  /** Within a transaction. */
  bind(name: string, destinations: readonly string[]): void
  /** Within a transaction. */
  remove(name: string, subject: string | undefined): boolean
  open(name: string, subject: string | undefined, destination: string): OpenedSecret
  list(): readonly SecretSummary[]
  /** Every value, for masking. */
  values(): readonly string[]
  identities(): Iterable<RowIdentity>
}

export function createSecretRecords(
  database: VaultDatabase,
  keys: VaultKeys,
  vaultId: string,
  manifest: Manifest,
): SecretRecords {
  const one = database.prepare<[string, string], SecretRow>('SELECT * FROM secrets WHERE name = ? AND subject = ?')
  const named = database.prepare<[string], SecretRow>('SELECT * FROM secrets WHERE name = ?')
  const all = database.prepare<[], SecretRow>('SELECT * FROM secrets ORDER BY name, subject')
  const upsert = database.prepare(`
    INSERT INTO secrets (name, subject, generation, destinations, envelope, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (name, subject) DO UPDATE SET
      generation = excluded.generation, destinations = excluded.destinations, envelope = excluded.envelope, updated_at = excluded.updated_at`)
  const removeOne = database.prepare('DELETE FROM secrets WHERE name = ? AND subject = ?')

  const write = (
    before: SecretRow | undefined,
    secret: SecretWrite,
    destinations: readonly string[],
    nowIso: string,
  ): SecretRow => {
    const identity = {
      vaultId,
      name: secret.name,
      subject: secret.subject ?? '',
      generation: (before?.generation ?? 0) + 1,
      destinations,
    }
    const row: SecretRow = {
      name: identity.name,
      subject: identity.subject,
      generation: identity.generation,
      destinations: JSON.stringify(destinations),
      envelope: sealSecret(keys, identity, secret.value),
      created_at: before?.created_at ?? nowIso,
      updated_at: nowIso,
    }
    upsert.run(row.name, row.subject, row.generation, row.destinations, row.envelope, row.created_at, row.updated_at)
    manifest.change(before === undefined ? [] : [identityOf(before)], [identityOf(row)])
    return row
  }
  const valueOf = (row: SecretRow): string => {
    try {
      return openSecret(
        keys,
        {
          vaultId,
          name: row.name,
          subject: row.subject,
          generation: row.generation,
          destinations: destinationsOf(row),
        },
        row.envelope,
      )
    } catch (cause) {
      throw new GatewayError('vault_tampered', {
        detail: `The secret ${row.name} was changed by something other than Gatehouse.`,
        fix: `Store it anew: gatehouse secrets set ${row.name}`,
        cause,
      })
    }
  }
  /** Seals every other value of the name for the same destinations, so that they all go to the same places. */
  const bind = (name: string, destinations: readonly string[], but?: string): void => {
    for (const row of named.all(name)) {
      const union = unionOf(destinationsOf(row), destinations)
      if (row.subject === but || union.length === destinationsOf(row).length) continue
      write(row, { name, subject: row.subject, value: valueOf(row) }, union, row.updated_at)
    }
  }

  return {
    put: (secret, destinations) => {
      checkSize(secret)
      const before = one.get(secret.name, secret.subject ?? '')
      const bound = unionOf(...named.all(secret.name).map(destinationsOf), destinations)
      const row = write(before, secret, bound, new Date().toISOString())
      bind(secret.name, bound, row.subject)
      return summaryOf(row)
    },
    bind: (name, destinations) => bind(name, destinations),
    remove: (name, subject) => {
      const row = one.get(name, subject ?? '')
      if (row === undefined) return false
      removeOne.run(row.name, row.subject)
      manifest.change([identityOf(row)], [])
      return true
    },
    open: (name, subject, destination) => {
      const row = one.get(name, subject ?? '')
      if (row === undefined) return { outcome: 'missing' }
      if (!destinationsOf(row).includes(destination)) return { outcome: 'not_approved' }
      return { outcome: 'value', value: valueOf(row), generation: row.generation }
    },
    list: () => all.all().map(summaryOf),
    values: () => all.all().map(valueOf),
    identities: function* () {
      for (const row of all.iterate()) yield identityOf(row)
    },
  }
}

function checkSize({ name, value }: SecretWrite): void {
  const bytes = Buffer.byteLength(value)
  if (bytes === 0 || bytes > maxSecretBytes)
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
  return [
    'secret',
    row.name,
    row.subject,
    row.generation,
    row.destinations,
    createHash('sha256').update(row.envelope).digest(),
  ]
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
