import { expect, it } from 'vitest'
import { createRestartDelay } from './restart-delay.js'

function delayed(random = 0) {
  const clock = { nowMs: 5000 }
  const delay = createRestartDelay({ now: () => clock.nowMs, random: () => random })
  /** Starts, crashes after a while, and tells how long it must stay down. */
  const crashAfter = (upMs: number): number => {
    delay.started()
    clock.nowMs += upMs
    delay.crashed()
    const notBefore = delay.notBefore()
    return notBefore === undefined ? 0 : notBefore - clock.nowMs
  }
  return { clock, delay, crashAfter }
}

it('a server may start, and after the first crash again, at once', () => {
  const { delay, crashAfter } = delayed()
  expect(delay.notBefore()).toBeUndefined()
  expect(crashAfter(10)).toBe(0)
})

it('the delay doubles from 1 s up to 60 s', () => {
  const { crashAfter } = delayed()
  expect(Array.from({ length: 10 }, () => crashAfter(10))).toEqual([
    0, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000,
  ])
  for (let n = 0; n < 2000; n++) crashAfter(10)
  expect(crashAfter(10)).toBe(60_000)
})

it('chance shortens it by up to a quarter', () => {
  const { crashAfter } = delayed(0.5)
  expect(Array.from({ length: 3 }, () => crashAfter(10))).toEqual([0, 875, 1750])
})

it('it may start when the time has come', () => {
  const { clock, delay, crashAfter } = delayed()
  crashAfter(10)
  crashAfter(10)
  clock.nowMs += 999
  expect(delay.notBefore()).toBe(clock.nowMs + 1)
  clock.nowMs += 1
  expect(delay.notBefore()).toBeUndefined()
})

it('a minute of being up makes it sound again, a minute of being down does not', () => {
  const { clock, delay, crashAfter } = delayed()
  crashAfter(10)
  crashAfter(10)
  clock.nowMs += 100_000
  delay.crashed()
  expect(delay.notBefore()).toBe(clock.nowMs + 2000)
  expect(crashAfter(59_999)).toBe(4000)
  expect(crashAfter(60_000)).toBe(0)
  expect(crashAfter(10)).toBe(1000)
})
