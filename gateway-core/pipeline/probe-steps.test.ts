import { expect, it } from 'vitest'
import { GatewayError } from '../contract/errors.js'
import { ProbeSteps } from './probe-steps.js'

const soon = (): number => performance.now() + 10_000

it('notes what each step found, how long it took, and why it failed', async () => {
  const steps = new ProbeSteps(soon())
  expect(await steps.run('reachable', async () => ({ detail: 'there', value: 7 }))).toBe(7)
  expect(await steps.run('era', async () => undefined)).toBeUndefined()
  expect(steps.ok).toBe(true)
  await steps.run('auth', async () =>
    Promise.reject(new GatewayError('server_timeout', { detail: 'Silence.', fix: 'Wait.' })),
  )
  await steps.run('tools', async () => Promise.reject(new Error('planted-secret in a message')))
  expect(steps.ok).toBe(false)
  expect(steps.steps).toEqual([
    { name: 'reachable', ok: true, durationMs: expect.any(Number), detail: 'there' },
    { name: 'auth', ok: false, durationMs: expect.any(Number), detail: 'Silence. Wait.', fix: 'Wait.' },
    { name: 'tools', ok: false, durationMs: expect.any(Number), detail: 'It failed.' },
  ])
})

it('waits for no step longer than its limit or the end of the whole, and tells the step so', async () => {
  const steps = new ProbeSteps(performance.now() + 60)
  const signals: AbortSignal[] = []
  const hang = (signal: AbortSignal): Promise<undefined> => {
    signals.push(signal)
    return new Promise(() => undefined)
  }
  await steps.run('era', hang, 20)
  await steps.run('auth', hang)
  await steps.run('tools', hang)
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  expect(steps.steps.map(({ ok }) => ok)).toEqual([false, false, false])
  expect(steps.steps[2]?.detail).toBe('There was no time left for it.')
})

it('masks what is secret, with and without its scheme, and keeps details short', async () => {
  const steps = new ProbeSteps(soon())
  steps.mask(['Bearer planted-value', 'plain', ''])
  await steps.run('auth', async () => ({ detail: 'Bearer planted-value, planted-value, plain' }))
  await steps.run('tools', async () => ({ detail: 'x'.repeat(5000) }))
  expect(steps.steps[0]?.detail).toBe('****, ****, ****')
  expect(steps.steps[1]?.detail.length).toBeLessThan(700)
})
