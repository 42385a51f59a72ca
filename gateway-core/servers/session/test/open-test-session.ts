/** A session with a server that a test writes by hand. */
import type { TransportEvents } from '../../transport.js'
import type { SessionTransport } from '../handshake.js'
import { openSession, type OpenedSession, type OpenSessionOptions } from '../open-session.js'
import { outbound } from './test-agent.js'

/** Every tool was called before and asked nothing. */
export const quietTools: OpenSessionOptions['quietTools'] = { has: () => true, add: () => new Set(), size: 0 }

export function openTestSession(
  server: { readonly transport: (events: TransportEvents) => SessionTransport },
  rest: Partial<OpenSessionOptions> = {},
): Promise<OpenedSession> {
  return openSession({
    transport: server.transport,
    mode: 'shared',
    first: { era: rest.rememberedEra ?? 'legacy', capabilities: {} },
    outbound,
    timeoutMs: 60_000,
    ...rest,
  })
}
