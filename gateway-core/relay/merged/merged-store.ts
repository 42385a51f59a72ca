/** The merged sessions of all callers, bounded in number: the one that was not used for longest is given up. */
import type { MergedSession } from './merged-session.js'

const maxSessions = 1000

export interface MergedStore {
  of(key: string, make: () => MergedSession): MergedSession
  /** Servers were added, removed or changed. */
  serversChanged(): void
  close(): Promise<void>
}

export function createMergedStore(): MergedStore {
  const sessions = new Map<string, MergedSession>()
  const closeOldest = (): void => {
    const [oldest] = sessions
    if (oldest === undefined) return
    sessions.delete(oldest[0])
    void oldest[1].close()
  }
  return {
    of: (key, make) => {
      const known = sessions.get(key)
      if (known === undefined && sessions.size >= maxSessions) closeOldest()
      const session = known ?? make()
      // The last in the map is the one that was used last.
      sessions.delete(key)
      sessions.set(key, session)
      return session
    },
    serversChanged: () => {
      for (const session of sessions.values()) session.membersChanged()
    },
    close: async () => {
      await Promise.all([...sessions.values()].map((session) => session.close()))
      sessions.clear()
    },
  }
}
