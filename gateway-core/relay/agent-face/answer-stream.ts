/**
 * One HTTP answer to an agent: one JSON message, or an event stream as soon as something has to be said before the end.
 * What a slow agent does not take is queued up to a limit.
 */
import type { StopSignal } from '../../stop-signal.js'
import type { AgentChannel } from './agent-channel.js'
import type { EventLog, EventOutlet, EventStreamLog } from './event-log.js'

const maxQueuedLength = 8 * 1024 * 1024

const jsonHeaders = { 'content-type': 'application/json' } as const
const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const

/** Whether the agent takes event streams (RFC 9110 §12.5.1, without weights). */
export function takesEventStream(accept: string | undefined): boolean {
  return (
    accept === undefined || accept.includes('text/event-stream') || accept.includes('*/*') || accept.includes('text/*')
  )
}

export class AnswerStream implements EventOutlet {
  readonly #channel: AgentChannel
  readonly #all: Set<AnswerStream>
  #mayStream: boolean
  #state: 'silent' | 'streaming' | 'over' = 'silent'
  #blocked = false
  #queue: string[] = []
  #queuedLength = 0
  #flushed: Promise<void> | undefined
  #onOver: (() => void) | undefined
  #log: EventLog | undefined
  #logged: EventStreamLog | undefined

  /** @param all the event streams that are kept alive; this one is in it from its beginning to its end */
  constructor(channel: AgentChannel, all: Set<AnswerStream>, mayStream: boolean) {
    this.#channel = channel
    this.#all = all
    this.#mayStream = mayStream
  }

  /** Gives its events ids, so that an agent that lost it can ask for the rest. */
  keepIn(log: EventLog): void {
    this.#log = log
  }

  /** Makes it the stream for what belongs to no call. */
  standFor(standalone: EventStreamLog): void {
    this.#logged = standalone
    standalone.handOver(this)
  }

  /** Status and headers are out: an error can no longer become a status. */
  get begun(): boolean {
    return this.#state !== 'silent'
  }

  /** The agent is there to read, and the answer has not ended. */
  get open(): boolean {
    return this.#state !== 'over' && !this.#channel.signal.aborted
  }

  get signal(): StopSignal {
    return this.#channel.signal
  }

  /** Begins the event stream, whatever the agent said it takes. */
  begin(): void {
    if (this.#state !== 'silent') return
    this.#mayStream = true
    this.#state = 'streaming'
    this.#all.add(this)
    if (this.#log !== undefined) {
      this.#logged = this.#log.stream()
      this.#logged.handOver(this)
    }
    this.#channel.head(200, streamHeaders)
    this.#channel.write('')
  }

  /** @returns false where the message was dropped: the agent is gone, takes no streams, or is too slow */
  notify(message: object): boolean {
    if (!this.open) return this.#sayLater(message)
    if (!this.#mayStream || this.#queuedLength > maxQueuedLength) return false
    this.begin()
    this.#push(this.#eventOf(message))
    return true
  }

  /** As `notify`, but never dropped for slowness. */
  ask(message: object): boolean {
    // Whether an agent that has left will come back nobody knows: there is no waiting for what it would say.
    if (!this.open) return this.#logged?.isRead === true && this.#sayLater(message)
    if (!this.#mayStream) return false
    this.begin()
    this.#push(this.#eventOf(message))
    return true
  }

  /** Sends an event as it stands. */
  pass(text: string): void {
    if (!this.open) return
    this.begin()
    this.#push(text)
  }

  /**
   * Gives the final message and ends the answer.
   *
   * @param status of the answer where it has not begun; an event stream has its own
   */
  reply(status: number, message: object, headers: Readonly<Record<string, string>> = {}): void {
    if (this.#state === 'silent') {
      this.#over()
      this.#channel.head(status, { ...jsonHeaders, ...headers })
      this.#channel.end(JSON.stringify(message))
      return
    }
    if (this.open) this.#push(this.#eventOf(message))
    else this.#sayLater(message)
    this.endForGood()
  }

  /** As `end`, and nothing more will be said to an agent that comes back for the rest. */
  endForGood(): void {
    this.end()
    if (this.#log !== undefined) this.#logged?.finish()
  }

  /** Ends with a status and no body. */
  endEmpty(status: number): void {
    this.#over()
    this.#channel.head(status, {})
    this.#channel.end()
  }

  /** Ends the event stream, after what is queued. */
  end(): void {
    if (this.#state === 'over') return
    this.begin()
    this.#over()
    if (!this.#blocked) this.#channel.end()
  }

  /** Takes it off the list of answers to keep alive, where the agent is gone or somebody else answers. */
  abandon(): void {
    this.#over()
  }

  /** Resolves when the stream has ended, from whichever side. */
  async ended(): Promise<void> {
    const { signal } = this.#channel
    await new Promise<void>((resolve) => {
      this.#onOver = resolve
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (!this.open) resolve()
    })
    this.#over()
    await this.flushed()
  }

  /** Resolves when everything has been handed over, or the agent is gone. */
  flushed(): Promise<void> {
    return this.#flushed ?? Promise.resolve()
  }

  /** Called at a steady interval: keeps what lies between from taking a quiet connection for a dead one. */
  keepAlive(): void {
    // One that is silent may still become a plain answer with a status of its own.
    if (this.#state === 'streaming' && this.open && !this.#blocked) this.#push(': keepalive\n\n')
  }

  #eventOf(message: object): string {
    return this.#logged?.eventOf(message) ?? `event: message\ndata: ${JSON.stringify(message)}\n\n`
  }

  /** The agent has left a stream that it may come back to. */
  #sayLater(message: object): boolean {
    if (this.#log === undefined || this.#logged === undefined || this.#logged.isOver) return false
    this.#logged.say(message)
    return true
  }

  #over(): void {
    if (this.#state === 'streaming') this.#all.delete(this)
    this.#state = 'over'
    this.#onOver?.()
  }

  #push(text: string): void {
    if (this.#blocked) {
      this.#queue.push(text)
      this.#queuedLength += text.length
    } else if (!this.#channel.write(text)) {
      this.#blocked = true
      this.#flushed = this.#drain()
    }
  }

  async #drain(): Promise<void> {
    let mayWrite = false
    while (!mayWrite) {
      await this.#channel.ready()
      const text = this.#queue.join('')
      this.#queue = []
      this.#queuedLength = 0
      mayWrite = text === '' || this.#channel.signal.aborted || this.#channel.write(text)
    }
    this.#blocked = false
    this.#flushed = undefined
    if (this.#state === 'over') this.#channel.end()
  }
}
