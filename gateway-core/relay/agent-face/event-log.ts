/**
 * What was said on the event streams of an agent's session of late, so that an agent whose connection broke can ask for
 * the rest of a stream (2025-11-25, basic/transports § Resumability and Redelivery). Bounded in events, bytes and time;
 * what has gone is not said again. An id means something in its own session alone, and a stream gives its own events.
 */
import { randomHex } from '../../random-hex.js'

export interface EventLogLimits {
  /** Per session. */
  readonly maxEvents: number
  readonly maxBytes: number
  /** Of all sessions. */
  readonly maxTotalBytes: number
  readonly maxAgeMs: number
}

const usualLimits: EventLogLimits = {
  maxEvents: 1000,
  maxBytes: 1024 * 1024,
  maxTotalBytes: 64 * 1024 * 1024,
  maxAgeMs: 120_000,
}
const maxStreams = 1000

/** Where the events of a stream go besides into the log. */
export interface EventOutlet {
  readonly open: boolean
  /** Sends an event as it stands. */
  pass(text: string): void
  end(): void
}

interface LoggedEvent {
  readonly stream: EventStreamLog
  readonly number: number
  readonly text: string
  readonly atMs: number
}

/** The logs of all sessions. */
export class EventLogs {
  /** Those with events, the one that said something first in front. */
  private readonly holding = new Set<EventLog>()
  private totalBytes = 0

  constructor(
    readonly nowMs: () => number,
    readonly limits: EventLogLimits = usualLimits,
  ) {}

  /** Called at a steady interval. */
  expire(): void {
    const beforeMs = this.nowMs() - this.limits.maxAgeMs
    for (const log of this.holding) log.dropBefore(beforeMs)
  }

  /** @param bytes that a log holds more than before; fewer, where negative */
  changed(log: EventLog, bytes: number): void {
    this.totalBytes += bytes
    if (log.isEmpty) this.holding.delete(log)
    else this.holding.add(log)
    for (const oldest of this.holding) {
      if (this.totalBytes <= this.limits.maxTotalBytes) return
      oldest.clear()
    }
  }
}

/** The log of one session. */
export class EventLog {
  /** What belongs to no call. */
  readonly standalone: EventStreamLog
  private readonly tag = randomHex(4)
  private readonly streams = new Map<number, EventStreamLog>()
  private events: LoggedEvent[] = []
  private bytes = 0
  private lastStream = 0

  constructor(private readonly all: EventLogs) {
    this.standalone = new EventStreamLog(this, 0)
  }

  get isEmpty(): boolean {
    return this.events.length === 0
  }

  /** A stream of its own, for the answer to one call. */
  stream(): EventStreamLog {
    const stream = new EventStreamLog(this, ++this.lastStream)
    this.streams.set(stream.number, stream)
    const [oldest] = this.streams.keys()
    if (this.streams.size > maxStreams && oldest !== undefined) this.streams.delete(oldest)
    return stream
  }

  /** The stream of an event's id and the event's number; undefined for an id that this session has not given, or forgotten. */
  find(id: string): { readonly stream: EventStreamLog; readonly after: number } | undefined {
    const [, tag, stream, event] = /^([0-9a-f]+)-(\d{1,15})-(\d{1,15})$/.exec(id) ?? []
    if (tag !== this.tag) return undefined
    const found = stream === '0' ? this.standalone : this.streams.get(Number(stream))
    const after = Number(event)
    return found === undefined || after > found.lastEvent ? undefined : { stream: found, after }
  }

  idOf(stream: EventStreamLog, event: number): string {
    return `${this.tag}-${stream.number}-${event}`
  }

  add(stream: EventStreamLog, number: number, text: string): void {
    const { limits, nowMs } = this.all
    this.events.push({ stream, number, text, atMs: nowMs() })
    this.bytes += text.length
    let removed = 0
    let count = 0
    while (this.events.length - count > limits.maxEvents || this.bytes - removed > limits.maxBytes)
      removed += this.events[count++]?.text.length ?? 0
    if (count > 0) this.events.splice(0, count)
    this.bytes -= removed
    this.all.changed(this, text.length - removed)
  }

  *after(stream: EventStreamLog, number: number): Iterable<string> {
    for (const event of this.events) if (event.stream === stream && event.number > number) yield event.text
  }

  dropBefore(atMs: number): void {
    const kept = this.events.filter((event) => event.atMs > atMs)
    const bytes = kept.reduce((sum, { text }) => sum + text.length, 0)
    const removed = this.bytes - bytes
    this.events = kept
    this.bytes = bytes
    for (const [number, stream] of this.streams)
      if (stream.isOver && !kept.some((event) => event.stream === stream)) this.streams.delete(number)
    this.all.changed(this, -removed)
  }

  clear(): void {
    this.dropBefore(Infinity)
  }
}

/** One stream of a session: what is said on it has ids, and goes to whoever reads it now. */
export class EventStreamLog {
  lastEvent = 0
  isOver = false
  private outlet: EventOutlet | undefined

  constructor(
    private readonly log: EventLog,
    readonly number: number,
  ) {}

  /** The event for a message, which is kept. */
  eventOf(message: object): string {
    const number = ++this.lastEvent
    const text = `id: ${this.log.idOf(this, number)}\nevent: message\ndata: ${JSON.stringify(message)}\n\n`
    this.log.add(this, number, text)
    return text
  }

  /** Whether somebody reads what is said now. */
  get isRead(): boolean {
    return this.outlet?.open === true
  }

  /** Says something after the first reader has gone: kept, and passed to the one who came back. */
  say(message: object): void {
    const text = this.eventOf(message)
    if (this.isRead) this.outlet?.pass(text)
  }

  /** Makes somebody the only reader, from after an event on. */
  resume(outlet: EventOutlet, after: number): void {
    this.handOver(outlet)
    for (const text of this.log.after(this, after)) outlet.pass(text)
    if (this.isOver) outlet.end()
  }

  handOver(outlet: EventOutlet): void {
    if (this.outlet !== outlet) this.outlet?.end()
    this.outlet = outlet
  }

  finish(): void {
    this.isOver = true
    this.outlet?.end()
    this.outlet = undefined
  }
}
