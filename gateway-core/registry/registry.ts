/**
 * What is registered: servers, profiles, secrets and keys. The registry writes the vault first and then replaces its
 * snapshot, so that what a request reads is always one committed whole.
 */
import type { JwtIssuer, ProfileSettings, TokenBroker } from '../contract/profile.js'
import type { ResolvedServer } from '../contract/resolved-server.js'
import type { ServerPlan } from '../credentials/compile-plan.js'
import type { ToolView } from '../relay/tools/tool-view.js'
import type { GatewayKey, SecretSummary } from '../vault/vault.js'

export interface RegisteredServer {
  readonly slug: string
  readonly profile: string
  readonly resolved: ResolvedServer
  readonly plan: ServerPlan
  /** How its tools look to agents; undefined where they look as the server lists them. */
  readonly view?: ToolView
  /** Secrets in its command, each with its generation: a process keeps the values that it was started with. */
  readonly commandSecrets?: string
  /** Where its callers' tokens come from, where that is a token broker. */
  readonly broker?: TokenBroker
  /** Why no call may go to it; undefined while calls may. A sentence that ends with what to do. */
  readonly disabledReason?: string
  /** A person stopped it, and nobody has started it since. */
  readonly isStopped: boolean
  readonly createdAt: string
  readonly updatedAt: string
}

/** Everything that a request needs to know of the configuration. Immutable, replaced as a whole. */
export interface Snapshot {
  readonly servers: ReadonlyMap<string, RegisteredServer>
  /** By lower-case hex SHA-256 of the key. */
  readonly keysByHash: ReadonlyMap<string, GatewayKey>
  /** Issuers trusted on every server: the union of all profiles'. */
  readonly jwtIssuers: readonly JwtIssuer[]
  readonly legacyBearer: boolean
  /** Where people sign in; undefined where the local user approves agents. Of several profiles the first by name says. */
  readonly singleSignOn?: SingleSignOn
  readonly shield: ShieldSettings
  /** How accounts are connected at the servers of each profile, by its name. */
  readonly oauthByProfile: ReadonlyMap<string, NonNullable<ProfileSettings['oauth']>>
}

export interface SingleSignOn {
  readonly profile: string
  readonly provider: NonNullable<NonNullable<ProfileSettings['authentication']>['sso']>
  /** Host that the provider sends browsers back to. */
  readonly callbackHost: string
}

/** The strictest of all profiles' settings: enabled if any is, `deny` if any says so. */
export interface ShieldSettings {
  readonly enabled: boolean
  readonly timeoutMs: number
  readonly onFailure: 'allow' | 'deny'
  /** Every engine elsewhere that is asked. */
  readonly remotes: readonly ShieldRemote[]
  /** What the built-in engine judges by. */
  readonly policies: readonly ShieldPolicy[]
  /** How long a call waits for a person. */
  readonly askTimeoutMs: number
  /** Whether tools that change are held until somebody approves them. */
  readonly pinTools: boolean
}

export interface ShieldRemote {
  readonly url: string
  /** Name of the secret that is its Bearer credential. */
  readonly credential: string | undefined
}

export interface ShieldPolicy {
  readonly name: string
  /** Cedar. */
  readonly text: string
  /** The profile that it belongs to; undefined where a person set it by itself. */
  readonly profile?: string
}

export interface RegisteredPolicy extends ShieldPolicy {
  readonly updatedAt: string
}

/** Finds what is wrong in policies, each with its line (1-based) in its text. */
export type CheckPolicies = (
  policies: readonly { readonly name: string; readonly text: string }[],
) => Promise<readonly { readonly policy: string; readonly line: number; readonly message: string }[]>

export interface ProfileChange {
  readonly kind: 'server' | 'authentication' | 'oauth' | 'token_broker' | 'shield' | 'profile'
  /** Profile path, e.g. `mcpServers.github`. */
  readonly path: string
  readonly change: 'added' | 'changed' | 'removed'
  readonly before?: unknown
  readonly after?: unknown
}

export interface ProfileReport {
  readonly name: string
  readonly changes: readonly ProfileChange[]
  /** Names of secrets that are referred to and not in the vault. */
  readonly missingSecrets: readonly string[]
  /** Slugs of servers whose command, or whose use of an existing secret, waits for a person's approval. */
  readonly pendingApproval: readonly string[]
  /** Names of secrets that a foreign form held in the clear, and that go to the vault. */
  readonly storedSecrets: readonly string[]
  readonly warnings: readonly string[]
}

export interface ProfileFile {
  /** The file's text, UTF-8, at most 5 MiB. */
  readonly text: string
  /** `.json` files, with or without comments, are `json`. */
  readonly format: 'yaml' | 'json'
  /** Names the profile where the file's form carries no name of its own. A slug. */
  readonly name?: string
}

export interface NewKey {
  readonly name: string
  readonly subject?: string
  readonly email?: string
  readonly agent?: string
  readonly servers?: readonly string[]
  readonly tools?: readonly string[]
  /** Labels of accounts, by the slugs of their servers. */
  readonly accounts?: Readonly<Record<string, string>>
  /** RFC 3339. */
  readonly expiresAt?: string
}

/** A key as people see it: without its hash. */
export type KeySummary = Omit<GatewayKey, 'hash'>

export interface Agent {
  readonly name: string
  /** Keys that are bound to this agent's paths. */
  readonly keys: readonly KeySummary[]
}

export interface SecretItem extends SecretSummary {
  /** Profile paths that refer to it. */
  readonly usedBy: readonly string[]
}

export interface Registry {
  /** Undefined while the vault is not unlocked. */
  readonly snapshot: Snapshot | undefined
  /** Called after the snapshot was replaced or dropped. Returns the function that ends it. */
  onChange(listener: () => void): () => void
  /** Resolves once the snapshot is what an unlocked vault holds; at once where it is locked. @throws what reading throws */
  catchUp(): Promise<void>
  /**
   * Calls back within a second after another process has written anything to the vault. Looks and writes wait for it.
   */
  onOutsideChange(listener: () => Promise<void>): () => void

  /**
   * Adds or replaces one server. A new one belongs to the profile `local`, an existing one stays in its own.
   * This is a person's own act: secrets that it refers to are bound to its origin, its command still needs approval.
   * @throws GatewayError `invalid_input` with field errors, `header_conflict`
   */
  putServer(slug: string, input: unknown): Promise<RegisteredServer>
  /**
   * The server as `putServer` would make it, secrets bound as it would bind them. Nothing is saved.
   *
   * @throws GatewayError as `putServer`, and `vault_locked`
   */
  draftServer(slug: string, input: unknown): RegisteredServer
  /** Merges the given top-level keys over the server's, `null` removing one (RFC 7396 at the top level). */
  patchServer(slug: string, input: unknown): Promise<RegisteredServer>
  /** @throws GatewayError `unknown_server` */
  removeServer(slug: string): Promise<void>
  /** Notes that a person stopped it, or started it: held until the other. @throws GatewayError `unknown_server` */
  setStopped(slug: string, isStopped: boolean): Promise<void>
  /** Approves the command as it stands, and the secrets that the server refers to, for where it would send them. */
  approveServer(slug: string): Promise<void>

  /** @throws GatewayError `profile_invalid` with field errors (path, line, message); nothing was applied */
  applyProfile(
    file: ProfileFile,
    options: { readonly dryRun: boolean; readonly approveCommands: boolean },
  ): Promise<ProfileReport>
  listProfiles(): readonly { readonly name: string; readonly servers: number; readonly updatedAt: string }[]
  /**
   * The profile in its canonical form, without secrets. Without a name, the only one.
   * @throws GatewayError `not_found`; `conflict` where several could be meant
   */
  exportProfile(name?: string): {
    readonly name: string
    readonly profile: Readonly<Record<string, unknown>>
    readonly yaml: string
  }
  /** Removes a profile with its servers; secrets stay. @throws GatewayError `not_found` */
  removeProfile(name: string): Promise<void>
  /** The values of all secrets that a profile refers to, organization's only. For an encrypted export. */
  exportSecrets(name: string): Promise<readonly { readonly name: string; readonly value: string }[]>

  /** A person's own first, then those of profiles. */
  listPolicies(): readonly RegisteredPolicy[]
  /** @throws GatewayError `not_found` */
  getPolicy(name: string): RegisteredPolicy
  /** @throws GatewayError `invalid_input` with field errors (path, line, message); `conflict` where a profile has it */
  putPolicy(name: string, text: string): Promise<RegisteredPolicy>
  /** @throws GatewayError `not_found`; `conflict` where a profile has it */
  removePolicy(name: string): Promise<void>

  /** Bound to the origins of all servers that refer to it by now. */
  setSecret(name: string, value: string, subject?: string): Promise<SecretItem>
  listSecrets(): Promise<readonly SecretItem[]>
  /** @throws GatewayError `not_found` */
  removeSecret(name: string, subject?: string): Promise<void>

  /** @returns the key's record and the key itself (`gh_sk_…`), which is not kept */
  addKey(key: NewKey): Promise<{ readonly summary: KeySummary; readonly key: string }>
  /** Takes a key that exists elsewhere: `hf_sk_…` as a service key, any other value as a legacy token. */
  importKey(key: NewKey & { readonly key: string }): Promise<KeySummary>
  listKeys(): readonly KeySummary[]
  /**
   * Chooses which accounts a key uses, by the slugs of their servers; null leaves the choice open again.
   *
   * @throws GatewayError `not_found`
   */
  chooseKeyAccounts(id: string, choices: Readonly<Record<string, string | null>>): Promise<KeySummary>
  /** Holds from the next request on. @throws GatewayError `not_found` */
  revokeKey(id: string): Promise<void>
  /** Notes the use of a key, in memory at once, in the vault some seconds later. */
  noteKeyUse(id: string): void
  addAgent(name: string): Promise<{ readonly name: string; readonly key: string; readonly summary: KeySummary }>
  listAgents(): readonly Agent[]
  /** Revokes all keys of an agent, from the next request on. @throws GatewayError `not_found` */
  removeAgent(name: string): Promise<void>
  /** Writes what has been noted and not yet written, and ends listening to the vault. */
  close(): Promise<void>
}
