/**
 * Reads a stream of server-sent events as its bytes come. Works on bytes and decodes whole lines, so that no character
 * is torn where a chunk ends; the time is linear in the bytes, however they are cut.
 *
 * @see [HTML, 9.2.6 Interpreting an event stream](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)
 */

export interface ServerSentEvent {
  /** `message` where the stream names no other. */
  readonly type: string
  readonly data: string
}

/** An event, or a line, with more bytes than are held for one. */
export class EventTooLarge extends Error {
  constructor(readonly maxBytes: number) {
    super(`an event is larger than ${maxBytes} bytes`)
    this.name = 'EventTooLarge'
  }
}

const defaultMaxEventBytes = 64 * 1024 * 1024
/** A line buffer up to this size is kept for the next line. */
const keptBufferBytes = 64 * 1024
const lf = 0x0a
const cr = 0x0d
const colon = 0x3a
const space = 0x20
const noBytes = Buffer.alloc(0)

export class EventSourceReader {
  /** Of the last event that came whole. An empty one was taken back by the server. */
  lastEventId: string
  /** How long the server wants to be left alone before a reconnection, milliseconds, as it said. */
  retryMs: number | undefined

  private idOfEvent: string
  private type = ''
  private data: string[] = []
  private dataBytes = 0
  /** The beginning of a line whose end has not come. Longer than what is in it, so that it grows in few steps. */
  private line: Buffer = noBytes
  private lineBytes = 0
  private isFirstLine = true
  private isAfterCr = false

  /** @param lastEventId where the stream continues another one */
  constructor(
    private readonly onEvent: (event: ServerSentEvent) => void,
    lastEventId = '',
    private readonly maxEventBytes = defaultMaxEventBytes,
  ) {
    this.lastEventId = lastEventId
    this.idOfEvent = lastEventId
  }

  /**
   * Takes the next bytes, and gives the events that end in them. The bytes are not kept.
   *
   * @throws EventTooLarge the stream cannot be read any further
   */
  push(bytes: Buffer): void {
    if (bytes.length === 0) return
    let start = this.isAfterCr && bytes[0] === lf ? 1 : 0
    this.isAfterCr = false
    let nextLf = bytes.indexOf(lf, start)
    let nextCr = bytes.indexOf(cr, start)
    while (nextLf >= 0 || nextCr >= 0) {
      const isCr = nextCr >= 0 && (nextLf < 0 || nextCr < nextLf)
      const end = isCr ? nextCr : nextLf
      this.endLine(bytes.subarray(start, end))
      start = end + 1
      if (isCr) {
        // A line that CR ends is over now: what comes next may be long in coming.
        if (start === bytes.length) this.isAfterCr = true
        else if (bytes[start] === lf) start++
        nextCr = bytes.indexOf(cr, start)
      }
      if (nextLf >= 0 && nextLf < start) nextLf = bytes.indexOf(lf, start)
    }
    if (start < bytes.length) this.keep(bytes.subarray(start))
  }

  private keep(piece: Buffer): void {
    const needed = this.lineBytes + piece.length
    if (needed + this.dataBytes > this.maxEventBytes) throw new EventTooLarge(this.maxEventBytes)
    if (needed > this.line.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.line.length, 1024))
      this.line.copy(larger, 0, 0, this.lineBytes)
      this.line = larger
    }
    piece.copy(this.line, this.lineBytes)
    this.lineBytes = needed
  }

  private endLine(rest: Buffer): void {
    let line = rest
    if (this.lineBytes > 0) {
      this.keep(rest)
      line = this.line.subarray(0, this.lineBytes)
      this.lineBytes = 0
      if (this.line.length > keptBufferBytes) this.line = noBytes
    }
    if (this.isFirstLine) {
      this.isFirstLine = false
      if (line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf) line = line.subarray(3)
    }
    if (line.length === 0) this.endEvent()
    else this.readField(line)
  }

  private readField(line: Buffer): void {
    const colonAt = line.indexOf(colon)
    const nameEnd = colonAt < 0 ? line.length : colonAt
    // A comment, or a name longer than any that means something.
    if (nameEnd === 0 || nameEnd > 5) return
    const name = line.toString('latin1', 0, nameEnd)
    const valueStart = nameEnd + (line[nameEnd + 1] === space ? 2 : 1)
    if (name === 'data') {
      this.dataBytes += line.length + 1
      if (this.dataBytes > this.maxEventBytes) throw new EventTooLarge(this.maxEventBytes)
      this.data.push(line.toString('utf8', valueStart))
      return
    }
    const value = line.toString('utf8', valueStart)
    if (name === 'event') this.type = value
    else if (name === 'id' && !value.includes('\0')) this.idOfEvent = value
    else if (name === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value)
  }

  private endEvent(): void {
    const { type, data } = this
    this.lastEventId = this.idOfEvent
    this.type = ''
    if (data.length === 0) return
    this.data = []
    this.dataBytes = 0
    this.onEvent({ type: type === '' ? 'message' : type, data: data.length === 1 ? (data[0] ?? '') : data.join('\n') })
  }
}
