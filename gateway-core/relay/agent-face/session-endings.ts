/**
 * Tells many when a server session ends. A promise keeps whoever waits for it for as long as it is pending, and a server
 * session may last for weeks: so only one waits, for all.
 */
import type { ServerSession } from '../../servers/server-session.js'

export class SessionEndings {
  readonly #callbacks = new WeakMap<ServerSession, Set<() => void>>()

  /** @returns a function after which `callback` is not called any more */
  whenEnded(session: ServerSession, callback: () => void): () => void {
    let callbacks = this.#callbacks.get(session)
    if (callbacks === undefined) {
      const added = new Set<() => void>()
      callbacks = added
      this.#callbacks.set(session, added)
      void session.ended.then(() => {
        for (const each of added) each()
      })
    }
    const kept = callbacks
    kept.add(callback)
    return () => void kept.delete(callback)
  }
}
