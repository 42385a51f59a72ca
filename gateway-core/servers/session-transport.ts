/** Makes the transports of sessions that the gateway holds itself. */
import type { Pool } from 'undici'
import type { GatewayError } from '../contract/errors.js'
import { openSessionPool } from './connections.js'
import type { SessionTransport } from './session/handshake.js'
import { createSseTransport } from './sse-transport.js'
import { createStdioTransport, type StdioTransport } from './stdio/create-stdio-transport.js'
import { createStreamableHttpTransport } from './streamable-http-transport.js'
import type { TransportEvents } from './transport.js'

/** A command that is ended has this long to do so by itself, twice: the gateway's own end may wait for it. */
const graceMs = 1000

export interface HttpPeerAddress {
  readonly slug: string
  readonly transport: 'streamable-http' | 'sse'
  readonly origin: string
  /** Whether a credential in the headers is the gateway's, so that a 401 is about it and not about the agent. */
  readonly ownCredential: boolean
  /** Whether a connection is used for one request and no other. */
  readonly isSocketUsedOnce: boolean
}

/** With connections of its own, which end with it. */
export function createHttpTransport(address: HttpPeerAddress, events: TransportEvents): SessionTransport {
  const { slug, transport, origin, ownCredential, isSocketUsedOnce } = address
  const pool = openSessionPool(origin, isSocketUsedOnce)
  const create = transport === 'sse' ? createSseTransport : createStreamableHttpTransport
  return closingPool(create({ slug, dispatcher: pool, ownCredential }, events), pool)
}

function closingPool(transport: SessionTransport, pool: Pool): SessionTransport {
  const close = transport.close.bind(transport)
  return Object.assign(transport, {
    close: async () => {
      await close()
      await pool.destroy()
    },
  })
}

export interface ProcessCommand {
  readonly slug: string
  readonly command: string | undefined
  readonly cwd: string | undefined
}

export interface ProcessValues {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Values of `args` and `env` that are secret. */
  readonly secrets: readonly string[]
}

/** A process that is not started. */
export function createProcessTransport(
  { slug, command = '', cwd }: ProcessCommand,
  { args, env, secrets }: ProcessValues,
  events: TransportEvents,
): StdioTransport {
  const folder = cwd === undefined ? {} : { cwd }
  return createStdioTransport(
    { slug, command, args, env, secrets, ...folder, onStderr: () => undefined, graceMs },
    events,
  )
}

/** Ends a transport when the signal is aborted as if it had ended by itself, so that nobody waits for it any longer. */
export function endOnAbort(
  transport: SessionTransport,
  events: TransportEvents,
  signal: AbortSignal,
  reason: () => GatewayError,
): void {
  signal.addEventListener('abort', () => {
    events.closed(reason())
    void transport.close()
  })
}
