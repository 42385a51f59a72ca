/**
 * Takes exchanges from the request path and has them written behind it, in batches. Bounded: under pressure exchanges
 * are dropped and counted, and no request ever waits for one.
 */
import { randomInt } from 'node:crypto'
import type { Logger } from 'pino'
import { placesPerMs, type CapturedBatch } from '../contract/captured-batch.js'
import { createBatchWriter } from './batch-writer.js'
import type { CapturedExchange } from './captured-exchange.js'

const fullBatchBytes = 192 * 1024
const flushDelayMs = 100
/** Of batches that are handed over and not written yet. */
const maxUnwrittenBytes = 32 * 1024 * 1024

export interface Recorder {
  record(exchange: CapturedExchange): void
  /** Resolves when everything recorded so far is written, or was dropped. */
  flush(): Promise<void>
  /** Exchanges that were not written, since the start. */
  readonly dropped: number
}

export interface RecorderOptions<Written> {
  /** Masks and writes; rejects where the vault is locked. Takes over the memory of the batch. */
  readonly append: (batch: CapturedBatch) => Promise<readonly Written[]>
  readonly onWritten: (exchanges: readonly Written[]) => void
  readonly logger: Logger
}

export function createRecorder<Written>({ append, onWritten, logger }: RecorderOptions<Written>): Recorder {
  const writer = createBatchWriter(randomInt(placesPerMs / 2))
  const unwritten = new Set<Promise<void>>()
  let unwrittenBytes = 0
  let dropped = 0
  let timer: NodeJS.Timeout | undefined

  const write = async (batch: CapturedBatch, bytes: number): Promise<void> => {
    try {
      onWritten(await append(batch))
    } catch (error) {
      dropped += batch.exchanges
      logger.warn({ err: error, count: batch.exchanges }, 'exchanges were not recorded')
    } finally {
      unwrittenBytes -= bytes
    }
  }
  const handOver = (): void => {
    clearTimeout(timer)
    timer = undefined
    const batch = writer.take()
    if (batch === undefined) return
    const bytes = batch.frames.length
    unwrittenBytes += bytes
    const written = write(batch, bytes).finally(() => unwritten.delete(written))
    unwritten.add(written)
  }

  return {
    record: (exchange) => {
      if (unwrittenBytes > maxUnwrittenBytes) {
        dropped++
        return
      }
      writer.write(exchange)
      if (writer.pendingBytes >= fullBatchBytes) handOver()
      else timer ??= setTimeout(handOver, flushDelayMs)
    },
    flush: async () => {
      handOver()
      await Promise.all(unwritten)
    },
    get dropped() {
      return dropped
    },
  }
}
