/**
 * Writes lines into a pipe. Those of one turn of the event loop go in one piece: each write wakes the process at the
 * other end, which costs more than all else that is done for a line.
 */
import type { Writable } from 'node:stream'

const maxTimerMs = 2 ** 31 - 1

export interface LineWriterEvents {
  /** What a line is rejected with that was not taken in time. */
  notTaken(): Error
  /** Resolves to what lines are rejected with that could not be written. */
  readonly whenOver: Promise<Error>
}

interface Waiting {
  readonly timeoutMs: number
  readonly resolve: () => void
  readonly reject: (reason: Error) => void
}

export class LineWriter {
  private text = ''
  private waiting: Waiting[] = []
  private isDue = false

  constructor(
    private readonly pipe: Writable,
    private readonly events: LineWriterEvents,
  ) {}

  /** Characters and bytes that the other end has not taken, in all. */
  get queuedLength(): number {
    return this.pipe.writableLength + this.text.length
  }

  /**
   * @param line without its `\n`
   * @returns a promise that resolves when the system has taken it, and rejects as `events` say
   */
  write(line: string, timeoutMs: number): Promise<void> {
    this.text += `${line}\n`
    if (!this.isDue) {
      this.isDue = true
      setImmediate(() => this.flush())
    }
    return new Promise((resolve, reject) => this.waiting.push({ timeoutMs, resolve, reject }))
  }

  /** Writes what waits, at once. */
  flush(): void {
    this.isDue = false
    const { text, waiting } = this
    if (text === '') return
    this.text = ''
    this.waiting = []
    const timers: NodeJS.Timeout[] = []
    this.pipe.write(text, (error) => {
      for (const timer of timers) clearTimeout(timer)
      for (const { resolve, reject } of waiting)
        if (error) void this.events.whenOver.then(reject)
        else resolve()
    })
    // What the pipe took at once needs no watching.
    if (this.pipe.writableLength === 0) return
    for (const { timeoutMs, reject } of waiting)
      timers.push(setTimeout(() => reject(this.events.notTaken()), Math.min(timeoutMs, maxTimerMs)))
  }
}
