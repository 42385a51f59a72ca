/**
 * What the vault keeps and how the rest of the gateway asks for it. Every method is asynchronous: the file is read and
 * written in a thread of its own. A write that has resolved is on disk (WAL, `synchronous=FULL`).
 */
import type { CapturedBatch } from '../contract/captured-batch.js'
import type { Exchange, ExchangeQuery, ExchangeSettings, ExchangeSummary, SavedFilter } from '../contract/exchange.js'
import type { Issuance, IssuancePage, IssuanceQuery } from '../contract/issuance.js'
import type { ProfileSettings, Server } from '../contract/profile.js'
import type { AccountStore, OAuthClientStore } from './account-store.js'
import type { SignInStore } from './sign-in-store.js'

export type VaultState = 'uninitialized' | 'locked' | 'unlocked'

export interface SecretSummary {
  readonly name: string
  readonly subject?: string
  readonly generation: number
  /** Where this value may be sent: origins, or `command:{slug}`. Empty until a server first refers to it. */
  readonly destinations: readonly string[]
  readonly createdAt: string
  readonly updatedAt: string
}

/** What opening a secret for a destination gives. Anything but `value` means that nothing may be sent. */
export type OpenedSecret =
  | { readonly outcome: 'value'; readonly value: string; readonly generation: number; readonly fingerprint?: string }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'not_approved' }

export interface SecretWrite {
  readonly name: string
  readonly subject?: string
  /** 1 byte to 64 KiB of UTF-8. */
  readonly value: string
}

export interface SecretStore {
  /**
   * Writes a new generation. Its destinations are those that the name had, and `destinations` beside them. Every other
   * value of the same name (another subject's) is bound to the same destinations.
   */
  put(secret: SecretWrite, destinations: readonly string[]): Promise<SecretSummary>
  /** Opens a value for one destination. `subject` undefined means the organization's value. */
  open(name: string, subject: string | undefined, destination: string): Promise<OpenedSecret>
  /** All but the gateway's own, whose names hold a colon, as no person can choose one that does. */
  list(): Promise<readonly SecretSummary[]>
  /** Adds destinations to every value of that name. */
  bind(name: string, destinations: readonly string[]): Promise<void>
  /** @returns whether there was one */
  remove(name: string, subject?: string): Promise<boolean>
}

/** A key that an agent presents. The key itself is not kept, only its SHA-256. */
export interface GatewayKey {
  readonly id: string
  readonly name: string
  /** Lower-case hex SHA-256 of the key. */
  readonly hash: string
  readonly kind: 'service' | 'legacy'
  /** The last four characters, to tell keys apart. */
  readonly hint: string
  readonly subject: string
  readonly email?: string
  readonly agent?: string
  /** Slugs that it is good for; undefined means all. */
  readonly servers?: readonly string[]
  /** Tool names it may call, `*` matching any characters, optionally as `{slug}/{tool}`; undefined means all. */
  readonly tools?: readonly string[]
  /** Labels of the accounts that it uses where its subject has several, by the slugs of their servers. */
  readonly accounts?: Readonly<Record<string, string>>
  readonly createdAt: string
  readonly expiresAt?: string
  readonly lastUsedAt?: string
}

export interface GatewayKeyStore {
  /** @throws GatewayError `conflict` when this key is already known */
  add(key: GatewayKey): Promise<void>
  list(): Promise<readonly GatewayKey[]>
  /** @returns whether there was one */
  chooseAccounts(id: string, accounts: GatewayKey['accounts']): Promise<boolean>
  /** @returns whether there was one */
  revoke(id: string): Promise<boolean>
  /** Notes when keys were last used. Later than `lastUsedAt` wins. */
  touch(uses: readonly { readonly id: string; readonly lastUsedAt: string }[]): Promise<void>
}

export interface StoredProfile {
  readonly name: string
  readonly settings: ProfileSettings
  readonly updatedAt: string
}

export interface StoredServer {
  readonly slug: string
  /** Name of the profile that it belongs to. */
  readonly profile: string
  readonly config: Server
  /** Digest of the command, arguments and environment names that a person approved, see `commandDigest`. */
  readonly approvedCommand?: string
  readonly createdAt: string
  readonly updatedAt: string
}

/** Policies of Shield that a person set by themselves, beside those of profiles. */
export interface StoredPolicy {
  readonly name: string
  /** Cedar. */
  readonly text: string
  readonly updatedAt: string
}

/** What is known of one tool of a server: which definitions may be shown to agents, and which waits. */
export interface StoredToolPin {
  readonly server: string
  readonly tool: string
  /** Hashes of definitions that were seen first, or approved. */
  readonly approved: readonly string[]
  /** The one of them that was seen or approved last; null where there is none, or it was too large to keep. */
  readonly definition: Readonly<Record<string, unknown>> | null
  readonly held?: HeldDefinition
}

/** A definition that is not shown until a person approves it. */
export interface HeldDefinition {
  readonly id: string
  readonly hash: string
  readonly definition: Readonly<Record<string, unknown>> | null
  /** RFC 3339. */
  readonly seenAt: string
  readonly status: 'pending' | 'denied'
}

export interface ToolPinStore {
  list(): Promise<readonly StoredToolPin[]>
  put(pins: readonly StoredToolPin[]): Promise<void>
  /** Forgets all tools of a server. */
  remove(server: string): Promise<void>
}

export interface Configuration {
  readonly profiles: readonly StoredProfile[]
  readonly policies: readonly StoredPolicy[]
  readonly servers: readonly StoredServer[]
  /** Slugs of servers that a person stopped, and nobody has started since. */
  readonly stoppedServers?: readonly string[]
}

/** Written as one transaction: all of it or nothing. */
export interface ConfigurationChange {
  readonly putProfiles?: readonly StoredProfile[]
  readonly removeProfiles?: readonly string[]
  readonly putServers?: readonly StoredServer[]
  readonly removeServers?: readonly string[]
  /** What a person says is no part of a server's configuration, and is kept when that is written anew. */
  readonly stopServers?: readonly string[]
  readonly startServers?: readonly string[]
  readonly putPolicies?: readonly StoredPolicy[]
  readonly removePolicies?: readonly string[]
  readonly putSecrets?: readonly { readonly secret: SecretWrite; readonly destinations: readonly string[] }[]
  readonly bindSecrets?: readonly { readonly name: string; readonly destinations: readonly string[] }[]
}

export interface ConfigurationStore {
  load(): Promise<Configuration>
  change(change: ConfigurationChange): Promise<void>
}

export type WantedBack = 'nothing' | 'summaries' | 'texts'

/** An exchange that was written just now. */
export interface WrittenExchange {
  readonly summary: ExchangeSummary
  /** Everything of it. */
  readonly text?: string
}

export interface ExchangeStore {
  /**
   * Masks the exchanges, by every value in the vault, then writes them as one transaction. Takes over the memory of the
   * batch.
   *
   * @param wanted what of the masked ones is returned, for somebody who watches
   */
  append(batch: CapturedBatch, wanted: WantedBack): Promise<readonly WrittenExchange[]>
  /** Masks every value in the vault in JSON text, in all the encodings in which secrets travel. */
  maskJson(text: string): Promise<string>
  /** A page that is partial was not filled for want of time; the cursor leads on. */
  list(query: ExchangeQuery): Promise<{
    readonly items: readonly ExchangeSummary[]
    readonly nextCursor?: string
    readonly isPartial?: boolean
  }>
  get(id: string): Promise<Exchange | undefined>
  clear(): Promise<void>
}

export interface TelemetrySettings {
  /** Where traces go, OTLP over HTTP. */
  readonly otlpEndpoint: string | null
}

/** What the gateway goes by beside its profiles. */
export interface StoredSettings {
  readonly exchanges: ExchangeSettings
  readonly telemetry: TelemetrySettings
}

export interface PreferenceStore {
  settings(): Promise<StoredSettings>
  /** In force when it returns. */
  putSettings(settings: StoredSettings): Promise<void>
  /** By name. */
  listFilters(): Promise<readonly SavedFilter[]>
  getFilter(name: string): Promise<SavedFilter | undefined>
  putFilter(name: string, q: string): Promise<SavedFilter>
  /** @returns whether there was one */
  removeFilter(name: string): Promise<boolean>
}

export interface IssuanceStore {
  /** May be lost in a power cut, as exchanges may. */
  append(issuances: readonly Issuance[]): Promise<void>
  /** @throws GatewayError `invalid_input` for a cursor that is none */
  list(query: IssuanceQuery): Promise<IssuancePage>
  get(id: string): Promise<Issuance | undefined>
}

/** How to open the vault. One of these, tried as given. */
export type VaultKey = { readonly passphrase: string } | { readonly recoveryKey: string } | { readonly keychain: true }

export interface Vault {
  readonly state: VaultState
  readonly secrets: SecretStore
  readonly gatewayKeys: GatewayKeyStore
  readonly configuration: ConfigurationStore
  readonly toolPins: ToolPinStore
  readonly exchanges: ExchangeStore
  readonly preferences: PreferenceStore
  readonly issuances: IssuanceStore
  readonly accounts: AccountStore
  readonly oauthClients: OAuthClientStore
  readonly signIn: SignInStore
  /**
   * Makes the vault. Refused when any part of one is already there.
   * @throws GatewayError `conflict`
   */
  create(key: VaultKey): Promise<void>
  /**
   * @throws GatewayError `vault_wrong_passphrase`, `vault_wrong_key`, `vault_tampered`, `vault_newer`, `vault_unreadable`.
   *   The files are as they were after any of these.
   */
  unlock(key: VaultKey): Promise<void>
  /** Drops the keys and ends the thread that held them. Calls in flight are finished first. */
  lock(): Promise<void>
  /**
   * Another number after every change of secrets, keys, configuration, accounts or clients, whichever process made it.
   * @throws GatewayError `vault_locked`
   */
  revision(): Promise<number>
  /**
   * Another number after every change of anything that another process made, of sign-ins and exchanges too.
   * @throws GatewayError `vault_locked`
   */
  outsideChanges(): Promise<number>
  /** Makes a new recovery key, which replaces the one before, and returns it: this once. */
  createRecoveryKey(): Promise<string>
  /** Sets or changes the passphrase. The data is not written anew, only the key's wrapping. */
  setPassphrase(passphrase: string): Promise<void>
  /** Called after every change of state. Returns the function that ends it. */
  onStateChange(listener: (state: VaultState) => void): () => void
  close(): Promise<void>
}

/** Where the operating system keeps a key for us. `undefined` from `read`: it is available and has none. */
export interface Keychain {
  /** @throws when there is no keychain that survives a restart */
  read(account: string): Promise<Uint8Array | undefined>
  write(account: string, key: Uint8Array): Promise<void>
}
