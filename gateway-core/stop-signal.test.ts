import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { StopController, toAbortSignal } from './stop-signal.js'

test('calls its listeners once, in their order, with the first reason', () => {
  const controller = new StopController()
  const { signal } = controller
  const heard: string[] = []
  const removed = (): void => void heard.push('removed')
  const first = (): void => void heard.push(`first ${String(signal.reason)}`)
  signal.addEventListener('abort', first)
  signal.addEventListener('abort', removed)
  signal.addEventListener('abort', () => heard.push('second'), { once: true })
  signal.addEventListener('abort', first)
  signal.removeEventListener('abort', removed)
  signal.throwIfAborted()
  controller.abort('enough')
  controller.abort('once more')
  signal.addEventListener('abort', () => heard.push('late'))
  expect(heard).toEqual(['first enough', 'second'])
  expect(signal.aborted).toBe(true)
  expect(() => signal.throwIfAborted()).toThrow('enough')
})

test('has an error for a reason where none is given', () => {
  const controller = new StopController()
  controller.abort()
  expect(controller.reason).toBeInstanceOf(Error)
})

test('becomes an AbortSignal for those who take nothing else', async () => {
  const controller = new StopController()
  const waiting = delay(60_000, undefined, { signal: toAbortSignal(controller.signal) })
  controller.abort(new Error('enough'))
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  expect(toAbortSignal(controller.signal).reason).toBe(controller.reason)
  const { signal } = new AbortController()
  expect(toAbortSignal(signal)).toBe(signal)
})
