/** The table of keys that agents present. */
import { GatewayError } from '../contract/errors.js'
import type { VaultDatabase } from './database.js'
import type { Manifest, RowIdentity } from './manifest.js'
import type { GatewayKey } from './vault.js'

interface GatewayKeyRow {
  readonly id: string
  readonly name: string
  readonly hash: string
  readonly kind: 'service' | 'legacy'
  readonly hint: string
  readonly subject: string
  readonly email: string | null
  readonly agent: string | null
  readonly servers: string | null
  readonly tools: string | null
  readonly accounts: string | null
  readonly created_at: string
  readonly expires_at: string | null
  readonly last_used_at: string | null
}

export interface GatewayKeyRecords {
  /** Within a transaction. @throws GatewayError `conflict` */
  add(key: GatewayKey): void
  /** Within a transaction. @returns whether there was one */
  chooseAccounts(id: string, accounts: GatewayKey['accounts']): boolean
  /** Within a transaction. */
  revoke(id: string): boolean
  /** Within a transaction. */
  touch(uses: readonly { readonly id: string; readonly lastUsedAt: string }[]): void
  list(): readonly GatewayKey[]
  identities(): readonly RowIdentity[]
}

export function createGatewayKeyRecords(database: VaultDatabase, manifest: Manifest): GatewayKeyRecords {
  const all = database.prepare<[], GatewayKeyRow>('SELECT * FROM gateway_keys ORDER BY created_at, id')
  const byId = database.prepare<[string], GatewayKeyRow>('SELECT * FROM gateway_keys WHERE id = ?')
  const byHash = database.prepare<[string], GatewayKeyRow>('SELECT * FROM gateway_keys WHERE hash = ?')
  const insert = database.prepare(`
    INSERT INTO gateway_keys (id, name, hash, kind, hint, subject, email, agent, servers, tools, accounts, created_at, expires_at, last_used_at)
    VALUES (@id, @name, @hash, @kind, @hint, @subject, @email, @agent, @servers, @tools, @accounts, @created_at, @expires_at, @last_used_at)`)
  const remove = database.prepare('DELETE FROM gateway_keys WHERE id = ?')
  const setAccounts = database.prepare<[string | null, string]>('UPDATE gateway_keys SET accounts = ? WHERE id = ?')
  const touch = database.prepare(
    "UPDATE gateway_keys SET last_used_at = @lastUsedAt WHERE id = @id AND coalesce(last_used_at, '') < @lastUsedAt",
  )
  return {
    add: (key) => {
      if (byHash.get(key.hash) !== undefined)
        throw new GatewayError('conflict', {
          detail: 'This key is already known.',
          fix: 'Revoke the one that is there first.',
        })
      const row = rowOf(key)
      insert.run(row)
      manifest.change([], [identityOf(row)])
    },
    chooseAccounts: (id, accounts) => {
      const row = byId.get(id)
      if (row === undefined) return false
      const changed = { ...row, accounts: accountsText(accounts) }
      setAccounts.run(changed.accounts, id)
      manifest.change([identityOf(row)], [identityOf(changed)])
      return true
    },
    revoke: (id) => {
      const row = byId.get(id)
      if (row === undefined) return false
      remove.run(id)
      manifest.change([identityOf(row)], [])
      return true
    },
    touch: (uses) => {
      for (const use of uses) touch.run(use)
    },
    list: () => all.all().map(keyOf),
    identities: () => all.all().map(identityOf),
  }
}

/** When a key was last used proves nothing and changes often, so it is left out. */
function identityOf(row: GatewayKeyRow): RowIdentity {
  const { id, name, hash, kind, subject, email, agent, servers, tools, expires_at: expiresAt } = row
  const rest = [email ?? '', agent ?? '', servers ?? '', tools ?? '', expiresAt ?? '']
  const { accounts } = row
  // Added to the sum where there are any, as keys of older vaults are summed without them.
  return ['key', id, name, hash, kind, subject, ...rest, ...(accounts === null ? [] : [accounts])]
}

function rowOf(key: GatewayKey): GatewayKeyRow {
  return {
    id: key.id,
    name: key.name,
    hash: key.hash,
    kind: key.kind,
    hint: key.hint,
    subject: key.subject,
    email: key.email ?? null,
    agent: key.agent ?? null,
    servers: key.servers === undefined ? null : JSON.stringify(key.servers),
    tools: key.tools === undefined ? null : JSON.stringify(key.tools),
    accounts: accountsText(key.accounts),
    created_at: key.createdAt,
    expires_at: key.expiresAt ?? null,
    last_used_at: key.lastUsedAt ?? null,
  }
}

function accountsText(accounts: GatewayKey['accounts']): string | null {
  return accounts === undefined || Object.keys(accounts).length === 0 ? null : JSON.stringify(accounts)
}

function keyOf(row: GatewayKeyRow): GatewayKey {
  return {
    id: row.id,
    name: row.name,
    hash: row.hash,
    kind: row.kind,
    hint: row.hint,
    subject: row.subject,
    ...(row.email !== null && { email: row.email }),
    ...(row.agent !== null && { agent: row.agent }),
    ...(row.servers !== null && { servers: JSON.parse(row.servers) as string[] }),
    ...(row.tools !== null && { tools: JSON.parse(row.tools) as string[] }),
    ...(row.accounts !== null && { accounts: JSON.parse(row.accounts) as Record<string, string> }),
    createdAt: row.created_at,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
  }
}
