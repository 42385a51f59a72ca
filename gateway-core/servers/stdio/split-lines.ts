/** Splits a stream of bytes into lines, at a cost that grows with its length alone, however it was cut into chunks. */

export interface LineEvents {
  /** One line as UTF-8, without its `\n`. */
  line(text: string): void
  /** A line grew beyond the limit. Nothing is given after it. */
  tooLong(): void
}

const newline = 0x0a
const firstCapacityBytes = 64 * 1024

/** @returns what takes the chunks */
export function createLineSplitter(maxLineBytes: number, events: LineEvents): (chunk: Buffer) => void {
  /** The beginning of a line whose end has not come. Its capacity doubles, so each byte is copied a few times at most. */
  let pending = Buffer.alloc(0)
  let pendingBytes = 0
  let tooLong = false

  function keep(part: Buffer): boolean {
    const bytes = pendingBytes + part.length
    if (bytes > maxLineBytes) {
      tooLong = true
      pending = Buffer.alloc(0)
      pendingBytes = 0
      events.tooLong()
      return false
    }
    if (bytes > pending.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(bytes, pending.length * 2, firstCapacityBytes))
      pending.copy(grown, 0, 0, pendingBytes)
      pending = grown
    }
    part.copy(pending, pendingBytes)
    pendingBytes = bytes
    return true
  }

  return (chunk) => {
    let start = 0
    while (!tooLong) {
      const end = chunk.indexOf(newline, start)
      if (end === -1) break
      if (pendingBytes === 0 && end - start <= maxLineBytes) {
        events.line(chunk.toString('utf8', start, end))
      } else if (keep(chunk.subarray(start, end))) {
        const text = pending.toString('utf8', 0, pendingBytes)
        pendingBytes = 0
        if (pending.length > firstCapacityBytes) pending = Buffer.alloc(0)
        events.line(text)
      }
      start = end + 1
    }
    if (!tooLong && start < chunk.length) keep(chunk.subarray(start))
  }
}
