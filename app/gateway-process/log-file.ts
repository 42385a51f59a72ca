/** `{data-dir}/logs/gateway.log`: what the gateway writes to standard error, in two files of bounded size. */
import { createWriteStream, existsSync, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'

const maxBytes = 5 * 1024 * 1024
/** What the disk does not take is dropped beyond this. */
const maxBacklogBytes = 1024 * 1024

export class LogFile {
  private stream: WriteStream
  private bytes: number
  private readonly path: string

  /** @param folder made where it is missing, for this user only */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    this.path = join(folder, 'gateway.log')
    this.bytes = existsSync(this.path) ? statSync(this.path).size : 0
    this.stream = open(this.path)
  }

  write(line: string): void {
    if (this.bytes > maxBytes) this.rotate()
    if (this.stream.writableLength > maxBacklogBytes) return
    this.stream.write(`${line}\n`)
    this.bytes += Buffer.byteLength(line) + 1
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.stream.end(() => resolve()))
  }

  private rotate(): void {
    this.stream.end()
    renameSync(this.path, `${this.path}.1`)
    this.bytes = 0
    this.stream = open(this.path)
  }
}

function open(path: string): WriteStream {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  // A full disk loses the log, and nothing else.
  stream.on('error', () => undefined)
  return stream
}
