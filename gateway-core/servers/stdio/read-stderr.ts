/** Reads a server's standard error as fast as it comes, and keeps the end of it. */
import { maxLineBytes, type RecentLines } from './recent-lines.js'

export interface StderrReader {
  push(chunk: Buffer): void
  /** The stream is over: what was begun is a line too. */
  end(): void
}

const newline = 0x0a
/** Of a chunk no more lines are looked at, the last ones; and per second no more are told. */
const maxLinesAtOnce = 200
/** Enough beyond the limit to see whether the cut is within a character. */
const maxPendingBytes = maxLineBytes + 4

/**
 * @param onLine is told each line, but of a flood only a part
 * @param now a monotonic clock, milliseconds
 */
export function createStderrReader(
  recent: RecentLines,
  onLine: (line: string) => void,
  now = () => performance.now(),
): StderrReader {
  const tell = limited(onLine, now)
  const pending = Buffer.allocUnsafeSlow(maxPendingBytes)
  let pendingBytes = 0

  function keep(part: Buffer): void {
    pendingBytes += part.copy(pending, pendingBytes)
  }
  function addPending(): void {
    tell(recent.add(pending.subarray(0, pendingBytes)))
    pendingBytes = 0
  }

  return {
    push(chunk) {
      let start = beginOfLastLines(chunk)
      // In a flood the line that was begun is too long ago.
      if (start > 0) pendingBytes = 0
      for (;;) {
        const end = chunk.indexOf(newline, start)
        if (end === -1) break
        if (pendingBytes === 0) {
          tell(recent.add(chunk.subarray(start, end)))
        } else {
          keep(chunk.subarray(start, end))
          addPending()
        }
        start = end + 1
      }
      keep(chunk.subarray(start))
    },
    end() {
      if (pendingBytes > 0) addPending()
    },
  }
}

/** Where the last lines of a chunk begin; 0 where all are wanted. */
function beginOfLastLines(chunk: Buffer): number {
  let end = chunk.length
  for (let lines = 0; lines <= maxLinesAtOnce; lines++) {
    if (end === 0) return 0
    const before = chunk.lastIndexOf(newline, end - 1)
    if (before === -1) return 0
    end = before
  }
  return end + 1
}

function limited(onLine: (line: string) => void, now: () => number): (line: string) => void {
  let windowBeganAt = -Infinity
  let told = 0
  return (line) => {
    if (now() - windowBeganAt >= 1000) {
      windowBeganAt = now()
      told = 0
    }
    told++
    if (told <= maxLinesAtOnce) onLine(line)
    else if (told === maxLinesAtOnce + 1) onLine('(more lines at once than are shown)')
  }
}
