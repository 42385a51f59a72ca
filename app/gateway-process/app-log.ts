/**
 * `{data-dir}/logs/app.log`: what is not in the log that the gateway keeps of itself. What its process said as it crashed,
 * and what failed in the app.
 */
import { appendFile, mkdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'

const maxBytes = 1024 * 1024
const maxWaiting = 1000

export class AppLog {
  private waiting = 0
  private last: Promise<void>
  private readonly path: string

  /** @param folder made where it is missing, for this user only */
  constructor(folder: string) {
    this.path = join(folder, 'app.log')
    this.last = this.attempt(() => mkdir(folder, { recursive: true, mode: 0o700 }))
  }

  write(line: string): void {
    if (this.waiting > maxWaiting) return
    this.waiting++
    this.last = this.last.then(() =>
      this.attempt(async () => {
        this.waiting--
        const { size } = await stat(this.path).catch(() => ({ size: 0 }))
        if (size > maxBytes) await truncate(this.path)
        await appendFile(this.path, `${line}\n`, { mode: 0o600 })
      }),
    )
  }

  /** Resolves when everything is written. */
  close(): Promise<void> {
    return this.last
  }

  /** A full disk loses the log, and nothing else. */
  private async attempt(work: () => Promise<unknown>): Promise<void> {
    await work().catch(() => undefined)
  }
}

/** Whether the gateway has written this line of its standard error into its own log as well. */
export function isLogged(line: string): boolean {
  return line.startsWith('{"level":')
}
