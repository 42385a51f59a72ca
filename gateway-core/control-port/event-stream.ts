/** Server-sent events of the control port: every client gets every event, or is dropped once it falls too far behind. */
import type { ServerResponse } from 'node:http'
import type { GatewayStatus } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import type { GatewayEvent, GatewayEvents } from '../events.js'

const maxBacklogBytes = 1024 * 1024
const heartbeatMs = 15_000
const maxClients = 64

export interface EventStreams {
  /**
   * Answers with the stream. The client's first event is `status`.
   * @throws GatewayError `conflict` beyond 64 clients
   */
  open(response: ServerResponse, headers: Readonly<Record<string, string>>): void
  /** Ends every stream. */
  close(): void
}

/** @see [HTML, server-sent events](https://html.spec.whatwg.org/multipage/server-sent-events.html) */
export function createEventStreams(
  events: Pick<GatewayEvents, 'subscribe'>,
  status: () => GatewayStatus,
): EventStreams {
  const clients = new Set<ServerResponse>()
  const write = (client: ServerResponse, text: string): void => {
    if (client.writableLength > maxBacklogBytes) {
      remove(client)
      client.destroy()
    } else client.write(text)
  }
  const broadcast = (text: string): void => {
    for (const client of clients) write(client, text)
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
    open(response, headers) {
      if (clients.size >= maxClients)
        throw new GatewayError('conflict', {
          detail: `${maxClients} clients listen already.`,
          fix: 'Close one of them.',
        })
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
      clients.add(response)
      unsubscribe ??= events.subscribe((event) => broadcast(frame(event)))
      response.on('close', () => remove(response))
      write(response, frame({ event: 'status', data: status() }))
    },
    close() {
      clearInterval(heartbeat)
      for (const client of clients) client.end()
      for (const client of clients) remove(client)
    },
  }
}

/** JSON has no line breaks, so that one `data` line holds it. */
function frame({ event, data }: GatewayEvent): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
