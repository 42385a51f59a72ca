/** Reads what a server writes on its standard output: one JSON-RPC message per line (MCP, transports, stdio). */
import { toJsonRpcMessage, type JsonRpcMessage } from '../../contract/json-rpc.js'
import { createLineSplitter } from './split-lines.js'

export interface MessageEvents {
  message(message: JsonRpcMessage): void
  /** A line that is no message, such as a log line that belongs on standard error. */
  stray(line: string): void
  /** A line is longer than any message may be. Nothing is given after it. */
  tooLong(): void
  /** So many stray lines at once, without a message among them, that this is no MCP server. */
  rubbish(): void
}

const maxLineBytes = 64 * 1024 * 1024
/** This many stray lines within this time: a server that logs a line now and then never gets there. */
const maxStrayRun = 1000
const strayRunMs = 10_000

/**
 * @param now a monotonic clock, milliseconds
 * @returns what takes the chunks
 */
export function createMessageReader(events: MessageEvents, now = () => performance.now()): (chunk: Buffer) => void {
  let strayRun = 0
  let runBeganAt = 0
  return createLineSplitter(maxLineBytes, {
    line(text) {
      const message = parse(text)
      if (message !== undefined) {
        strayRun = 0
        events.message(message)
        return
      }
      if (strayRun === 0 || now() - runBeganAt > strayRunMs) {
        strayRun = 0
        runBeganAt = now()
      }
      strayRun++
      if (text.trim() !== '') events.stray(text)
      if (strayRun === maxStrayRun) events.rubbish()
    },
    tooLong: events.tooLong,
  })
}

function parse(text: string): JsonRpcMessage | undefined {
  // Spares the cost of an exception for each line of a flood of log lines.
  if (!/^\s*\{/.test(text)) return undefined
  try {
    return toJsonRpcMessage(JSON.parse(text))
  } catch {
    return undefined
  }
}
