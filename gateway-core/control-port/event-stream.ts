/** Server-sent events of the control port: every client gets every event, or is dropped once it falls too far behind. */
import type { ServerResponse } from 'node:http'
import type { GatewayStatus } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import { parseExchangeFilter } from '../contract/exchange-filter.js'
import { createExchangeMatcher, matchesExchange, type ExchangeMatcher } from '../contract/exchange-match.js'
import type { GatewayEvent, GatewayEvents } from '../events.js'

const maxBacklogBytes = 1024 * 1024
const heartbeatMs = 15_000
const maxClients = 64

export interface EventStreams {
  /**
   * Answers with the stream. The client's first event is `status`.
   * @param filter of the events `exchange`, in the language of `exchange-filter.ts`
   * @throws GatewayError `conflict` beyond 64 clients
   */
  open(response: ServerResponse, headers: Readonly<Record<string, string>>, filter?: string): void
  /** Ends every stream. */
  close(): void
}

/** @see [HTML, server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html) */
export function createEventStreams(
  events: Pick<GatewayEvents, 'subscribe' | 'wantText'>,
  status: () => GatewayStatus,
): EventStreams {
  const clients = new Map<ServerResponse, ExchangeMatcher>()
  const write = (client: ServerResponse, text: string): void => {
    if (client.writableLength > maxBacklogBytes) {
      remove(client)
      client.destroy()
    } else client.write(text)
  }
  const broadcast = (text: string): void => {
    for (const client of clients.keys()) write(client, text)
  }
  const deliver = (event: GatewayEvent): void => {
    const text = frame(event)
    for (const [client, matcher] of clients)
      if (event.event !== 'exchange' || matchesExchange(matcher, event.data, event.text)) write(client, text)
  }
  // Only while there is a client: what nobody watches is not made.
  let unsubscribe: (() => void) | undefined
  const remove = (client: ServerResponse): void => {
    clients.delete(client)
    if (clients.size > 0) return
    unsubscribe?.()
    unsubscribe = undefined
  }
  const heartbeat = setInterval(() => broadcast(':\n\n'), heartbeatMs).unref()
  return {
    open(response, headers, filter = '') {
      if (clients.size >= maxClients)
        throw new GatewayError('conflict', {
          detail: `${maxClients} clients listen already.`,
          fix: 'Close one of them.',
        })
      const matcher = matcherOf(filter)
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
      clients.set(response, matcher)
      unsubscribe ??= events.subscribe(deliver)
      const stopReading = matcher.text === undefined ? undefined : events.wantText()
      response.on('close', () => {
        stopReading?.()
        remove(response)
      })
      write(response, frame({ event: 'status', data: status() }))
    },
    close() {
      clearInterval(heartbeat)
      for (const client of clients.keys()) client.end()
      for (const client of clients.keys()) remove(client)
    },
  }
}

/** @throws GatewayError `invalid_input` */
function matcherOf(filter: string): ExchangeMatcher {
  const parsed = parseExchangeFilter(filter)
  if ('terms' in parsed) return createExchangeMatcher(parsed)
  throw new GatewayError('invalid_input', {
    errors: [{ path: 'filter', message: `character ${parsed.position + 1}: ${parsed.message}` }],
  })
}

/** JSON has no line breaks, so that one `data` line holds it. */
function frame({ event, data }: GatewayEvent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
