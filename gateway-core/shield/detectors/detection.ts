/**
 * Looks for secrets, personal data and marks of injection in a thread of its own, so that no text holds up the requests
 * of others, and no call longer than the limit.
 */
import type { Worker } from 'node:worker_threads'
import type { Overrun, Scanned } from './scan.js'
import { maxScannedCharacters, textOf } from './scanned-text.js'
import { startDetectorThread } from './start-detector-thread.js'
import type { ScanAnswer, ScanRequest } from './thread-messages.js'

export interface DetectionLimits {
  /** Of looking through one text. */
  readonly scanMs: number
  /** Of that, and of waiting for the texts before it. */
  readonly holdMs: number
  /** A thread that says nothing for so long is ended, and another started. */
  readonly silenceMs: number
  /** Texts that wait; further ones are not looked at. */
  readonly maxWaiting: number
}

const usualLimits: DetectionLimits = { scanMs: 100, holdMs: 500, silenceMs: 5_000, maxWaiting: 256 }
/** The rules are many, and the machine may be busy. */
const maxStartMs = 30_000

export interface Detection {
  /**
   * What policies see in `context.detections`. What was not looked at is said: `unscanned:size`, `unscanned:time`.
   * Never rejects.
   */
  detect(value: unknown): Promise<readonly string[]>
  /** Starts the thread where there is none. Resolves when it is ready, or cannot be. */
  ready(): Promise<void>
  /** How often something was not looked at to its end, since the start. */
  readonly overruns: Readonly<Record<Overrun, number>>
  close(): Promise<void>
}

export function createDetection(
  limits: Partial<DetectionLimits> = {},
  start: () => Worker = startDetectorThread,
): Detection {
  return new ThreadedDetection({ ...usualLimits, ...limits }, start)
}

const timedOut: Scanned = { found: [], overruns: ['time'] }

class ThreadedDetection implements Detection {
  readonly overruns = { size: 0, time: 0, error: 0 }
  private readonly waiting = new Map<number, (scanned: Scanned) => void>()
  private worker: Worker | undefined
  private started: Promise<void> = Promise.resolve()
  private silence: NodeJS.Timeout | undefined
  private nextId = 1

  constructor(
    private readonly limits: DetectionLimits,
    private readonly start: () => Worker,
  ) {}

  async detect(value: unknown): Promise<readonly string[]> {
    const text = textOf(value)
    if (text === '') return []
    const { found, overruns } = await this.scanned(text)
    for (const overrun of overruns) this.overruns[overrun]++
    return overruns.length === 0 ? found : [...found, 'unscanned', ...overruns.map((limit) => `unscanned:${limit}`)]
  }

  ready(): Promise<void> {
    if (this.worker === undefined) this.startThread()
    return this.started
  }

  async close(): Promise<void> {
    await this.endThread()
  }

  private scanned(text: string): Promise<Scanned> {
    const { limits, waiting } = this
    if (waiting.size >= limits.maxWaiting) return Promise.resolve(timedOut)
    const id = this.nextId++
    return new Promise((resolve) => {
      const settle = (scanned: Scanned): void => {
        clearTimeout(late)
        resolve(scanned)
      }
      const late = setTimeout(settle, limits.holdMs, timedOut)
      // It counts as waiting until the thread has got over it, so that those who come next do not wait in vain.
      waiting.set(id, settle)
      void this.ready().then(() => this.send({ id, text, budgetMs: limits.scanMs }))
    })
  }

  private send(request: ScanRequest): void {
    const { worker, waiting } = this
    // The thread has ended meanwhile.
    if (!waiting.has(request.id)) return
    if (worker === undefined) return this.settle(request.id, timedOut)
    // One more character than is looked at tells that there are more.
    worker.postMessage({ ...request, text: request.text.slice(0, maxScannedCharacters + 1) } satisfies ScanRequest)
    this.silence ??= this.watchSilence()
  }

  private startThread(): void {
    const worker = this.start()
    this.worker = worker
    this.started = new Promise((resolve) => {
      const late = setTimeout(resolve, maxStartMs)
      late.unref()
      const settle = (): void => {
        clearTimeout(late)
        resolve()
      }
      worker.once('message', settle)
      worker.once('exit', settle)
    })
    worker.on('message', (answer: ScanAnswer) => {
      if (worker !== this.worker || answer === 'ready') return
      this.settle(answer.id, answer.scanned)
      clearTimeout(this.silence)
      this.silence = this.waiting.size > 0 ? this.watchSilence() : undefined
    })
    // What becomes of those who wait is said when it has ended.
    worker.on('error', () => undefined)
    worker.once('exit', () => {
      if (worker === this.worker) this.forgetThread()
    })
    worker.unref()
  }

  private settle(id: number, scanned: Scanned): void {
    this.waiting.get(id)?.(scanned)
    this.waiting.delete(id)
  }

  private watchSilence(): NodeJS.Timeout {
    const timer = setTimeout(() => {
      void this.endThread()
      void this.ready()
    }, this.limits.silenceMs)
    return timer.unref()
  }

  private async endThread(): Promise<void> {
    const { worker } = this
    this.forgetThread()
    await worker?.terminate()
  }

  private forgetThread(): void {
    clearTimeout(this.silence)
    this.silence = undefined
    this.worker = undefined
    for (const settle of this.waiting.values()) settle(timedOut)
    this.waiting.clear()
  }
}
