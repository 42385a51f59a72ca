/** The plan of one outbound request: every header with its source, and what is still to be obtained for it. */
import type { ErrorCode } from '../contract/errors.js'
import type { Disposition, HeaderSource } from '../contract/exchange.js'
import type { TokenDemand } from '../contract/token-demand.js'

/** A value that is not at hand when the plan is made. */
export type PendingValue =
  | {
      readonly kind: 'secret'
      readonly prefix: string
      readonly secret: string
      /** Undefined means the organization's value. */
      readonly subject: string | undefined
    }
  | {
      readonly kind: 'basic'
      readonly username: string | { readonly secret: string }
      readonly password: { readonly secret: string }
    }
  | {
      readonly kind: 'token'
      readonly prefix: string
      readonly demand: TokenDemand
      /** The caller's JWT, which a token exchange begins with. */
      readonly subjectToken: string | undefined
    }
  /**
   * The access token of the account that the caller, or the organization, has connected at the server for this client of
   * its configuration, see `ServerPlan.accountClients`.
   */
  | { readonly kind: 'account'; readonly prefix: string; readonly clientKey: string }

export interface PlannedHeader {
  /** Lower case. */
  readonly name: string
  readonly value: string | PendingValue
  readonly sensitive: boolean
  readonly disposition: Disposition
  readonly source: HeaderSource
  readonly reason: string
}

export interface StrippedHeader {
  readonly name: string
  readonly value: string
  readonly sensitive: boolean
  readonly source: HeaderSource
  readonly reason: string
}

export interface PlannedQuery {
  readonly name: string
  readonly value: PendingValue
  readonly source: HeaderSource
}

/** A URL as the HTTP client takes it. */
export interface Target {
  readonly origin: string
  /** Path and query. */
  readonly path: string
}

export interface OutboundPlan {
  /** The server's URL. A credential that goes into its query is in `query`. */
  readonly url: string
  readonly target: Target
  /** The origin that every secret of this plan is bound for. */
  readonly destination: string
  readonly query: PlannedQuery | undefined
  readonly headers: readonly PlannedHeader[]
  readonly stripped: readonly StrippedHeader[]
  /** What a person should know though the call can be made, e.g. a claim that the caller lacks. */
  readonly problems: readonly string[]
  /** Why the call cannot be made at all. */
  readonly refusal: PlanRefusal | undefined
  /** Whether the gateway presents a credential of its own, so that a 401 is about it and not about the agent. */
  readonly ownCredential: boolean
}

export interface PlanRefusal {
  readonly code: ErrorCode
  readonly detail: string
  readonly fix: string
}
