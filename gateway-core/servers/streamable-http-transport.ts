/**
 * Streamable HTTP to a server of either era: every message is a POST, whose answer brings the messages that belong to
 * it. The transport is told what was negotiated; before that it sends neither session nor version.
 *
 * A server of the older eras may break a response stream off before the response, and be asked for the rest with GET and
 * `Last-Event-ID` if its events have ids. That is done after the time of its `retry` field (a second without one) and
 * given up after three streams in a row that brought nothing; one that was silent for longer than the time limit is not
 * asked again. What a server no longer has of a broken answer is never sent for a second time, as it may have been done.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { GatewayError } from '../contract/errors.js'
import type { JsonRpcMessage } from '../contract/json-rpc.js'
import { toAbortSignal, type StopController, type StopSignal } from '../stop-signal.js'
import {
  exchangeHttp,
  type AnswerReader,
  type HttpPeer,
  type HttpRequest,
  type ResponseHeaders,
} from './http-exchange.js'
import { notMcp } from './http-failure.js'
import {
  mediaType,
  modernHeaders,
  withOwnHeaders,
  type NegotiatedProtocol,
  type OwnHeaders,
} from './http-mcp-headers.js'
import { MessageReader } from './http-messages.js'
import { OpenRequests, transportClosed } from './http-open-requests.js'
import { reconnectionDelayMs, steadyMs } from '../reconnection-delay.js'
import {
  HttpRefusal,
  type OutboundRequest,
  type SendOptions,
  type ServerTransport,
  type TransportEvents,
} from './transport.js'

/**
 * `start` sends nothing. `events.closed` is never called, as there is no connection that could be lost. A server that
 * does not know the session any more is `unknown_session` of `send`; the session's id is then forgotten, and `initialize`
 * begins another one on the same transport. What ends by its signal is rejected with the signal's reason.
 */
export interface StreamableHttpTransport extends ServerTransport {
  readonly kind: 'streamable-http'
  /** Says in which era and version the messages from now on are sent: what was negotiated, or what is tried. */
  setProtocol(protocol: NegotiatedProtocol): void
  /**
   * Keeps a GET stream open for what the server says outside of any request, over its interruptions. Call it after
   * `notifications/initialized`. Resolves when there is nothing to listen to any more: the server has no such stream, the
   * session is another one, the signal was aborted, the transport was closed. Every attempt has the headers of `options`:
   * call it again with new ones where the server takes the old ones no longer.
   *
   * @throws GatewayError `unknown_session`, `credential_rejected`, `redirect_refused`
   * @throws HttpRefusal of 4xx; what passes is tried again
   */
  openStream(options: SendOptions): Promise<void>
}

const maxFruitlessResumptions = 3
/** How long a response stream may stay open when it has brought the response. */
const lingerMs = 1000
const deleteTimeoutMs = 2000

export function createStreamableHttpTransport(peer: HttpPeer, events: TransportEvents): StreamableHttpTransport {
  return new StreamableHttp(peer, events)
}

class StreamableHttp implements StreamableHttpTransport {
  readonly kind = 'streamable-http'
  get hasSessionId(): boolean {
    return this.sessionId !== undefined
  }

  private readonly requests = new OpenRequests()
  private protocol: NegotiatedProtocol | undefined
  private sessionId: string | undefined
  /** There was a session, and until another one has begun there is none to send anything in. */
  private isSessionLost = false
  /** As the last message was sent, which is how the session's end is announced. */
  private lastOutbound: OutboundRequest | undefined

  constructor(
    private readonly peer: HttpPeer,
    private readonly events: TransportEvents,
  ) {}

  async start(): Promise<void> {}

  setProtocol(protocol: NegotiatedProtocol): void {
    this.protocol = protocol
  }

  send(message: JsonRpcMessage, options: SendOptions): Promise<void> {
    return this.requests.run(options.signal, (controller) => this.post(message, options, controller))
  }

  async openStream(options: SendOptions): Promise<void> {
    if (this.protocol?.era === 'modern' || this.requests.hasEnded) return
    await this.requests.run(options.signal, async ({ signal }) => {
      try {
        await this.listen(options, signal)
      } catch (error) {
        if (!signal.aborted) throw error
      }
    })
  }

  async close(): Promise<void> {
    if (this.requests.hasEnded) return
    const { sessionId, lastOutbound, protocol } = this
    this.requests.end(transportClosed())
    if (sessionId === undefined || lastOutbound === undefined || protocol?.era === 'modern') return
    try {
      await exchangeHttp(
        this.peer,
        {
          method: 'DELETE',
          ...lastOutbound,
          headers: withOwnHeaders(lastOutbound.headers, this.legacyHeaders(sessionId)),
          headersTimeoutMs: deleteTimeoutMs,
          bodyTimeoutMs: deleteTimeoutMs,
          signal: AbortSignal.timeout(deleteTimeoutMs),
        },
        new MessageReader(undefined, () => undefined),
      )
    } catch {
      // The server forgets the session in its own time.
    }
  }

  private async post(message: JsonRpcMessage, options: SendOptions, controller: StopController): Promise<void> {
    const { signal } = controller
    const isInitialize = 'method' in message && message.method === 'initialize'
    if (isInitialize) this.loseSession()
    else if (this.isSessionLost) throw sessionUnknown()
    const { sessionId } = this
    if (options.outbound.ofServer === undefined) this.lastOutbound = options.outbound
    let linger: NodeJS.Timeout | undefined
    const answer = this.readMessages(signal, message, () => {
      linger = setTimeout(() => controller.abort(new Error('the response had come')), lingerMs)
    })
    try {
      const brokenOff = await exchangeHttp(this.peer, this.postRequest(message, options, signal, isInitialize), {
        begin: (headers) => {
          if (isInitialize) this.beginSession(readSessionId(headers))
          answer.begin(headers)
        },
        data: (bytes) => answer.data(bytes),
        end: () => answer.end(),
      })
      if (!answer.isComplete) await this.resume(answer, options, signal, brokenOff ?? endedWithoutResponse())
    } catch (error) {
      if (answer.isComplete) return
      signal.throwIfAborted()
      throw this.unlessSessionUnknown(error, sessionId)
    } finally {
      clearTimeout(linger)
    }
  }

  private postRequest(
    message: JsonRpcMessage,
    options: SendOptions,
    signal: StopSignal,
    isInitialize: boolean,
  ): HttpRequest {
    const { outbound, timeoutMs } = options
    return {
      method: 'POST',
      origin: outbound.origin,
      path: outbound.path,
      headers: withOwnHeaders(outbound.headers, {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...(isInitialize ? {} : this.messageHeaders(message)),
      }),
      body: JSON.stringify(message),
      headersTimeoutMs: timeoutMs,
      // A subscription of the stateless era is silent for as long as there is no news.
      bodyTimeoutMs: 'method' in message && message.method === 'subscriptions/listen' ? 0 : timeoutMs,
      signal,
      renew: outbound.renew,
      ownCredential: outbound.ownCredential,
    }
  }

  private getRequest(
    options: SendOptions,
    signal: StopSignal,
    lastEventId: string | undefined,
    bodyTimeoutMs: number,
  ): HttpRequest {
    const { outbound, timeoutMs } = options
    return {
      method: 'GET',
      origin: outbound.origin,
      path: outbound.path,
      headers: withOwnHeaders(outbound.headers, {
        accept: 'text/event-stream',
        ...this.legacyHeaders(this.sessionId),
        'last-event-id': lastEventId,
      }),
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs,
      signal,
      renew: outbound.renew,
      ownCredential: outbound.ownCredential,
    }
  }

  private messageHeaders(message: JsonRpcMessage): OwnHeaders {
    if (this.protocol?.era === 'modern') return modernHeaders(message, this.protocol.protocolVersion)
    return this.legacyHeaders(this.sessionId)
  }

  private legacyHeaders(sessionId: string | undefined): OwnHeaders {
    return { 'mcp-session-id': sessionId, 'mcp-protocol-version': this.protocol?.protocolVersion }
  }

  private readMessages(signal: StopSignal, sent?: JsonRpcMessage, onResponse?: () => void): MessageReader {
    const deliver: TransportEvents['message'] = (message, during) => {
      if (!signal.aborted) this.events.message(message, during)
    }
    return new MessageReader(sent, deliver, onResponse)
  }

  /** Asks for the rest of an answer until the response has come. */
  private async resume(
    answer: MessageReader,
    options: SendOptions,
    signal: StopSignal,
    brokenOff: GatewayError,
  ): Promise<void> {
    const abortSignal = toAbortSignal(signal)
    let failure = brokenOff
    let fruitless = 0
    while (this.protocol?.era !== 'modern' && answer.resumeFrom !== undefined && fruitless < maxFruitlessResumptions) {
      if (failure.code === 'server_timeout') break
      await delay(reconnectionDelayMs(0, answer.retryMs, Math.random()), undefined, { signal: abortSignal })
      const isFruitful = watchProgress(answer)
      try {
        const request = this.getRequest(options, signal, answer.resumeFrom, options.timeoutMs)
        failure = (await exchangeHttp(this.peer, request, eventsOnly(answer))) ?? failure
      } catch (error) {
        signal.throwIfAborted()
        if (error === noStream || (error instanceof HttpRefusal && !isPassing(error))) throw brokenOff
        if (!isPassing(error)) throw error
      }
      if (answer.isComplete) return
      fruitless = isFruitful() ? 0 : fruitless + 1
    }
    throw failure
  }

  /** Holds the GET stream, and opens it again while that makes sense. */
  private async listen(options: SendOptions, signal: StopSignal): Promise<void> {
    const answer = this.readMessages(signal)
    const abortSignal = toAbortSignal(signal)
    const { sessionId } = this
    let failures = 0
    // Another session has other streams.
    while (this.sessionId === sessionId) {
      const isFruitful = watchProgress(answer)
      try {
        await exchangeHttp(this.peer, this.getRequest(options, signal, answer.resumeFrom, 0), eventsOnly(answer))
        failures = isFruitful() ? 0 : failures + 1
      } catch (error) {
        if (hasNoStream(error, answer.hasBegun)) return
        if (!isPassing(error)) throw this.unlessSessionUnknown(error, sessionId)
        failures++
      }
      await delay(reconnectionDelayMs(failures, answer.retryMs, Math.random()), undefined, {
        signal: abortSignal,
        ref: false,
      })
    }
  }

  private unlessSessionUnknown(error: unknown, sessionId: string | undefined): unknown {
    if (!(error instanceof HttpRefusal) || sessionId === undefined || !saysUnknownSession(error)) return error
    if (this.protocol?.era === 'modern') return error
    if (this.sessionId === sessionId) this.loseSession()
    return sessionUnknown(error)
  }

  private loseSession(): void {
    this.isSessionLost ||= this.sessionId !== undefined
    this.sessionId = undefined
  }

  private beginSession(id: string | undefined): void {
    this.sessionId = id
    this.isSessionLost = false
  }
}

/**
 * A server says so with 404 (2025-11-25, basic/transports § Session Management). Many that were made after an example of
 * the SDK say 400 instead, and name the session in the error's message.
 */
function saysUnknownSession({ status, body }: HttpRefusal): boolean {
  return status === 404 || (status === 400 && /"message"\s*:\s*"[^"]*\bsession\b/i.test(body))
}

const noStream = new Error('the server answered GET with something other than an event stream')

/** Passes an event stream on, and refuses any other success. */
function eventsOnly(answer: MessageReader): AnswerReader {
  return {
    begin: (headers) => {
      if (mediaType(headers['content-type']) !== 'text/event-stream') throw noStream
      answer.begin(headers)
    },
    data: (bytes) => answer.data(bytes),
    end: () => undefined,
  }
}

/** Whether a stream was any use: it brought a message or another event id, or was open for a while. */
function watchProgress(answer: MessageReader): () => boolean {
  const { messageCount, resumeFrom } = answer
  const sinceMs = performance.now()
  return () =>
    answer.messageCount > messageCount || answer.resumeFrom !== resumeFrom || performance.now() - sinceMs >= steadyMs
}

/**
 * A server says so with 405. Those whose web framework says 404 to a method without a route are understood as well; once
 * there was a stream, a 404 speaks of the session.
 */
function hasNoStream(error: unknown, wasThere: boolean): boolean {
  if (error === noStream) return true
  return error instanceof HttpRefusal && (error.status === 405 || (error.status === 404 && !wasThere))
}

function isPassing(error: unknown): boolean {
  if (error instanceof HttpRefusal) return error.status >= 500 || error.status === 429
  return error instanceof GatewayError && (error.code === 'server_unreachable' || error.code === 'server_timeout')
}

/** @throws GatewayError `server_unreachable` where the id cannot be sent back */
function readSessionId(headers: ResponseHeaders): string | undefined {
  const id = headers['mcp-session-id']
  if (id === undefined || id === '') return undefined
  if (typeof id === 'string' && /^[\x21-\x7e]+$/.test(id)) return id
  throw notMcp('gave a session id that is none')
}

function sessionUnknown(cause?: HttpRefusal): GatewayError {
  return new GatewayError('unknown_session', {
    detail: 'The server no longer knows the session that the gateway held with it.',
    fix: 'Try again.',
    ...(cause === undefined ? {} : { cause }),
  })
}

function endedWithoutResponse(): GatewayError {
  return new GatewayError('server_unreachable', {
    detail: 'The server ended its answer without a response to the request.',
    fix: 'Try again, and look into the log of the server.',
  })
}
