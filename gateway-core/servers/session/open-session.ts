/** Begins a session with a server, in the era that it speaks. */
import { GatewayError } from '../../contract/errors.js'
import type { Params } from '../../contract/json-rpc.js'
import type { ServerSession } from '../server-session.js'
import type { OutboundRequest, TransportEvents } from '../transport.js'
import { sharedCapabilities } from './capabilities.js'
import { Declined, discover, initialize, type SessionTransport } from './handshake.js'
import { LiveSession } from './live-session.js'
import type { QuietTools } from './tool-turns.js'

export type Era = 'legacy' | 'modern'

export interface OpenSessionOptions {
  /** Makes a transport. Called again where a process ended because it was asked for the stateless era. */
  readonly transport: (events: TransportEvents) => SessionTransport
  /** `single` for one caller, whose capabilities the server is told where they are for a session; `shared` for many. */
  readonly mode: 'single' | 'shared'
  /** The agent whose call opens the session. */
  readonly first: { readonly era: Era; readonly capabilities: Params }
  readonly outbound: OutboundRequest
  readonly timeoutMs: number
  /** Longest silence to bear in each step of opening the session, milliseconds; `timeoutMs` unless given. */
  readonly openingMs?: number
  /** What `about.era` was before, with this server and this credential. It is tried first; evidence overrules it. */
  readonly rememberedEra?: Era | undefined
  /** What `asksOutsideOfCalls` was before. */
  readonly rememberedAsks?: boolean | undefined
  /** Tools that are known to ask nothing, to which the session adds. */
  readonly quietTools?: QuietTools | undefined
}

/** `about.era` and `asksOutsideOfCalls` are worth remembering per server and credential. */
export interface OpenedSession extends ServerSession {
  /**
   * The server asked agents without saying during which call; `tools/call`s of different agents run one agent at a time
   * since.
   */
  readonly asksOutsideOfCalls: boolean
}

/**
 * Tries the remembered era, else that of the first agent, and then the other one if the server gives evidence for it.
 * SSE is always of the older eras.
 *
 * Once open, a call that is cancelled rejects with `CallCancelled` at once.
 *
 * @throws GatewayError as `ServerTransport.start`; `server_unreachable` where the server speaks neither era
 * @throws HttpRefusal 401 and 403 of a server to which the gateway has no credential of its own: no evidence
 */
export async function openSession(options: OpenSessionOptions): Promise<OpenedSession> {
  const { mode, outbound, timeoutMs, openingMs = timeoutMs } = options
  const { era, capabilities: declared } = options.first
  // An agent of the stateless era may declare others with each request.
  const capabilities = mode === 'single' && era === 'legacy' ? declared : sharedCapabilities
  const asksOutsideOfCalls = options.rememberedAsks === true
  const start = async (): Promise<LiveSession> => {
    const started = new LiveSession(options.transport, {
      capabilities,
      outbound,
      timeoutMs,
      openingMs,
      isSingle: mode === 'single',
      asksOutsideOfCalls,
      quietTools: options.quietTools,
    })
    await closedOnFailure(started, namingStep('connecting', openingMs, started.start()))
    return started
  }
  let session = await start()
  let declined: Declined | undefined
  for (const era of erasToTry(options, session)) {
    if (session.link.outgoing.over !== undefined) {
      await session.close()
      session = await start()
    }
    const attempt = era === 'modern' ? discover : initialize
    const step = era === 'modern' ? 'server/discover' : 'initialize'
    const attempted = attempt(session.link, { capabilities, outbound, timeoutMs: openingMs })
    const outcome = await closedOnFailure(session, namingStep(step, openingMs, attempted))
    if (!(outcome instanceof Declined)) {
      session.begin(outcome)
      return session
    }
    declined ??= outcome
  }
  await session.close()
  throw declined?.reason
}

function erasToTry({ first, rememberedEra }: OpenSessionOptions, session: LiveSession): readonly Era[] {
  if (session.link.transport.kind === 'sse') return ['legacy']
  return (rememberedEra ?? first.era) === 'modern' ? ['modern', 'legacy'] : ['legacy', 'modern']
}

/** Says in a `server_timeout` what the server was silent at. */
async function namingStep<T>(step: string, openingMs: number, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'server_timeout') throw error
    throw new GatewayError('server_timeout', {
      detail: `The server was silent for ${openingMs} ms when a session with it was being opened (${step}).`,
      fix: 'See whether it runs, and try again.',
      cause: error,
    })
  }
}

async function closedOnFailure<T>(session: LiveSession, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    await session.close()
    throw error
  }
}
