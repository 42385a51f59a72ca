/**
 * Which caller each session id was given to. A session id is no credential: to anyone but its caller it does not exist.
 * Held in memory: after a restart agents are told 404 and initialize anew, as the protocol has it.
 */

const maxSessions = 50_000

export interface Sessions {
  /** Notes that a server gave this id to a caller. */
  give(slug: string, sessionId: string, callerId: string): void
  belongsTo(slug: string, sessionId: string, callerId: string): boolean
  forget(slug: string, sessionId: string): void
  forgetServer(slug: string): void
}

export function createSessions(): Sessions {
  // A Map keeps the order of insertion, so the first entry is the one that has not been used for longest.
  const callerBySession = new Map<string, string>()
  const keyOf = (slug: string, sessionId: string): string => `${slug} ${sessionId}`
  return {
    give: (slug, sessionId, callerId) => {
      const key = keyOf(slug, sessionId)
      callerBySession.delete(key)
      callerBySession.set(key, callerId)
      if (callerBySession.size > maxSessions) {
        const [oldest] = callerBySession.keys()
        if (oldest !== undefined) callerBySession.delete(oldest)
      }
    },
    belongsTo: (slug, sessionId, callerId) => {
      const key = keyOf(slug, sessionId)
      if (callerBySession.get(key) !== callerId) return false
      callerBySession.delete(key)
      callerBySession.set(key, callerId)
      return true
    },
    forget: (slug, sessionId) => void callerBySession.delete(keyOf(slug, sessionId)),
    forgetServer: (slug) => {
      for (const key of callerBySession.keys()) if (key.startsWith(`${slug} `)) callerBySession.delete(key)
    },
  }
}
