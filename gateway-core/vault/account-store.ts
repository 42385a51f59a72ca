/** What the vault keeps of connected accounts and registered OAuth clients, and how it is asked for. */

/** What is known of an account beside its tokens. */
export interface AccountDescription {
  /** Slug of the server. */
  readonly server: string
  /** Whose it is, see `subjectKey`; empty for the organization's. */
  readonly subject: string
  /** Which of the server's configured clients it is for, see `ServerPlan.accountClients`; missing for the server's own. */
  readonly clientKey?: string
  /** Tells several of one owner apart, as in `work`; the first one has none. */
  readonly label?: string
  /** Origin that the access token may be sent to. */
  readonly destination: string
  /** Exactly as the provider's metadata has it. */
  readonly issuer: string
  /** The user's id at the provider, where it told one. */
  readonly providerSubject?: string
  readonly client: AccountClient
  readonly tokenUrl: string
  readonly revocationUrl?: string
  /** RFC 8707: what the tokens are for. */
  readonly resource: string
  /** As granted; where the provider did not say, as requested. */
  readonly scopes: readonly string[]
  /** RFC 3339, by the wall clock; missing where the provider did not say. */
  readonly expiresAt?: string
}

/** The OAuth client that the grant was given to. */
export interface AccountClient {
  readonly id: string
  /** From the server's configuration; a metadata document's URL; registered dynamically, see `OAuthClientStore`. */
  readonly registration: 'static' | 'cimd' | 'dcr'
  readonly redirectUri: string
}

export interface AccountTokens {
  readonly accessToken: string
  readonly refreshToken?: string
}

/** Whose accounts are meant, at what. */
export type AccountOwner = Pick<AccountDescription, 'server' | 'subject' | 'clientKey'>

/** What a person may change. */
export interface AccountChoice {
  /** Empty takes the label away. */
  readonly label?: string
  readonly isDefault?: boolean
}

export interface Account extends AccountDescription {
  readonly id: string
  /** Chosen to be the one that is used where nobody names another. */
  readonly isDefault?: true
  /** Another one after each change of the tokens. Never used twice. */
  readonly generation: number
  readonly status: 'connected' | 'sign_in_needed'
  /** Why somebody has to sign in again. */
  readonly reason?: string
  readonly createdAt: string
  readonly updatedAt: string
}

export interface OpenedAccount {
  readonly account: Account
  readonly tokens: AccountTokens
}

/** What a refresh changes. */
export interface RefreshedTokens {
  readonly tokens: AccountTokens
  readonly scopes?: readonly string[]
  readonly expiresAt?: string
}

export type LeaseOutcome = 'leased' | 'taken' | 'stale'

export interface AccountStore {
  list(): Promise<readonly Account[]>
  /**
   * @param label of the one that is meant; undefined for the one that the owner chose, else the one without a label, else
   *   the oldest
   */
  find(owner: AccountOwner, label?: string): Promise<OpenedAccount | undefined>
  get(id: string): Promise<OpenedAccount | undefined>
  /** Keeps an account that was just connected, in place of the one of the same owner and label, whose id it takes. */
  connect(account: AccountDescription, tokens: AccountTokens): Promise<OpenedAccount>
  /** Keeps new tokens where the account still has this generation; otherwise undefined, and nothing is changed. */
  refresh(id: string, generation: number, change: RefreshedTokens): Promise<OpenedAccount | undefined>
  /** @returns whether the account still had this generation; otherwise nothing is changed */
  requireSignIn(id: string, generation: number, reason: string): Promise<boolean>
  /**
   * Changes neither tokens nor generation. Of one owner's accounts one at most is the default.
   *
   * @returns undefined where there is no such account
   * @throws GatewayError `conflict` where the owner has another one of this label
   */
  choose(id: string, choice: AccountChoice): Promise<Account | undefined>
  /** @returns whether there was one */
  remove(id: string): Promise<boolean>
  /**
   * Asks to be the one that refreshes an account, among all processes with this vault. `taken`: somebody else is.
   * `stale`: the account has another generation by now, or is gone.
   *
   * @param holder a name that no other process or refresh has
   */
  lease(id: string, generation: number, holder: string, durationMs: number): Promise<LeaseOutcome>
  release(id: string, holder: string): Promise<void>
}

/** A client that a provider registered for us. */
export interface OAuthClient {
  readonly issuer: string
  readonly redirectUri: string
  readonly clientId: string
  readonly clientSecret?: string
  /** How it authenticates at the token endpoint (RFC 7591 §2). */
  readonly authMethod: 'none' | 'client_secret_basic' | 'client_secret_post'
  /** RFC 3339; when the secret ends. */
  readonly secretExpiresAt?: string
  /** RFC 3339. */
  readonly registeredAt: string
}

export interface OAuthClientStore {
  find(issuer: string, redirectUri: string): Promise<OAuthClient | undefined>
  /** In place of the one for the same issuer and redirect URI. */
  put(client: OAuthClient): Promise<void>
  remove(issuer: string, redirectUri: string): Promise<void>
  /** By issuer, without their secrets. */
  list(): Promise<readonly OAuthClientSummary[]>
}

export type OAuthClientSummary = Omit<OAuthClient, 'clientSecret'>
