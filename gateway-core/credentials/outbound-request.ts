/** What a plan is made from: the request as it came in, and who is calling. */
import type { Caller } from '../contract/caller.js'

/**
 * What becomes of the agent's message: it goes out as it came, in a session that the gateway holds with the server, or to
 * a process, which knows no headers.
 */
export type Hop = 'message' | 'session' | 'process'

export interface OutboundRequest {
  readonly hop: Hop
  /** That the session is of, over Streamable HTTP, where the era adds headers: the id of the session, or method and name. */
  readonly sessionEra?: 'legacy' | 'modern' | undefined
  /** Lower-case names; a repeated header joined as RFC 9110 §5.3 says. */
  readonly headers: Readonly<Record<string, string>>
  readonly caller: Caller
  /** The JWT that the caller proved itself with, verified. */
  readonly callerToken: string | undefined
  /** The verified claims of that token; for a key, what is known of its subject. */
  readonly claims: Readonly<Record<string, unknown>>
  /** Whether `authorization` belongs to the gateway: it identified the caller, or its issuer is a configured one. */
  readonly authorizationIsOurs: boolean
  /** The name in `tools/call`. */
  readonly tool: string | undefined
  /** Headers that the gateway makes itself: `user-agent`, and `x-request-id` and `traceparent` where they are missing or malformed. */
  readonly generated: readonly GeneratedHeader[]
}

export interface GeneratedHeader {
  readonly name: string
  readonly value: string
  readonly reason: string
}
