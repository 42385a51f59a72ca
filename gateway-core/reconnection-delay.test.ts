import { expect, it } from 'vitest'
import { reconnectionDelayMs } from './reconnection-delay.js'

it('waits a second, and twice as long after each failure up to half a minute', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 5000].map((failures) => reconnectionDelayMs(failures, undefined, 0))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ])
})

it('never comes sooner than the server wants, within bounds', () => {
  expect(reconnectionDelayMs(0, 500, 0)).toBe(500)
  expect(reconnectionDelayMs(0, 0, 0)).toBe(100)
  expect(reconnectionDelayMs(0, Infinity, 0)).toBe(30_000)
  expect(reconnectionDelayMs(1, 500, 0)).toBe(2000)
  expect(reconnectionDelayMs(1, 7000, 0)).toBe(7000)
})

it('is late by up to a quarter', () => {
  expect(reconnectionDelayMs(0, undefined, 0.5)).toBe(1125)
  expect(reconnectionDelayMs(9, undefined, 1)).toBe(37_500)
})
