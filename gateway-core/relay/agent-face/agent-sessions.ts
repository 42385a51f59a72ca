/** All sessions of agents of the older era, bounded. In memory: after a restart agents are told 404 and start anew. */
import { GatewayError } from '../../contract/errors.js'
import type { AgentSession } from './agent-session.js'

const maxIdleMs = 24 * 60 * 60 * 1000

export class AgentSessions {
  // A Map keeps the order of insertion, and who is used is inserted anew: the first is the one not used for longest.
  readonly #byId = new Map<string, AgentSession>()

  /** @param maxSessions beyond it, the one not used for longest ends; one that an agent is connected to only at last */
  constructor(
    private readonly nowMs: () => number,
    private readonly maxSessions: number,
  ) {}

  add(session: AgentSession): void {
    session.usedMs = this.nowMs()
    if (this.#byId.size >= this.maxSessions) this.#makeRoom()
    this.#byId.set(session.id, session)
  }

  /** @throws GatewayError `unknown_session`, also for a session of another caller or server: to them it does not exist */
  find(id: string, callerId: string, scope: string): AgentSession {
    const session = this.#byId.get(id)
    if (session === undefined || session.callerId !== callerId || session.scope !== scope)
      throw new GatewayError('unknown_session', {
        detail: 'This caller has no session with this id.',
        fix: 'Initialize a new session.',
      })
    this.use(session)
    return session
  }

  /** Notes that a session is in use. */
  use(session: AgentSession): void {
    session.usedMs = this.nowMs()
    if (this.#byId.delete(session.id)) this.#byId.set(session.id, session)
  }

  end(session: AgentSession, reason: unknown): void {
    this.#byId.delete(session.id)
    session.end(reason)
  }

  /** Those with one server. */
  of(scope: string): readonly AgentSession[] {
    return [...this.#byId.values()].filter((session) => session.scope === scope)
  }

  endScope(scope: string | undefined, reason: unknown): void {
    for (const session of this.#byId.values())
      if (scope === undefined || session.scope === scope) this.end(session, reason)
  }

  /** Ends what nobody has used for a day. */
  endIdle(): void {
    const sinceMs = this.nowMs() - maxIdleMs
    for (const session of this.#byId.values()) {
      if (session.usedMs > sinceMs) return
      if (!session.occupied) this.end(session, undefined)
    }
  }

  #makeRoom(): void {
    let oldest: AgentSession | undefined
    for (const session of this.#byId.values()) {
      oldest ??= session
      if (session.occupied) continue
      oldest = session
      break
    }
    if (oldest !== undefined) this.end(oldest, sessionOver())
  }
}

/** What is answered to a call whose session the gateway has ended. */
export function sessionOver(): GatewayError {
  return new GatewayError('server_unreachable', {
    detail: 'The gateway ended its session with the server.',
    fix: 'Send the request again.',
  })
}
