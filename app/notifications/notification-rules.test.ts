import { describe, expect, it } from 'vitest'
import { NotificationRules } from './notification-rules.js'

const all = { notifySignIn: true, notifyDenials: true, notifyUpdates: true }
const none = { notifySignIn: false, notifyDenials: false, notifyUpdates: false }

function rulesAt(clock: { nowMs: number }, preferences = all): NotificationRules {
  return new NotificationRules(
    () => preferences,
    () => clock.nowMs,
  )
}

describe('a sign-in that is needed', () => {
  it('is told of once, and leads to the server', () => {
    const rules = rulesAt({ nowMs: 0 })
    expect(rules.signInNeeded(['github'], [])).toMatchObject({
      kind: 'sign-in',
      title: 'Sign in to github',
      target: { page: 'server', slug: 'github' },
    })
    expect(rules.signInNeeded(['github'], ['github'])).toBeUndefined()
    expect(rules.signInNeeded([], ['github'])).toBeUndefined()
  })

  it('is one notice for several servers', () => {
    expect(rulesAt({ nowMs: 0 }).signInNeeded(['a', 'b', 'c', 'd', 'e'], [])).toMatchObject({
      title: '5 servers need you to sign in',
      body: 'a, b, c and 2 more',
      target: { page: 'home' },
    })
  })

  it('is not told again within the hour of a server that flickers', () => {
    const clock = { nowMs: 0 }
    const rules = rulesAt(clock)
    rules.signInNeeded(['github'], [])
    clock.nowMs = 59 * 60_000
    expect(rules.signInNeeded(['github'], [])).toBeUndefined()
    clock.nowMs = 61 * 60_000
    expect(rules.signInNeeded(['github'], [])).toBeDefined()
  })
})

describe('denials', () => {
  it('are told of as a burst, with the last one behind the click, and then not for ten minutes', () => {
    const clock = { nowMs: 0 }
    const rules = rulesAt(clock)
    const notices = Array.from({ length: 7 }, (_, index) => rules.denied(`e${index}`, 'github'))
    expect(notices.map((notice) => notice?.target)).toEqual([
      ...Array.from({ length: 4 }),
      { page: 'exchange', id: 'e4' },
      ...Array.from({ length: 2 }),
    ])
    clock.nowMs = 11 * 60_000
    for (let index = 0; index < 4; index += 1) expect(rules.denied('x', 'linear')).toBeUndefined()
    expect(rules.denied('y', 'linear')).toMatchObject({ title: '5 calls denied within a minute', body: 'linear' })
  })

  it('that come one by one are not told of', () => {
    const clock = { nowMs: 0 }
    const rules = rulesAt(clock)
    for (let index = 0; index < 50; index += 1) {
      clock.nowMs += 20_000
      expect(rules.denied('e', 'github')).toBeUndefined()
    }
  })
})

it('another address is told of, the first one is not', () => {
  const rules = rulesAt({ nowMs: 0 })
  expect(rules.listening('http://127.0.0.1:4283', undefined)).toBeUndefined()
  expect(rules.listening('http://127.0.0.1:4283', 'http://127.0.0.1:4283')).toBeUndefined()
  expect(rules.listening('http://127.0.0.1:5000', 'http://127.0.0.1:4283')?.title).toContain('5000')
})

it('what is turned off is not told', () => {
  const rules = rulesAt({ nowMs: 0 }, none)
  expect(rules.signInNeeded(['github'], [])).toBeUndefined()
  expect(rules.updateReady('1.2.3')).toBeUndefined()
  for (let index = 0; index < 9; index += 1) expect(rules.denied('e', 'github')).toBeUndefined()
})
