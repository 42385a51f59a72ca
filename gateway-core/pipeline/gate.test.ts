import { expect, it } from 'vitest'
import { createGate } from './gate.js'

it('tells of each change once', () => {
  const changes: boolean[] = []
  const gate = createGate((isPaused) => changes.push(isPaused))
  for (const isPaused of [false, true, true, false]) gate.setPaused(isPaused)
  expect(changes).toEqual([true, false])
  expect(gate.isPaused).toBe(false)
})

it('counts calls, and not streams that agents listen on', () => {
  const gate = createGate(() => undefined)
  for (const method of ['POST', 'GET', 'POST', 'DELETE']) gate.entered(method)
  expect(gate.callsInFlight).toBe(2)
  for (const method of ['GET', 'POST', 'DELETE', 'POST']) gate.left(method)
  expect(gate.callsInFlight).toBe(0)
})
