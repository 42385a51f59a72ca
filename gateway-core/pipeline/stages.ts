/**
 * The states of a request on its way. Each stage takes what the one before gives, so that skipping Shield or sending
 * without a plan does not compile.
 */
import type { Caller } from '../contract/caller.js'
import type { Verdict } from '../contract/exchange.js'
import type { Hop } from '../credentials/outbound-request.js'
import type { OutboundPlan } from '../credentials/planned.js'
import type { Recognised } from '../callers/recognise-caller.js'
import type { RegisteredServer, Snapshot } from '../registry/registry.js'
import type { OutboundRequest } from '../servers/transport.js'
import type { AccountNeed } from './connect-session.js'
import type { Era, Message } from './read-message.js'

/** Admitted by the data port: Host, Origin, media type and size are right, the body has been read. */
export interface Arrived {
  readonly requestId: string
  readonly traceId: string
  /** Headers that the gateway makes itself, for the outbound request. */
  readonly generated: readonly { readonly name: string; readonly value: string; readonly reason: string }[]
  readonly httpMethod: 'GET' | 'POST' | 'DELETE'
  /** Path without the query. */
  readonly path: string
  readonly slug: string
  /** Name in `/agents/{agent}/…`; undefined elsewhere. */
  readonly agent: string | undefined
  /** `http://host:port` as the agent addressed it. */
  readonly baseUrl: string
  /** Lower-case names, repeated ones joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** The vault is open, and we know who is calling. The server may not exist. */
export interface Known extends Arrived {
  readonly snapshot: Snapshot
  readonly server: RegisteredServer | undefined
  readonly recognised: Recognised
  readonly caller: Caller
}

/** The message was read strictly; undefined for GET and DELETE. */
export interface Read extends Known {
  readonly message: Message | undefined
  readonly era: Era
  /** The name that the agent used for the tool, where the server's own is another. */
  readonly shownTool?: string
}

/** The server exists, is enabled, and this caller may use it, and the tool, and the session. */
export interface Routed extends Read {
  readonly server: RegisteredServer
}

declare const cleared: unique symbol

/** Shield has judged it, or is off. Made by `clearWithShield` alone. */
export interface Cleared extends Routed {
  readonly verdict: Verdict
  readonly [cleared]: true
}

/** Every header that will be sent is known, with its source. Secrets are still names. */
export interface Planned extends Cleared {
  readonly plan: OutboundPlan
  readonly hop: Hop
}

/** Secrets have become values. Nothing after this may log or throw what it holds. */
export interface Credentialed extends Planned {
  readonly outbound: OutboundRequest
  /** Set where nothing may go out, as the caller has to connect an account first. */
  readonly accountNeed?: AccountNeed
}
