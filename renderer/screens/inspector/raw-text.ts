/** Both hops as they would look on the wire, with hidden values hidden. */
import type { Whole } from './messages.js'

type Line = { readonly name: string; readonly value: string }

function message(first: string, headers: readonly Line[], body: string | undefined): string {
  return [first, ...headers.map(({ name, value }) => `${name}: ${value}`), '', body ?? ''].join('\n')
}

export function inboundRequest({ request }: Whole): string {
  return message(`${request.httpMethod} ${request.path} HTTP/1.1`, request.headers, request.body)
}

/** Undefined where nothing was sent. */
export function outboundRequest({ request }: Whole): string | undefined {
  const { url, query = [], forwarded, injected } = request
  if (url === undefined || forwarded.length + injected.length === 0) return undefined
  const search = query.map(({ name, value }) => `${name}=${value}`).join('&')
  return message(
    `${request.httpMethod} ${url}${search === '' ? '' : `?${search}`} HTTP/1.1`,
    [...forwarded, ...injected],
    request.body,
  )
}

export function answer({ response }: Whole): string {
  const events = (response.events ?? []).map(({ id, event, data }) =>
    [id !== undefined && `id: ${id}`, event !== undefined && `event: ${event}`, `data: ${data}`, '']
      .filter((line) => line !== false)
      .join('\n'),
  )
  const body = events.length > 0 ? events.join('\n') : response.body
  return message(`HTTP/1.1 ${response.status}`, response.headers, body)
}
