import { describe, expect, it } from 'vitest'
import { decideRestart } from './restart-delay.js'

describe('decideRestart', () => {
  it('starts again at once after a first death, then waits longer, then gives up', () => {
    const delays = []
    let failures = 0
    for (let time = 0; time < 5; time += 1) {
      const decision = decideRestart(failures, 100)
      delays.push(decision.delayMs)
      failures = decision.failures
    }
    expect(delays).toEqual([0, 1_000, 5_000, 15_000, undefined])
  })

  it('forgets earlier deaths after a minute of life', () => {
    expect(decideRestart(4, 60_000)).toEqual({ failures: 1, delayMs: 0 })
    expect(decideRestart(3, 59_999)).toEqual({ failures: 4, delayMs: 15_000 })
  })
})
