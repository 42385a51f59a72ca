/**
 * Who may use the control port: the holder of the control token, or a browser session that began with a one-time link.
 * Links and sessions are kept in memory as digests only, and end with the process.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

export const sessionCookie = 'gatehouse_session'
export const linkLifetimeMs = 5 * 60_000
/** A session ends after this long without a request. */
export const sessionIdleMs = 12 * 60 * 60_000
const maxLinks = 64
const maxSessions = 64

export interface Sessions {
  /** Whether an `Authorization` header carries the control token. Compared in constant time. */
  holdsToken(authorization: string | undefined): boolean
  /** Makes a link's secret, good once within 5 minutes. Of more than 64 open ones the oldest ends. */
  createLink(): { readonly link: string; readonly expiresAt: Date }
  /** Spends a link. @returns the session's secret, or undefined where the link is unknown, spent or too old */
  redeem(link: string): string | undefined
  /** Whether a cookie's value is a session, which then lives on. */
  isOpen(session: string | undefined): boolean
}

export function createSessions(controlToken: string, nowMs: () => number = Date.now): Sessions {
  const tokenDigest = digest(controlToken)
  const links = new Map<string, number>()
  const sessions = new Map<string, number>()
  return {
    holdsToken(authorization) {
      const token = /^Bearer +([^ ]+)$/i.exec(authorization ?? '')?.[1]
      return token !== undefined && timingSafeEqual(digest(token), tokenDigest)
    },
    createLink() {
      const link = newSecret()
      const expiresAtMs = nowMs() + linkLifetimeMs
      keep(links, link, expiresAtMs, maxLinks)
      return { link, expiresAt: new Date(expiresAtMs) }
    },
    redeem(link) {
      const key = keyOf(link)
      const expiresAtMs = links.get(key)
      links.delete(key)
      if (expiresAtMs === undefined || expiresAtMs <= nowMs()) return undefined
      const session = newSecret()
      keep(sessions, session, nowMs() + sessionIdleMs, maxSessions)
      return session
    },
    isOpen(session) {
      if (session === undefined) return false
      const key = keyOf(session)
      const expiresAtMs = sessions.get(key)
      if (expiresAtMs === undefined) return false
      sessions.delete(key)
      if (expiresAtMs <= nowMs()) return false
      sessions.set(key, nowMs() + sessionIdleMs)
      return true
    },
  }
}

function keep(entries: Map<string, number>, secret: string, expiresAtMs: number, max: number): void {
  entries.set(keyOf(secret), expiresAtMs)
  if (entries.size <= max) return
  const [oldest] = entries.keys()
  if (oldest !== undefined) entries.delete(oldest)
}

function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Looking a digest up tells nothing of the secret by how long it takes. */
function keyOf(secret: string): string {
  return digest(secret).toString('base64')
}
