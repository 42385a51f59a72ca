import { describe, expect, it } from 'vitest'
import { createSessions, linkLifetimeMs, sessionIdleMs } from './sessions.js'

/** Sessions with a clock that the test turns. */
function createClocked() {
  let nowMs = 0
  return { sessions: createSessions('token', () => nowMs), turn: (ms: number) => void (nowMs += ms) }
}

describe('sessions', () => {
  it('let a link be spent once', () => {
    const { sessions } = createClocked()
    const { link } = sessions.createLink()
    expect(sessions.isOpen(sessions.redeem(link))).toBe(true)
    expect(sessions.redeem(link)).toBeUndefined()
  })

  it('refuse a link after five minutes, and not before', () => {
    const { sessions, turn } = createClocked()
    const [early, late] = [sessions.createLink(), sessions.createLink()]
    expect(late.expiresAt).toEqual(new Date(5 * 60_000))
    turn(linkLifetimeMs - 1)
    expect(sessions.redeem(early.link)).toBeDefined()
    turn(1)
    expect(sessions.redeem(late.link)).toBeUndefined()
  })

  it('end after twelve hours without a request', () => {
    const { sessions, turn } = createClocked()
    const session = sessions.redeem(sessions.createLink().link)
    turn(sessionIdleMs - 1)
    expect(sessions.isOpen(session)).toBe(true)
    turn(sessionIdleMs - 1)
    expect(sessions.isOpen(session)).toBe(true)
    turn(sessionIdleMs)
    expect(sessions.isOpen(session)).toBe(false)
    expect(sessions.isOpen(session)).toBe(false)
  })

  it('keep at most 64 open links, and drop the oldest', () => {
    const { sessions } = createClocked()
    const links = Array.from({ length: 65 }, () => sessions.createLink().link)
    expect(sessions.redeem(links[0] ?? '')).toBeUndefined()
    expect(sessions.redeem(links[1] ?? '')).toBeDefined()
  })

  it('take the token as Bearer only, whole', () => {
    const { sessions } = createClocked()
    expect(sessions.holdsToken('Bearer token')).toBe(true)
    expect(sessions.holdsToken('bearer token')).toBe(true)
    for (const header of [
      undefined,
      '',
      'token',
      'Bearer',
      'Bearer toke',
      'Bearer tokens',
      'Bearer token extra',
      'Basic token',
    ])
      expect(sessions.holdsToken(header)).toBe(false)
  })
})
