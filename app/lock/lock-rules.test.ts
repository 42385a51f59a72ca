import { describe, expect, it } from 'vitest'
import { IdleWatch, levelFor, type LockRules } from './lock-rules.js'

const rules: LockRules = { lockOnIdle: 'vault', idleMinutes: 5, lockOnSuspend: 'window', lockOnScreenLock: 'off' }

it('sleep and screen lock each have a level of their own', () => {
  expect(levelFor('suspend', rules)).toBe('window')
  expect(levelFor('screen', rules)).toBe('off')
})

describe('IdleWatch', () => {
  it('locks when the time is up, once, and again after somebody was back', () => {
    const watch = new IdleWatch()
    expect([0, 299, 300, 315, 9000, 3, 300].map((seconds) => watch.look(seconds, rules))).toEqual([
      'off',
      'off',
      'vault',
      'off',
      'off',
      'off',
      'vault',
    ])
  })

  it('locks nothing where it is turned off', () => {
    expect(new IdleWatch().look(90_000, { ...rules, lockOnIdle: 'off' })).toBe('off')
  })
})
