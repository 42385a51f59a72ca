/** `{data-dir}/logs/gateway.log`: what the gateway logs, in two files of bounded size, written behind everything else. */
import { chmod, mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

const maxFileBytes = 5 * 1024 * 1024
/** What the disk does not take is dropped beyond this. */
const maxBacklogBytes = 1024 * 1024

export class LogFile {
  private backlog: string[] = []
  private backlogBytes = 0
  private bytes = 0
  private file: FileHandle | undefined
  private writing: Promise<void> | undefined

  private constructor(
    private readonly path: string,
    private readonly maxBytes: number,
  ) {}

  /**
   * @param folder made where it is missing; nobody else may look into it
   * @throws NodeJS.ErrnoException where nothing can be written there
   */
  static async open(folder: string, maxBytes = maxFileBytes): Promise<LogFile> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    // Also one that was made by hand.
    await chmod(folder, 0o700)
    const log = new LogFile(join(folder, 'gateway.log'), maxBytes)
    await log.reopen()
    return log
  }

  /** @param text one or several lines, each with its line break */
  write(text: string): void {
    const bytes = Buffer.byteLength(text)
    if (this.backlogBytes + bytes > maxBacklogBytes) return
    this.backlog.push(text)
    this.backlogBytes += bytes
    this.writing ??= this.writeAll().finally(() => (this.writing = undefined))
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    await this.writing
    await this.file?.close()
    this.file = undefined
  }

  private async writeAll(): Promise<void> {
    // What is logged in one go is written in one go.
    await Promise.resolve()
    while (this.backlog.length > 0) {
      const text = this.backlog.join('')
      this.backlog = []
      this.backlogBytes = 0
      // A full disk loses the log, and nothing else.
      await this.append(text).catch(() => undefined)
    }
  }

  private async append(text: string): Promise<void> {
    if (this.bytes > this.maxBytes) await this.rotate()
    await this.file?.appendFile(text)
    this.bytes += Buffer.byteLength(text)
  }

  private async rotate(): Promise<void> {
    // Another gateway with the same data directory may have done it already.
    if ((await stat(this.path)).size > this.maxBytes) await rename(this.path, `${this.path}.1`)
    await this.reopen()
  }

  private async reopen(): Promise<void> {
    await this.file?.close()
    this.file = undefined
    this.file = await open(this.path, 'a', 0o600)
    await this.file.chmod(0o600)
    this.bytes = (await this.file.stat()).size
  }
}
