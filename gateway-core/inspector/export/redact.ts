/**
 * Takes out of an exchange what is about somebody's work rather than about how it went: values of headers but for a list
 * of harmless ones, and values in bodies, of which the structure stays. Secrets are masked before, whatever is asked for.
 */
import type { Exchange, HeaderEntry } from '../../contract/exchange.js'

const redacted = '(redacted)'

/** A list of what may stay: a list of what may not would miss what nobody thought of. */
const harmlessHeaders = new Set([
  'accept',
  'allow',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'date',
  'host',
  'mcp-method',
  'mcp-protocol-version',
  'retry-after',
  'traceparent',
  'transfer-encoding',
  'user-agent',
  'vary',
  'x-request-id',
])

/** Members whose text says how a message is made, and not what it is about. */
const harmlessMembers = new Set(['jsonrpc', 'method', 'type', 'protocolVersion', 'resultType', 'grant_type', 'error'])

export function redactExchange(exchange: Exchange): Exchange {
  const { request, response, caller, problems } = exchange
  const { email: _email, ...known } = caller ?? { id: '', subject: '', method: 'none' as const }
  return {
    ...exchange,
    caller: caller === null ? null : known,
    // They quote values of headers and bodies.
    ...(problems !== undefined && { problems: problems.map((text) => text.replace(/"(?:[^"\\]|\\.)*"/g, redacted)) }),
    request: {
      ...request,
      headers: request.headers.map(redactHeader),
      forwarded: request.forwarded.map(redactHeader),
      stripped: request.stripped.map(redactHeader),
      injected: request.injected.map(redactHeader),
      ...(request.body !== undefined && { body: redactText(request.body, request.truncated) }),
    },
    response: {
      ...response,
      headers: response.headers.map(redactHeader),
      ...(response.body !== undefined && { body: redactText(response.body, response.truncated) }),
      ...(response.events !== undefined && {
        events: response.events.map((event) => ({ ...event, data: redactText(event.data) })),
      }),
    },
  }
}

function redactHeader<Entry extends HeaderEntry>(entry: Entry): Entry {
  return entry.masked || harmlessHeaders.has(entry.name) ? entry : { ...entry, value: redacted }
}

function redactText(text: string, isTruncated = false): string {
  if (isTruncated) return redacted
  try {
    return JSON.stringify(redactValue(JSON.parse(text), ''))
  } catch {
    return text === '' ? '' : redacted
  }
}

function redactValue(value: unknown, member: string): unknown {
  if (Array.isArray(value)) return value.map((item) => redactValue(item, member))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactValue(item, key)]))
  if (typeof value === 'boolean' || value === null || harmlessMembers.has(member)) return value
  // A message's id and an error's code are numbers; so are telephone numbers.
  return member === 'id' || member === 'code' ? value : redacted
}
