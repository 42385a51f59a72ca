/**
 * What agents of `/mcp` want of a server for as long as they are there: updates of resources, and a level of log messages.
 * A session that is opened later, or anew after the server was gone, is told.
 */
import type { Params } from '../contract/json-rpc.js'
import type { AgentPeer, ServerSession, SessionCall, SessionListener } from '../servers/server-session.js'

const maxAgents = 1_000
const maxSubscriptions = 1_000

export class StandingWishes {
  /** By server, whom the wishes were told to. */
  readonly #told = new Map<string, ServerSession>()
  readonly #uris = new Map<string, Map<SessionListener, Set<string>>>()
  readonly #levels = new Map<string, { readonly agent: AgentPeer; readonly level: unknown }>()
  /** By agent, to how many servers it listens. */
  readonly #listening = new Map<string, number>()

  noteLevel(agent: AgentPeer, level: unknown): void {
    if (this.#levels.size >= maxAgents) this.#levels.clear()
    this.#levels.set(agent.id, { agent, level })
  }

  noteSubscription(slug: string, uri: string, listener: SessionListener): void {
    const byListener = this.#uris.get(slug) ?? new Map<SessionListener, Set<string>>()
    this.#uris.set(slug, byListener)
    const uris = byListener.get(listener) ?? new Set()
    byListener.set(listener, uris)
    if (uris.size < maxSubscriptions) uris.add(uri)
  }

  forgetSubscription(slug: string, uri: string, listener: SessionListener): void {
    const byListener = this.#uris.get(slug)
    const uris = byListener?.get(listener)
    if (uris?.delete(uri) !== true || uris.size > 0) return
    byListener?.delete(listener)
    if (byListener?.size === 0) this.#uris.delete(slug)
  }

  /** @returns what to call when the listener listens to this server no longer: its wishes end with that */
  listen(slug: string, listener: SessionListener): () => void {
    const { id } = listener.agent
    this.#listening.set(id, (this.#listening.get(id) ?? 0) + 1)
    return () => {
      const left = (this.#listening.get(id) ?? 1) - 1
      if (left > 0) this.#listening.set(id, left)
      else {
        this.#listening.delete(id)
        this.#levels.delete(id)
      }
      const byListener = this.#uris.get(slug)
      byListener?.delete(listener)
      if (byListener?.size === 0) this.#uris.delete(slug)
    }
  }

  /**
   * Tells the session what it has not been told, and does not wait for it to be done.
   *
   * @param call that the session was obtained for
   */
  tell(slug: string, session: ServerSession, { outbound, timeoutMs }: SessionCall): void {
    if (this.#told.get(slug) === session) return
    this.#told.set(slug, session)
    void session.ended.then(() => {
      if (this.#told.get(slug) === session) this.#told.delete(slug)
    })
    const callOf = (agent: AgentPeer, method: string, params: Params): SessionCall => {
      const { signal } = new AbortController()
      return { method, params, agent, outbound, timeoutMs, signal, passInputRequired: false }
    }
    const { era, capabilities } = session.about
    if (era === 'legacy' && capabilities['logging'] !== undefined)
      for (const { agent, level } of this.#levels.values())
        session.call(callOf(agent, 'logging/setLevel', { level })).catch(() => undefined)
    for (const [listener, uris] of this.#uris.get(slug) ?? [])
      for (const uri of uris)
        session.subscribe(uri, listener, callOf(listener.agent, 'resources/subscribe', { uri })).catch(() => undefined)
  }
}
