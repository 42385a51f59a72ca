/** Access tokens that the gateway itself gave to agents, as whoever has to tell a caller sees them. */
import type { Caller } from './caller.js'

/** What a person allowed one agent. */
export interface CallerGrant {
  readonly id: string
  /** What the agent calls itself. */
  readonly clientName: string
  /** Slugs that this token is good for. */
  readonly servers: readonly string[]
}

export interface MintedCaller {
  readonly caller: Caller
  readonly claims: Readonly<Record<string, unknown>>
  /** The identity provider's token of who signed in there. */
  readonly providerToken?: string | undefined
  readonly grant: CallerGrant
}

export interface MintedTokens {
  /** Whether a bearer value was made here, whatever it is worth by now: such a one never leaves. */
  isOurs(bearer: string): Promise<boolean>
  /**
   * @param baseUrl `http://host:port` as the agent addressed the gateway
   * @param slug empty for all servers as one
   * @throws Error with the reason, which may be shown to the caller
   */
  identify(bearer: string, baseUrl: string, slug: string): Promise<MintedCaller>
}
