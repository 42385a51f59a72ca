/** What connecting and using accounts needs of the rest of the gateway. */
import type { CustomFetchOptions } from 'oauth4webapi'
import type { Caller } from '../../contract/caller.js'
import type { Account, AccountStore, OAuthClientStore, OpenedAccount } from '../../vault/account-store.js'
import type { ConnectTarget, Provider, ServerChallenge } from './connect-target.js'

/** Makes one HTTP request to a provider, within limits of time and size, following no redirect. */
export type Fetch = (
  url: string,
  options: CustomFetchOptions<'GET' | 'POST', string | URLSearchParams | undefined>,
) => Promise<Response>

export interface AccountPorts {
  readonly accounts: AccountStore
  readonly clients: OAuthClientStore
  /**
   * @param clientKey which of the server's clients, see `ServerPlan.accountClients`
   * @throws GatewayError `unknown_server`, `invalid_input` where accounts are no part of how it is called
   */
  target(slug: string, clientKey: string): ConnectTarget
  /** @throws GatewayError `token_endpoint_failed` and others of discovery */
  discover(target: ConnectTarget, challenge: ServerChallenge, cause?: Partial<TokenCause>): Promise<Provider>
  /**
   * @param target whose URL a person typed: private addresses may be asked only where it is at one
   * @param headOnly for an endpoint whose answers have no body that matters
   */
  fetchFor(target: ConnectTarget, headOnly: boolean, cause?: Partial<TokenCause>): Fetch
  /** @throws GatewayError `secret_missing`, `server_disabled` */
  secret(name: string, destination: string): Promise<string>
  /** A provider gave an account a token. */
  issued(opened: OpenedAccount, grantType: 'authorization_code' | 'refresh_token', cause: TokenCause): void
  /** An account was connected, changed or removed. `chosen`: another one may be used than before. */
  changed(account: Account, what: 'connected' | 'refreshed' | 'sign_in_needed' | 'removed' | 'chosen'): void
}

/** The same, with what is asked of providers laid to one cause. */
export function causedPorts(ports: AccountPorts, cause: Partial<TokenCause>): AccountPorts {
  return {
    ...ports,
    discover: (target, challenge) => ports.discover(target, challenge, cause),
    fetchFor: (target, headOnly) => ports.fetchFor(target, headOnly, cause),
  }
}

/** What a token was got for: the agent's request, or the one that began a sign-in. */
export interface TokenCause {
  readonly requestId: string
  /** Of W3C Trace Context, 32 hexadecimal digits. */
  readonly traceId: string
  /** Undefined where nobody called: a person connected the account. */
  readonly caller?: Caller
}
