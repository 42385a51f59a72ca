/** What connecting and using accounts needs of the rest of the gateway. */
import type { CustomFetchOptions } from 'oauth4webapi'
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
  /** @throws GatewayError `unknown_server`, `invalid_input` where accounts are no part of how it is called */
  target(slug: string): ConnectTarget
  /** @throws GatewayError `token_endpoint_failed` and others of discovery */
  discover(target: ConnectTarget, challenge: ServerChallenge): Promise<Provider>
  /**
   * @param target whose URL a person typed: private addresses may be asked only where it is at one
   * @param headOnly for an endpoint whose answers have no body that matters
   */
  fetchFor(target: ConnectTarget, headOnly: boolean): Fetch
  /** @throws GatewayError `secret_missing`, `server_disabled` */
  secret(name: string, destination: string): Promise<string>
  /**
   * A provider gave an account a token.
   *
   * @param cause id of the attempt, or of the refresh
   */
  issued(opened: OpenedAccount, grantType: 'authorization_code' | 'refresh_token', cause: string): void
  /** An account was connected, changed or removed. */
  changed(account: Account, what: 'connected' | 'refreshed' | 'sign_in_needed' | 'removed'): void
}
