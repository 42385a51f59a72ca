import { expect, it } from 'vitest'
import { pino } from 'pino'
import type { CapturedExchange } from '../contract/captured-exchange.js'
import { createRecorder } from './recorder.js'

const logger = pino({ level: 'silent' })

function exchange(id: string, bodyLength = 0): CapturedExchange {
  return {
    id,
    startedAtMs: 0,
    server: 'x',
    callerId: null,
    subject: null,
    verdict: 'allow',
    method: null,
    tool: null,
    status: 200,
    document: '',
    request: 'x'.repeat(bodyLength),
    requestTruncated: false,
    response: '',
    responseTruncated: false,
    marks: undefined,
    sensitiveValues: [],
  }
}

it('writes what was recorded in batches, in order, behind the caller’s back', async () => {
  const batches: string[][] = []
  const recorder = createRecorder({
    append: async (exchanges) => {
      batches.push(exchanges.map(({ id }) => id))
      return []
    },
    onWritten: () => undefined,
    logger,
  })
  for (let i = 0; i < 600; i++) recorder.record(exchange(String(i)))
  await recorder.flush()
  expect(batches.flat()).toEqual(Array.from({ length: 600 }, (_, i) => String(i)))
  expect(batches.map(({ length }) => length)).toEqual([256, 256, 88])
  expect(recorder.dropped).toBe(0)
})

it('drops and counts what comes faster than it can be written, and goes on afterwards', async () => {
  let release = (): void => undefined
  const blocked = new Promise<void>((resolve) => (release = resolve))
  const written: string[] = []
  const recorder = createRecorder({
    append: async (exchanges) => {
      await blocked
      written.push(...exchanges.map(({ id }) => id))
      return []
    },
    onWritten: () => undefined,
    logger,
  })
  for (let i = 0; i < 10_000; i++) recorder.record(exchange(String(i)))
  expect(recorder.dropped).toBe(10_000 - 4096 - 256)
  release()
  await recorder.flush()
  recorder.record(exchange('later'))
  await recorder.flush()
  expect(written.at(-1)).toBe('later')
  expect(written).toHaveLength(4096 + 256 + 1)
})

it('bounds the bytes that wait', () => {
  const recorder = createRecorder({ append: () => new Promise(() => undefined), onWritten: () => undefined, logger })
  for (let i = 0; i < 200; i++) recorder.record(exchange(String(i), 1024 * 1024))
  expect(recorder.dropped).toBeGreaterThan(0)
})

it('counts what could not be written', async () => {
  const recorder = createRecorder({
    append: () => Promise.reject(new Error('locked')),
    onWritten: () => undefined,
    logger,
  })
  recorder.record(exchange('a'))
  await recorder.flush()
  expect(recorder.dropped).toBe(1)
})
