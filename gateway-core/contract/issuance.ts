/** One token that the gateway obtained or minted: what for and on whose behalf, never the token. */
import type { Caller } from './caller.js'

export interface Issuance {
  readonly id: string
  /** RFC 3339, UTC. */
  readonly issuedAt: string
  /** `client_credentials`, `token_exchange`, `token_broker`. */
  readonly grantType: string
  /** The authorization server's identifier, or the origin of its token endpoint where nothing names it. */
  readonly issuer: string
  readonly clientId: string
  /** `sub` of the token where it is a JWT, else the client, or the caller of whom the token speaks. */
  readonly subject: string
  /** `aud` of the token where it is a JWT, else the resource that was asked for. */
  readonly audience: string | readonly string[]
  readonly resource?: string | undefined
  readonly scopes: readonly string[]
  /** Slug. */
  readonly server: string
  readonly caller: Caller
  readonly requestId: string
  readonly traceId: string
  /** RFC 3339, UTC; missing where nobody said. */
  readonly expiresAt?: string | undefined
}

export interface IssuanceQuery {
  readonly server?: string | undefined
  /** Client id. */
  readonly client?: string | undefined
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined
  /** 1 to 500; 50 unless given. */
  readonly limit?: number | undefined
}

export interface IssuancePage {
  /** Newest first. */
  readonly items: readonly Issuance[]
  readonly nextCursor?: string
}
