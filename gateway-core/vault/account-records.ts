/** The tables of accounts and registered OAuth clients. */
import { createHash } from 'node:crypto'
import type { Statement } from 'better-sqlite3'
import { GatewayError } from '../contract/errors.js'
import { randomHex } from '../random-hex.js'
import type {
  Account,
  AccountChoice,
  AccountDescription,
  AccountOwner,
  AccountTokens,
  LeaseOutcome,
  OpenedAccount,
  RefreshedTokens,
} from './account-store.js'
import type { VaultDatabase } from './database.js'
import { openSecret, sealSecret, type EnvelopeIdentity } from './envelope.js'
import type { VaultKeys } from './keys.js'
import type { Manifest, RowIdentity } from './manifest.js'

const maxTokenBytes = 64 * 1024

interface AccountRow {
  readonly id: string
  readonly server: string
  readonly subject: string
  readonly client_key: string
  readonly label: string
  readonly is_default: number
  readonly generation: number
  readonly status: Account['status']
  readonly reason: string | null
  readonly document: string
  readonly envelope: Buffer
  readonly created_at: string
  readonly updated_at: string
}

/** Methods that write are called within a transaction. */
export class AccountRecords {
  private readonly byId: Statement<[string], AccountRow>
  private readonly byOwner: Statement<[string, string, string], AccountRow>
  private readonly all: Statement<[], AccountRow>
  private readonly replace: Statement<AccountRow>
  private readonly removeOne: Statement<[string]>
  private readonly leaseOf: Statement<[string], { readonly holder: string; readonly until_ms: number }>
  private readonly putLease: Statement<[string, string, number]>
  private readonly endLease: Statement<[string, string]>

  constructor(
    database: VaultDatabase,
    private readonly keys: VaultKeys,
    private readonly vaultId: string,
    private readonly manifest: Manifest,
  ) {
    this.byId = database.prepare('SELECT * FROM accounts WHERE id = ?')
    this.byOwner = database.prepare(`
      SELECT * FROM accounts WHERE server = ? AND subject = ? AND client_key = ?
      ORDER BY is_default DESC, label <> '', created_at, id`)
    this.all = database.prepare('SELECT * FROM accounts ORDER BY server, subject, client_key, label')
    this.removeOne = database.prepare('DELETE FROM accounts WHERE id = ?')
    this.replace = database.prepare(`
      INSERT OR REPLACE INTO accounts
        (id, server, subject, client_key, label, is_default, generation, status, reason, document, envelope, created_at,
         updated_at)
      VALUES (@id, @server, @subject, @client_key, @label, @is_default, @generation, @status, @reason, @document, @envelope, @created_at, @updated_at)`)
    this.leaseOf = database.prepare('SELECT holder, until_ms FROM account_leases WHERE account = ?')
    this.putLease = database.prepare(
      'INSERT OR REPLACE INTO account_leases (account, holder, until_ms) VALUES (?, ?, ?)',
    )
    this.endLease = database.prepare('DELETE FROM account_leases WHERE account = ? AND holder = ?')
  }

  list(): readonly Account[] {
    return this.all.all().map(accountOf)
  }

  find(owner: AccountOwner, label?: string): OpenedAccount | undefined {
    const rows = this.ownedBy(owner)
    const row = label === undefined ? rows[0] : rows.find((one) => one.label === label)
    return row && this.open(row)
  }

  get(id: string): OpenedAccount | undefined {
    const row = this.byId.get(id)
    return row && this.open(row)
  }

  connect(description: AccountDescription, tokens: AccountTokens): OpenedAccount {
    const before = this.ownedBy(description).find(({ label }) => label === (description.label ?? ''))
    return this.write(before, before?.id ?? `acc_${randomHex(12)}`, description, tokens)
  }

  refresh(id: string, generation: number, { tokens, scopes, expiresAt }: RefreshedTokens): OpenedAccount | undefined {
    const row = this.byId.get(id)
    if (row?.generation !== generation) return undefined
    const { expiresAt: _before, ...kept } = descriptionOf(row)
    const description = {
      ...kept,
      ...(scopes === undefined ? {} : { scopes }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    }
    return this.write(row, id, description, tokens)
  }

  requireSignIn(id: string, generation: number, reason: string): boolean {
    const row = this.byId.get(id)
    if (row?.generation !== generation) return false
    this.change(row, { ...row, status: 'sign_in_needed', reason, updated_at: new Date().toISOString() })
    return true
  }

  choose(id: string, { label, isDefault }: AccountChoice): Account | undefined {
    const row = this.byId.get(id)
    if (row === undefined) return undefined
    const others = this.ownedBy(descriptionOf(row)).filter((one) => one.id !== id)
    if (label !== undefined && others.some((one) => one.label === label))
      throw new GatewayError('conflict', {
        detail: label === '' ? 'There is an account without a label already.' : `There is an account ${label} already.`,
        fix: 'Choose another label, or give that one another first.',
      })
    // Before the other, so that there are never two.
    if (isDefault === true) for (const other of others) this.change(other, { ...other, is_default: 0 })
    const chosen = {
      ...row,
      label: label ?? row.label,
      is_default: isDefault === undefined ? row.is_default : Number(isDefault),
    }
    this.change(row, chosen)
    return accountOf(chosen)
  }

  remove(id: string): boolean {
    const row = this.byId.get(id)
    if (row === undefined) return false
    this.removeOne.run(id)
    this.manifest.change([identityOf(row)], [])
    return true
  }

  lease(id: string, generation: number, holder: string, durationMs: number): LeaseOutcome {
    if (this.byId.get(id)?.generation !== generation) return 'stale'
    const nowMs = Date.now()
    const lease = this.leaseOf.get(id)
    // A lease from further ahead than any is given is one from before the clock was set back.
    const isHeld = lease !== undefined && lease.until_ms > nowMs && lease.until_ms <= nowMs + durationMs
    if (isHeld && lease.holder !== holder) return 'taken'
    this.putLease.run(id, holder, nowMs + durationMs)
    return 'leased'
  }

  release(id: string, holder: string): void {
    this.endLease.run(id, holder)
  }

  /** Every token, for masking. */
  values(): readonly string[] {
    return this.all.all().flatMap((row) => Object.values<string>({ ...this.open(row).tokens }))
  }

  identities(): readonly RowIdentity[] {
    return this.all.all().map(identityOf)
  }

  /** The one that is used where nobody names another comes first. */
  private ownedBy({ server, subject, clientKey = '' }: AccountOwner): readonly AccountRow[] {
    return this.byOwner.all(server, subject, clientKey)
  }

  private change(before: AccountRow, after: AccountRow): void {
    this.replace.run(after)
    this.manifest.change([identityOf(before)], [identityOf(after)])
  }

  private write(
    before: AccountRow | undefined,
    id: string,
    description: AccountDescription,
    tokens: AccountTokens,
  ): OpenedAccount {
    const { server, subject, clientKey = '', label = '', ...rest } = description
    const nowIso = new Date().toISOString()
    const document = JSON.stringify(rest)
    const generation = this.manifest.nextEpoch()
    const row: AccountRow = {
      id,
      server,
      subject,
      client_key: clientKey,
      label,
      is_default: before?.is_default ?? 0,
      generation,
      status: 'connected',
      reason: null,
      document,
      envelope: sealSecret(this.keys, this.envelopeOf({ id, subject, generation, document }), textOf(tokens)),
      created_at: before?.created_at ?? nowIso,
      updated_at: nowIso,
    }
    this.replace.run(row)
    this.manifest.change(before === undefined ? [] : [identityOf(before)], [identityOf(row)])
    return { account: accountOf(row), tokens }
  }

  private open(row: AccountRow): OpenedAccount {
    try {
      const text = openSecret(this.keys, this.envelopeOf(row), row.envelope)
      return { account: accountOf(row), tokens: JSON.parse(text) as AccountTokens }
    } catch (cause) {
      throw new GatewayError('vault_tampered', {
        detail: `The account ${row.id} was changed by something other than Gatehouse.`,
        fix: `Connect it anew: gatehouse connect ${row.server}`,
        cause,
      })
    }
  }

  /** Bound to whose tokens they are, and where they may go: the server's origin, the issuer and its endpoints. */
  private envelopeOf(row: Pick<AccountRow, 'id' | 'subject' | 'generation' | 'document'>): EnvelopeIdentity {
    const { destination, issuer, tokenUrl, revocationUrl = '' } = JSON.parse(row.document) as AccountDescription
    return {
      vaultId: this.vaultId,
      // No secret can have this name.
      name: `account ${row.id}`,
      subject: row.subject,
      generation: row.generation,
      destinations: [destination, issuer, tokenUrl, revocationUrl],
    }
  }
}

/** @throws GatewayError `token_endpoint_failed` where the tokens are longer than any that could be sent */
function textOf(tokens: AccountTokens): string {
  const text = JSON.stringify(tokens)
  if (Buffer.byteLength(text) <= maxTokenBytes) return text
  throw new GatewayError('token_endpoint_failed', {
    detail: `The provider gave tokens of more than ${maxTokenBytes} bytes.`,
  })
}

function descriptionOf(row: AccountRow): AccountDescription {
  const rest = JSON.parse(row.document) as Omit<AccountDescription, 'server' | 'subject' | 'clientKey' | 'label'>
  return {
    server: row.server,
    subject: row.subject,
    ...(row.client_key === '' ? {} : { clientKey: row.client_key }),
    ...(row.label === '' ? {} : { label: row.label }),
    ...rest,
  }
}

function accountOf(row: AccountRow): Account {
  return {
    ...descriptionOf(row),
    id: row.id,
    ...(row.is_default === 1 ? { isDefault: true } : {}),
    generation: row.generation,
    status: row.status,
    ...(row.reason === null ? {} : { reason: row.reason }),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function identityOf(row: AccountRow): RowIdentity {
  const sealed = createHash('sha256').update(row.envelope).digest()
  const { id, server, subject, generation, status, reason, document } = row
  const identity = ['account', id, server, subject, generation, status, reason ?? '', document, sealed]
  // Added to the sum where it says something, as accounts of older vaults are summed without it.
  const { client_key: clientKey, label, is_default: isDefault } = row
  return clientKey === '' && label === '' && isDefault === 0 ? identity : [...identity, clientKey, label, isDefault]
}
