/** A session of a probe's own with a server. It leaves the sessions of agents alone, and ends with the probe. */
import type { Answer } from '../contract/json-rpc.js'
import { GatewayError } from '../contract/errors.js'
import type { AgentPeer, ServerAbout } from '../servers/server-session.js'
import type { SessionTarget } from '../servers/server-sessions.js'
import {
  createHttpTransport,
  createProcessTransport,
  endOnAbort,
  type ProcessValues,
} from '../servers/session-transport.js'
import type { SessionTransport } from '../servers/session/handshake.js'
import { openSession, type OpenedSession } from '../servers/session/open-session.js'
import { gatewayInfo, rpcCodes } from '../servers/session/protocol-names.js'
import type { OutboundRequest, TransportEvents } from '../servers/transport.js'
import { cut, type Finding } from './probe-steps.js'

const silenceMs = 10_000

export interface ProbeTarget extends Pick<SessionTarget, 'slug' | 'transport' | 'command' | 'cwd' | 'outbound'> {
  /** Of a process. */
  readonly values?: ProcessValues
}

/** What becomes of the process of a server over stdio. */
export interface ProcessEvents {
  started(): void
  /** It ended, or could not be started. A process of an older era may be started again after that. */
  ended(): void
}

/**
 * Asks for the stateless era first. A 401 is never about the gateway's credential here: whose it is, the caller knows.
 *
 * @throws GatewayError, HttpRefusal as `openSession`; the reason of the signal
 */
export async function openProbeSession(
  target: ProbeTarget,
  signal: AbortSignal,
  events?: ProcessEvents,
): Promise<OpenedSession> {
  const session = await openSession({
    transport: (transportEvents) => {
      signal.throwIfAborted()
      const transport = createTransport(target, transportEvents, events)
      endOnAbort(transport, transportEvents, signal, () => tooLate(signal))
      return transport
    },
    mode: 'single',
    first: { era: 'modern', capabilities: {} },
    outbound: target.outbound,
    timeoutMs: silenceMs,
  })
  if (!signal.aborted) return session
  await session.close()
  throw tooLate(signal)
}

function tooLate(signal: AbortSignal): GatewayError {
  return signal.reason instanceof GatewayError ? signal.reason : new GatewayError('server_timeout')
}

function createTransport(
  { slug, transport, outbound, values, ...command }: ProbeTarget,
  events: TransportEvents,
  process: ProcessEvents | undefined,
): SessionTransport {
  if (transport !== 'stdio')
    return createHttpTransport(
      { slug, transport, origin: outbound.origin, ownCredential: false, isSocketUsedOnce: false },
      events,
    )
  const closed = (reason: GatewayError): void => {
    process?.ended()
    events.closed(reason)
  }
  const child = createProcessTransport({ slug, ...command }, values ?? { args: [], env: {}, secrets: [] }, {
    ...events,
    closed,
  })
  const start = child.start.bind(child)
  return Object.assign(child, {
    start: async (options: Parameters<SessionTransport['start']>[0]) => {
      try {
        await start(options)
        process?.started()
      } catch (error) {
        process?.ended()
        throw error
      }
    },
  })
}

/** What a server said of itself, in a sentence. */
export function describeAbout({ era, protocolVersion, serverInfo }: ServerAbout): string {
  const { name, version } = serverInfo
  const words = [name, version].filter((word) => typeof word === 'string')
  const who = words.length === 0 ? '' : `; it calls itself ${cut(words.join(' '), 100)}`
  return `It speaks MCP ${protocolVersion}, ${era === 'modern' ? 'stateless' : 'with sessions'}${who}.`
}

const nobody: AgentPeer = {
  id: 'probe',
  capabilities: {},
  clientInfo: gatewayInfo,
  notify: () => undefined,
  ask: async () => ({ error: { code: rpcCodes.methodNotFound, message: 'Method not found' } }),
}

/**
 * Counts its tools.
 *
 * @throws GatewayError, HttpRefusal as `ServerSession.call`
 */
export async function listTools(
  session: OpenedSession,
  outbound: OutboundRequest,
  signal: AbortSignal,
): Promise<Finding<undefined>> {
  if (session.about.capabilities['tools'] === undefined) return { detail: 'It has no tools.' }
  const call = { method: 'tools/list', params: undefined, agent: nobody, outbound, timeoutMs: silenceMs, signal }
  return describeTools(await session.call({ ...call, passInputRequired: false }))
}

function describeTools(answer: Answer): Finding<undefined> {
  if ('error' in answer) return { ok: false, detail: `It answered tools/list with error ${answer.error.code}.` }
  const { tools, nextCursor } = answer.result
  if (!Array.isArray(tools)) return { ok: false, detail: 'It answered tools/list without a list.' }
  const count = `${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}`
  return { detail: nextCursor === undefined ? `It lists ${count}.` : `It lists ${count} on its first page of several.` }
}
