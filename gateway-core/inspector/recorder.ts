/**
 * Takes exchanges from the request path and writes them behind it, in batches. Bounded: under pressure exchanges are
 * dropped and counted, and no request ever waits for one.
 */
import type { Logger } from 'pino'
import type { CapturedExchange } from '../contract/captured-exchange.js'
import type { ExchangeSummary } from '../contract/exchange.js'

const batchSize = 256
const flushDelayMs = 100
const maxQueued = 4096
const maxQueuedBytes = 64 * 1024 * 1024

export interface Recorder {
  record(exchange: CapturedExchange): void
  /** Resolves when everything recorded so far is written, or was dropped. */
  flush(): Promise<void>
  /** Exchanges that were not written, since the start. */
  readonly dropped: number
}

export interface RecorderOptions {
  /** Masks and writes; rejects where the vault is locked. */
  readonly append: (exchanges: readonly CapturedExchange[]) => Promise<readonly ExchangeSummary[]>
  readonly onWritten: (exchanges: readonly ExchangeSummary[]) => void
  readonly logger: Logger
}

export function createRecorder({ append, onWritten, logger }: RecorderOptions): Recorder {
  let queue: CapturedExchange[] = []
  let queuedBytes = 0
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined
  let wanted = false

  const writeBatch = async (): Promise<void> => {
    const batch = queue.slice(0, batchSize)
    queue = queue.slice(batchSize)
    for (const exchange of batch) queuedBytes -= sizeOf(exchange)
    try {
      onWritten(await append(batch))
    } catch (error) {
      dropped += batch.length
      logger.warn({ err: error, count: batch.length }, 'exchanges were not recorded')
    }
  }
  /** Writes what makes full batches, and what is left over only where somebody waits for it. */
  const drain = async (): Promise<void> => {
    while (queue.length >= batchSize || (queue.length > 0 && wanted)) await writeBatch()
    wanted = false
    writing = undefined
    if (queue.length > 0) wait()
  }
  const start = (): Promise<void> => {
    if (timer !== undefined) clearTimeout(timer)
    timer = undefined
    writing ??= drain()
    return writing
  }
  const wait = (): void => {
    timer ??= setTimeout(() => {
      wanted = true
      void start()
    }, flushDelayMs)
  }

  return {
    record: (exchange) => {
      const bytes = sizeOf(exchange)
      if (queue.length >= maxQueued || queuedBytes + bytes > maxQueuedBytes) {
        dropped++
        return
      }
      queue.push(exchange)
      queuedBytes += bytes
      if (queue.length >= batchSize) void start()
      else if (writing === undefined) wait()
    },
    flush: async () => {
      while (queue.length > 0 || writing !== undefined) {
        wanted = true
        await start()
      }
    },
    get dropped() {
      return dropped
    },
  }
}

/** Roughly what an exchange holds in memory, bytes. */
function sizeOf({ document, request, response }: CapturedExchange): number {
  return 512 + document.length + request.length + response.length
}
