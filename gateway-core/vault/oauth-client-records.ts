/** The table of OAuth clients that providers registered for us, one for each issuer and redirect URI. */
import { createHash } from 'node:crypto'
import type { Statement } from 'better-sqlite3'
import { GatewayError } from '../contract/errors.js'
import type { OAuthClient, OAuthClientSummary } from './account-store.js'
import type { VaultDatabase } from './database.js'
import { openSecret, sealSecret, type EnvelopeIdentity } from './envelope.js'
import type { VaultKeys } from './keys.js'
import type { Manifest, RowIdentity } from './manifest.js'

interface ClientRow {
  readonly issuer: string
  readonly redirect_uri: string
  readonly generation: number
  readonly document: string
  readonly envelope: Buffer
  readonly created_at: string
}

type ClientDocument = Pick<OAuthClient, 'clientId' | 'authMethod' | 'secretExpiresAt'>

/** Methods that write are called within a transaction. */
export class OAuthClientRecords {
  private readonly one: Statement<[string, string], ClientRow>
  private readonly all: Statement<[], ClientRow>
  private readonly replace: Statement<ClientRow>
  private readonly removeOne: Statement<[string, string]>

  constructor(
    database: VaultDatabase,
    private readonly keys: VaultKeys,
    private readonly vaultId: string,
    private readonly manifest: Manifest,
  ) {
    this.one = database.prepare('SELECT * FROM oauth_clients WHERE issuer = ? AND redirect_uri = ?')
    this.all = database.prepare('SELECT * FROM oauth_clients ORDER BY issuer, redirect_uri')
    this.removeOne = database.prepare('DELETE FROM oauth_clients WHERE issuer = ? AND redirect_uri = ?')
    this.replace = database.prepare(`
      INSERT OR REPLACE INTO oauth_clients (issuer, redirect_uri, generation, document, envelope, created_at)
      VALUES (@issuer, @redirect_uri, @generation, @document, @envelope, @created_at)`)
  }

  find(issuer: string, redirectUri: string): OAuthClient | undefined {
    const row = this.one.get(issuer, redirectUri)
    return row && this.open(row)
  }

  put(client: OAuthClient): void {
    const { issuer, redirectUri, clientId, authMethod, secretExpiresAt, clientSecret = '' } = client
    const before = this.one.get(issuer, redirectUri)
    const document: ClientDocument = {
      clientId,
      authMethod,
      ...(secretExpiresAt === undefined ? {} : { secretExpiresAt }),
    }
    const bound = { issuer, redirect_uri: redirectUri, generation: this.manifest.nextEpoch() }
    const row: ClientRow = {
      ...bound,
      document: JSON.stringify(document),
      envelope: sealSecret(this.keys, this.envelopeOf(bound), clientSecret),
      created_at: client.registeredAt,
    }
    this.replace.run(row)
    this.manifest.change(before === undefined ? [] : [identityOf(before)], [identityOf(row)])
  }

  remove(issuer: string, redirectUri: string): void {
    const row = this.one.get(issuer, redirectUri)
    if (row === undefined) return
    this.removeOne.run(issuer, redirectUri)
    this.manifest.change([identityOf(row)], [])
  }

  /** Without their secrets, which stay sealed. */
  list(): readonly OAuthClientSummary[] {
    return this.all.all().map((row) => ({
      ...(JSON.parse(row.document) as ClientDocument),
      issuer: row.issuer,
      redirectUri: row.redirect_uri,
      registeredAt: row.created_at,
    }))
  }

  /** Every client secret, for masking. */
  values(): readonly string[] {
    return this.all.all().flatMap((row) => this.open(row).clientSecret ?? [])
  }

  identities(): readonly RowIdentity[] {
    return this.all.all().map(identityOf)
  }

  private open(row: ClientRow): OAuthClient {
    try {
      const clientSecret = openSecret(this.keys, this.envelopeOf(row), row.envelope)
      return {
        ...(JSON.parse(row.document) as ClientDocument),
        issuer: row.issuer,
        redirectUri: row.redirect_uri,
        registeredAt: row.created_at,
        ...(clientSecret === '' ? {} : { clientSecret }),
      }
    } catch (cause) {
      throw new GatewayError('vault_tampered', {
        detail: 'A registered OAuth client was changed by something other than Gatehouse.',
        cause,
      })
    }
  }

  private envelopeOf(row: Pick<ClientRow, 'issuer' | 'redirect_uri' | 'generation'>): EnvelopeIdentity {
    // No secret can have this name.
    const name = `oauth client ${row.redirect_uri}`
    return { vaultId: this.vaultId, name, subject: '', generation: row.generation, destinations: [row.issuer] }
  }
}

function identityOf(row: ClientRow): RowIdentity {
  const sealed = createHash('sha256').update(row.envelope).digest()
  return ['oauth client', row.issuer, row.redirect_uri, row.generation, row.document, sealed]
}
