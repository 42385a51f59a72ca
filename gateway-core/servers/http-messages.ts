/** Reads the messages out of an HTTP answer: one in JSON, or as many as come in an event stream. */
import { isRequest, isResponse, toJsonRpcMessage, type JsonRpcMessage, type RequestId } from '../contract/json-rpc.js'
import { EventSourceReader, EventTooLarge } from './event-source.js'
import type { AnswerReader, ResponseHeaders } from './http-exchange.js'
import { notMcp } from './http-failure.js'
import { eventIdHeader, mediaType } from './http-mcp-headers.js'

const maxMessageBytes = 64 * 1024 * 1024

/** Events of other types, and events that hold no message, are passed over: they may be of a later revision. */
export function messageOfEvent(type: string, data: string): JsonRpcMessage | undefined {
  return type === 'message' && data !== '' ? parseMessage(data) : undefined
}

function parseMessage(text: string): JsonRpcMessage | undefined {
  try {
    return toJsonRpcMessage(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** Feeds an event reader. @throws GatewayError `server_unreachable` where an event is too large */
export function pushEvents(reader: EventSourceReader, bytes: Buffer): void {
  try {
    reader.push(bytes)
  } catch (error) {
    throw error instanceof EventTooLarge ? notMcp('sent a message larger than 64 MiB') : error
  }
}

/** Reads the answers to one message: the first, and those that continue it where its stream broke off. */
export class MessageReader implements AnswerReader {
  /** An answer of success has begun. */
  hasBegun = false
  /** The request's own response has come. */
  hasResponse = false
  messageCount = 0

  private content: 'none' | 'json' | 'events' = 'none'
  private events: EventSourceReader | undefined
  private readonly json: Buffer[] = []
  private jsonBytes = 0
  private readonly id: RequestId | undefined

  /**
   * @param sent what is answered; undefined for a stream that answers nothing
   * @param deliver is given each message, as `TransportEvents.message` is
   * @param onResponse called once, after the response was delivered
   */
  constructor(
    sent: JsonRpcMessage | undefined,
    private readonly deliver: (message: JsonRpcMessage, during: RequestId | undefined) => void,
    private readonly onResponse: () => void = () => undefined,
  ) {
    this.id = sent !== undefined && isRequest(sent) ? sent.id : undefined
  }

  /** Whether there is nothing left to come. */
  get isComplete(): boolean {
    return this.hasBegun && (this.id === undefined || this.hasResponse)
  }

  /** What a `Last-Event-ID` header may say to go on from here. */
  get resumeFrom(): string | undefined {
    return eventIdHeader(this.events?.lastEventId ?? '')
  }

  get retryMs(): number | undefined {
    return this.events?.retryMs
  }

  begin(headers: ResponseHeaders): void {
    this.hasBegun = true
    const type = mediaType(headers['content-type'])
    if (type === 'text/event-stream') {
      this.content = 'events'
      this.events = this.continueEvents(this.events)
    } else if (this.id === undefined) {
      // What follows a notification is nothing, or of no concern.
      this.content = 'none'
    } else if (type === 'application/json') {
      this.content = 'json'
    } else {
      throw notMcp('answered a request with something other than JSON or an event stream')
    }
  }

  data(bytes: Buffer): void {
    if (this.content === 'events' && this.events !== undefined) pushEvents(this.events, bytes)
    if (this.content !== 'json') return
    this.jsonBytes += bytes.length
    if (this.jsonBytes > maxMessageBytes) throw notMcp('sent a message larger than 64 MiB')
    this.json.push(Buffer.from(bytes))
  }

  end(): void {
    if (this.content !== 'json') return
    const message = parseMessage(Buffer.concat(this.json).toString('utf8'))
    if (message === undefined) throw notMcp('answered a request with something that is no JSON-RPC message')
    this.take(message)
  }

  private continueEvents(before: EventSourceReader | undefined): EventSourceReader {
    const events = new EventSourceReader(({ type, data }) => {
      const message = messageOfEvent(type, data)
      if (message !== undefined) this.take(message)
    }, before?.lastEventId)
    events.retryMs = before?.retryMs
    return events
  }

  private take(message: JsonRpcMessage): void {
    this.messageCount++
    const isResponseToIt = isResponse(message) && message.id === this.id
    this.deliver(message, this.id)
    if (!isResponseToIt || this.hasResponse) return
    this.hasResponse = true
    this.onResponse()
  }
}
