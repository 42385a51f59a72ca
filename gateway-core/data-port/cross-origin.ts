/** CORS, for pages that a person let in with `--allow-origin`. No other origin ever gets these headers. */
import type { ServerResponse } from 'node:http'

export function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('vary', 'origin')
  response.setHeader('access-control-expose-headers', 'mcp-session-id, www-authenticate, x-request-id')
}

export function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, DELETE',
    'access-control-allow-headers':
      'authorization, content-type, accept, last-event-id, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, x-gatehouse-apikey, x-request-id, traceparent, tracestate, baggage',
    'access-control-max-age': '600',
  })
  response.end()
}
