/**
 * HTTP+SSE of 2024-11-05: one GET stream, on which the server first names the endpoint that takes messages and then
 * says everything it has to say; a message to the server is a POST to that endpoint.
 *
 * The endpoint has to be of the origin that was planned: the credentials of every POST go there. Its own path and query
 * are used, with the parameters of the planned query that it lacks put behind them, as one of them may be a credential.
 */
import { GatewayError } from '../contract/errors.js'
import type { JsonRpcMessage } from '../contract/json-rpc.js'
import type { StopController, StopSignal } from '../stop-signal.js'
import { EventSourceReader } from './event-source.js'
import { exchangeHttp, type AnswerReader, type HttpPeer } from './http-exchange.js'
import { notMcp } from './http-failure.js'
import { mediaType, withOwnHeaders } from './http-mcp-headers.js'
import { messageOfEvent, pushEvents } from './http-messages.js'
import { OpenRequests, transportClosed } from './http-open-requests.js'
import type { OutboundRequest, SendOptions, ServerTransport, TransportEvents } from './transport.js'

/**
 * `start` throws `HttpRefusal` as well, where the server refuses the stream. Its `timeoutMs` is the time until the
 * endpoint is known, its signal of no effect afterwards; the stream itself may be silent for ever. `send` resolves with
 * the status of success. A 404 stays an `HttpRefusal`, as another session needs another stream, so another transport.
 */
export interface SseTransport extends ServerTransport {
  readonly kind: 'sse'
}

export function createSseTransport(peer: HttpPeer, events: TransportEvents): SseTransport {
  return new Sse(peer, events)
}

class Sse implements SseTransport {
  readonly kind = 'sse'
  private readonly requests = new OpenRequests()
  private endpoint: URL | undefined

  constructor(
    private readonly peer: HttpPeer,
    private readonly events: TransportEvents,
  ) {}

  start(options: SendOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      let isOpen = false
      const stream = this.requests.run(undefined, async (controller) => {
        const stopWatching = watchOpening(options, controller)
        try {
          await this.readStream(options.outbound, options.timeoutMs, controller.signal, () => {
            isOpen = true
            stopWatching()
            resolve()
          })
        } finally {
          stopWatching()
        }
      })
      stream.catch((reason: unknown) => (isOpen ? this.over(reason) : reject(reason)))
    })
  }

  send(message: JsonRpcMessage, options: SendOptions): Promise<void> {
    return this.requests.run(options.signal, ({ signal }) => this.post(message, options, signal))
  }

  async close(): Promise<void> {
    this.requests.end(transportClosed())
  }

  /** @throws GatewayError at the end of the stream, however it ends */
  private async readStream(
    { origin, path, headers, renew }: OutboundRequest,
    headersTimeoutMs: number,
    signal: StopSignal,
    opened: () => void,
  ): Promise<void> {
    const events = new EventSourceReader(({ type, data }) => {
      if (signal.aborted) return
      if (type === 'endpoint' && this.endpoint === undefined) {
        this.endpoint = resolveEndpoint(data, origin, path)
        opened()
        return
      }
      const message = messageOfEvent(type, data)
      if (message !== undefined) this.events.message(message, undefined)
    })
    const planned = withOwnHeaders(headers, { accept: 'text/event-stream' })
    const brokenOff = await exchangeHttp(
      this.peer,
      { method: 'GET', origin, path, headers: planned, headersTimeoutMs, bodyTimeoutMs: 0, signal, renew },
      {
        begin: (answer) => {
          if (mediaType(answer['content-type']) !== 'text/event-stream')
            throw notMcp('answered with something other than an event stream')
        },
        data: (bytes) => pushEvents(events, bytes),
        end: () => undefined,
      },
    )
    throw brokenOff ?? notMcp('ended its event stream')
  }

  /** Resolves with the status; what follows it is read and dropped, and ended where it is more than an acknowledgement. */
  private post(message: JsonRpcMessage, options: SendOptions, signal: StopSignal): Promise<void> {
    const { outbound, timeoutMs } = options
    const { endpoint } = this
    if (endpoint === undefined || endpoint.origin !== outbound.origin)
      return Promise.reject(notMcp('has named no endpoint for messages of this origin'))
    const request = {
      method: 'POST',
      origin: outbound.origin,
      path: withMissingParameters(endpoint, outbound.path),
      headers: withOwnHeaders(outbound.headers, {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
      }),
      body: JSON.stringify(message),
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      signal,
      renew: outbound.renew,
    } as const
    return new Promise((resolve, reject) => {
      exchangeHttp(this.peer, request, acknowledgement(resolve)).then(() => resolve(), reject)
    })
  }

  private over(reason: unknown): void {
    if (this.requests.hasEnded) return
    const failure = reason instanceof GatewayError ? reason : new GatewayError('internal', { cause: reason })
    this.requests.end(failure)
    this.events.closed(failure)
  }
}

/** Ends the opening by the caller's signal and by the deadline, until the returned function is called. */
function watchOpening({ signal, timeoutMs }: SendOptions, controller: StopController): () => void {
  const leave = (): void => controller.abort(signal?.reason)
  signal?.addEventListener('abort', leave, { once: true })
  if (signal?.aborted === true) leave()
  const deadline = timeoutMs === 0 ? undefined : setTimeout(() => controller.abort(noEndpointInTime()), timeoutMs)
  return () => {
    signal?.removeEventListener('abort', leave)
    clearTimeout(deadline)
  }
}

function noEndpointInTime(): GatewayError {
  return new GatewayError('server_timeout', {
    detail: 'The server did not name its endpoint for messages within its time limit.',
    fix: 'Check that the server speaks HTTP+SSE, or raise timeout_ms of the server.',
  })
}

/** @throws GatewayError `server_unreachable` where it is no URL, or one of another origin */
function resolveEndpoint(reference: string, origin: string, path: string): URL {
  const base = origin + path
  if (!URL.canParse(reference, base)) throw notMcp('named an endpoint for messages that is no URL')
  const endpoint = new URL(reference, base)
  if (endpoint.origin !== origin)
    throw new GatewayError('server_unreachable', {
      detail: 'The server named an endpoint for messages on another origin, where no credential of it may go.',
      fix: 'Register the server with the address under which it takes messages.',
    })
  return endpoint
}

/** The endpoint's path and query, and behind it the parameters of the planned query whose names it does not have. */
function withMissingParameters(endpoint: URL, plannedPath: string): string {
  const queryAt = plannedPath.indexOf('?')
  const planned = queryAt < 0 ? [] : plannedPath.slice(queryAt + 1).split('&')
  const missing = planned.filter((parameter) => {
    const [name] = new URLSearchParams(parameter).keys()
    return name !== undefined && !endpoint.searchParams.has(name)
  })
  if (missing.length === 0) return endpoint.pathname + endpoint.search
  return `${endpoint.pathname}${endpoint.search === '' ? '?' : `${endpoint.search}&`}${missing.join('&')}`
}

const maxAcknowledgementBytes = 64 * 1024

function acknowledgement(taken: () => void): AnswerReader {
  let bytes = 0
  return {
    begin: taken,
    data: (chunk) => {
      bytes += chunk.length
      if (bytes > maxAcknowledgementBytes) throw new Error('the answer to a message is of no concern')
    },
    end: () => undefined,
  }
}
