import { expect, it } from 'vitest'
import { pino } from 'pino'
import type { CapturedBatch } from '../contract/captured-batch.js'
import { capturedExchange } from './captured-exchange.test-data.js'
import { readBatch } from './read-batch.js'
import { createRecorder, type Recorder } from './recorder.js'

const logger = pino({ level: 'silent' })
const numbered = (n: number, bodyBytes = 0) =>
  capturedExchange({ requestId: String(n), requestBody: Buffer.alloc(bodyBytes, 'x') })
const idsOf = (batch: CapturedBatch): string[] => readBatch(batch).map((kept) => kept.summary().requestId)

it('writes what was recorded in batches, in order, behind the caller’s back', async () => {
  const batches: string[][] = []
  const recorder = createRecorder({
    append: async (batch) => {
      batches.push(idsOf(batch))
      return []
    },
    onWritten: () => undefined,
    logger,
  })
  for (let i = 0; i < 1000; i++) recorder.record(numbered(i))
  expect(batches.length).toBeGreaterThan(0)
  await recorder.flush()
  expect(batches.flat()).toEqual(Array.from({ length: 1000 }, (_, i) => String(i)))
  expect(batches.length).toBeLessThan(20)
  expect(recorder.dropped).toBe(0)
})

it('drops and counts what comes faster than it can be written, and goes on afterwards', async () => {
  let release = (): void => undefined
  const blocked = new Promise<void>((resolve) => (release = resolve))
  const written: string[] = []
  const recorder = createRecorder({
    append: async (batch) => {
      await blocked
      written.push(...idsOf(batch))
      return []
    },
    onWritten: () => undefined,
    logger,
  })
  for (let i = 0; i < 2000; i++) recorder.record(numbered(i, 64 * 1024))
  expect(recorder.dropped).toBeGreaterThan(1000)
  release()
  await recorder.flush()
  recorder.record(numbered(9999))
  await recorder.flush()
  expect(written.at(-1)).toBe('9999')
  expect(written).toHaveLength(2000 - recorder.dropped + 1)
})

it('writes a single one without being asked', async () => {
  const recorder = await new Promise<{ dropped: number }>((resolve) => {
    const created: Recorder = createRecorder<never>({
      append: async () => (resolve(created), []),
      onWritten: () => undefined,
      logger,
    })
    created.record(numbered(1))
  })
  expect(recorder.dropped).toBe(0)
})

it('counts what could not be written', async () => {
  const recorder = createRecorder({
    append: () => Promise.reject(new Error('locked')),
    onWritten: () => undefined,
    logger,
  })
  recorder.record(numbered(1))
  recorder.record(numbered(2))
  await recorder.flush()
  expect(recorder.dropped).toBe(2)
})
