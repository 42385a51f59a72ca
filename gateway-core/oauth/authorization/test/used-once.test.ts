import { describe, expect, it } from 'vitest'
import { Attempts } from '../attempts.js'
import { StepUps } from '../step-ups.js'
import { UsedOnce } from '../used-once.js'

const minuteMs = 60_000

function clock(): { nowMs: number; now: () => number } {
  const made = { nowMs: 0, now: () => made.nowMs }
  return made
}

describe('what is used once', () => {
  it('is found by its key alone, of 256 bits, and then no more', () => {
    const kept = new UsedOnce<string>()
    const key = kept.keep('ada', 'value')
    expect(Buffer.from(key, 'base64url')).toHaveLength(32)
    expect(kept.peek('A'.repeat(43))).toBeUndefined()
    expect([kept.peek(key), kept.take(key), kept.take(key), kept.peek(key)]).toEqual([
      'value',
      'value',
      undefined,
      undefined,
    ])
  })

  it('ends after ten minutes', () => {
    const time = clock()
    const kept = new UsedOnce<string>(time.now)
    const key = kept.keep('ada', 'value')
    time.nowMs = 10 * minuteMs - 1
    expect(kept.peek(key)).toBe('value')
    time.nowMs = 10 * minuteMs
    expect(kept.take(key)).toBeUndefined()
  })

  it('is lost to whoever asks for too many, and to nobody else', () => {
    const kept = new UsedOnce<number>()
    const others = kept.keep('bob', 0)
    const keys = Array.from({ length: 60 }, (_, n) => kept.keep('ada', n))
    expect(kept.peek(others)).toBe(0)
    expect(keys.map((key) => kept.peek(key)).filter((value) => value === undefined)).toHaveLength(10)
    expect(kept.peek(keys.at(-1) ?? '')).toBe(59)
  })

  it('is gone when all is cleared', () => {
    const kept = new UsedOnce<number>()
    const key = kept.keep('ada', 1)
    kept.clear()
    expect(kept.peek(key)).toBeUndefined()
  })
})

describe('an attempt', () => {
  it('waits until it is taken, and tells how it ended', () => {
    const attempts = new Attempts<string>()
    const { id, state } = attempts.begin('ada', 'what')
    expect(attempts.waiting('A'.repeat(43))).toBeUndefined()
    expect(attempts.waiting(state)).toEqual({ id, what: 'what' })
    expect(attempts.report(id)).toEqual({ id, status: 'pending' })
    expect([attempts.take(state), attempts.take(state)]).toEqual([true, false])
    attempts.finish(id, { accountId: 'acc_1' })
    expect(attempts.report(id)).toEqual({ id, status: 'connected', accountId: 'acc_1' })
  })

  it('tells why it failed', () => {
    const attempts = new Attempts<string>()
    const { id } = attempts.begin('ada', 'what')
    attempts.finish(id, { error: 'refused' })
    expect(attempts.report(id)).toEqual({ id, status: 'failed', error: 'refused' })
  })

  it('expires after ten minutes', () => {
    const time = clock()
    const attempts = new Attempts<string>(time.now)
    const { id, state } = attempts.begin('ada', 'what')
    time.nowMs = 10 * minuteMs
    expect(attempts.waiting(state)).toBeUndefined()
    expect(attempts.report(id)).toMatchObject({ status: 'expired' })
    expect(attempts.report('att_other')).toBeUndefined()
  })
})

describe('asking for more scopes', () => {
  it('is done twice in ten minutes for one account and the same scopes', () => {
    const time = clock()
    const stepUps = new StepUps(time.now)
    const ask = (account = 'a', ...scopes: string[]): boolean => stepUps.allow(account, scopes)
    expect([ask('a', 'x', 'y'), ask('a', 'y', 'x'), ask('a', 'x', 'y')]).toEqual([true, true, false])
    expect([ask('b', 'x', 'y'), ask('a', 'z')]).toEqual([true, true])
    time.nowMs = 10 * minuteMs
    expect(ask('a', 'x', 'y')).toBe(true)
  })
})
