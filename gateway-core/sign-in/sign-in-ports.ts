/** What signing agents in needs of the rest of the gateway. */
import type { Logger } from 'pino'
import type { Issuance } from '../contract/issuance.js'
import type { SignInStore } from '../vault/sign-in-store.js'
import type { SecretStore } from '../vault/vault.js'

/** A server that agents may be let use. */
export interface OfferedServer {
  readonly slug: string
  readonly description: string | undefined
  /** Whether agents without a credential are sent here from it. */
  readonly isInteractive: boolean
  /** Whether it is among those that `/mcp` shows. */
  readonly isMember: boolean
}

/** A request to the authorization server that was refused, for the inspector. Holds no code, token or verifier. */
export interface RefusedRequest {
  readonly httpMethod: string
  readonly path: string
  /** Of the request, as far as they are no secrets. */
  readonly parameters: Readonly<Record<string, unknown>>
  readonly status: number
  /** RFC 6749 §5.2. */
  readonly error: string
  readonly description: string | undefined
}

/** Who signed in at the identity provider, and what is kept of that. */
export interface Person {
  readonly issuer: string
  readonly sub: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly accessToken: string
  readonly refreshToken?: string | undefined
  /** Epoch milliseconds; undefined where the provider did not say. */
  readonly expiresMs?: number | undefined
}

export type ProviderAnswer<Begun> =
  | { readonly kind: 'signed_in'; readonly begun: Begun; readonly person: Person }
  | { readonly kind: 'failed'; readonly begun: Begun; readonly reason: string }
  /** Another issuer answered than was asked. The real answer may still come. */
  | { readonly kind: 'wrong_issuer' }

/** What was begun when a browser was sent to the identity provider. */
export interface BegunSignIn {
  /** Of the interaction that it belongs to. */
  readonly uid: string
  readonly baseUrl: string
  /** Servers that were chosen for `/mcp`; undefined where one server was asked for. */
  readonly servers: readonly string[] | undefined
}

/** The team's identity provider (OpenID Connect). */
export interface IdentityProvider {
  /** Of who is configured; undefined where nobody is, and the local user approves. */
  issuer(): string | undefined
  /** @returns where the browser has to go. @throws GatewayError `token_endpoint_failed`, `secret_missing` */
  begin(begun: BegunSignIn, selectAccount: boolean): Promise<string>
  /**
   * @returns undefined where this is no answer to what was begun here
   * @throws GatewayError where the provider cannot be asked just now
   */
  finish(query: URLSearchParams): Promise<ProviderAnswer<BegunSignIn> | undefined>
  /**
   * Gets new tokens.
   *
   * @returns `ended` where the provider says that the session is over
   * @throws GatewayError where it cannot be asked just now
   */
  refresh(person: Person): Promise<Person | 'ended'>
  /** Tells the provider that the session is over, where it takes that. Never throws. */
  revoke(person: Person): Promise<void>
  forget(): void
}

/** What a person allowed an agent. */
export interface Grant {
  readonly id: string
  readonly clientId: string
  /** What the agent calls itself. */
  readonly clientName: string
  /** Where it was sent back to, without a query; of a loopback address without the port. */
  readonly redirectUri: string
  /** `local`, or `{issuer}#{sub}` of the identity provider. */
  readonly accountId: string
  readonly subject: string
  readonly issuer?: string | undefined
  readonly email?: string | undefined
  /** Slugs of servers that it asked for one by one. */
  readonly servers: readonly string[]
  /** Slugs that it may use through `/mcp`. */
  readonly merged: readonly string[]
  /** RFC 3339. */
  readonly createdAt: string
  readonly updatedAt: string
}

export type GrantChange = 'approved' | 'removed'

export interface SignInPorts {
  readonly store: SignInStore
  readonly secrets: Pick<SecretStore, 'open' | 'put'>
  readonly identityProvider: IdentityProvider
  offered(): readonly OfferedServer[]
  /** A client's metadata document: JSON, no redirect followed, from no private address unless a person let its origin in. */
  fetchDocument(url: string): Promise<Response>
  issued(issuance: Issuance): void
  refused(request: RefusedRequest): void
  changed(grant: Grant, what: GrantChange): void
  readonly logger: Pick<Logger, 'warn' | 'error' | 'info'>
  /** Epoch milliseconds. */
  readonly nowMs: () => number
}
