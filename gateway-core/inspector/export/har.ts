/**
 * An exchange as an entry of a HAR file: what the agent sent and was answered, and in members whose names begin with `_`
 * what the gateway did in between.
 *
 * @see [HTTP Archive 1.2](http://www.softwareishard.com/blog/har-12-spec/)
 */
import type { Exchange, HeaderEntry } from '../../contract/exchange.js'

interface NameValue {
  readonly name: string
  readonly value: string
}

export interface HarEntry {
  readonly startedDateTime: string
  readonly time: number
  readonly request: object
  readonly response: object
  readonly cache: object
  readonly timings: object
  readonly comment: string
  readonly _gatehouse: object
}

export function harBeginning(version: string): string {
  return `{"log":{"version":"1.2","creator":${JSON.stringify({ name: 'Gatehouse', version })},"entries":[`
}

export const harEnd = ']}}\n'

/** @param origin of the data port, as agents call it */
export function harEntry(exchange: Exchange, origin: string): HarEntry {
  const { request, response, timings } = exchange
  const url = exchange.lane === 'auth' ? (request.url ?? '') : `${origin}${request.path}`
  const sentMs = timings.callerMs + timings.shieldMs + timings.credentialMs
  return {
    startedDateTime: exchange.startedAt,
    time: timings.totalMs,
    request: {
      method: request.httpMethod,
      url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: request.headers.map(nameValue),
      queryString: [],
      headersSize: -1,
      bodySize: request.body === undefined ? 0 : new TextEncoder().encode(request.body).byteLength,
      ...(request.body !== undefined && {
        postData: { mimeType: mediaType(request.headers), text: request.body, ...cutOff(request.truncated) },
      }),
    },
    response: responseOf(response),
    cache: {},
    timings: {
      blocked: timings.gatewayMs,
      dns: -1,
      connect: timings.connectMs === 0 ? -1 : timings.connectMs,
      ssl: timings.tlsMs === 0 ? -1 : timings.tlsMs,
      send: sentMs,
      wait: timings.firstByteMs,
      receive: timings.streamMs,
    },
    comment: [exchange.server, exchange.method, exchange.tool, exchange.verdict.decision].filter(Boolean).join(' '),
    _gatehouse: {
      ...{ id: exchange.id, lane: exchange.lane, requestId: exchange.requestId, traceId: exchange.traceId },
      ...{ server: exchange.server, method: exchange.method, tool: exchange.tool, caller: exchange.caller },
      ...{ verdict: exchange.verdict, timings, url: request.url, query: request.query },
      ...{ forwarded: request.forwarded, stripped: request.stripped, injected: request.injected },
      ...{
        errorCode: exchange.errorCode,
        problems: exchange.problems,
        issuanceId: exchange.issuanceId,
        causedBy: exchange.causedBy,
      },
      ...{ replayOf: exchange.replayOf, events: response.events },
    },
  }
}

function responseOf({ status, headers, body, events, truncated }: Exchange['response']): object {
  const text = body ?? (events === undefined ? undefined : events.map(eventText).join(''))
  return {
    status,
    statusText: '',
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: headers.map(nameValue),
    content: {
      size: text === undefined ? 0 : new TextEncoder().encode(text).byteLength,
      mimeType: mediaType(headers),
      ...(text !== undefined && { text }),
      ...cutOff(truncated),
    },
    redirectURL: '',
    headersSize: -1,
    bodySize: -1,
  }
}

function cutOff(truncated: boolean | undefined): { comment?: string } {
  return truncated === true ? { comment: 'Only the beginning was recorded.' } : {}
}

function eventText({ id, event, data }: { id?: string; event?: string; data: string }): string {
  const lines = data.split('\n').map((line) => `data: ${line}\n`)
  return `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}${lines.join('')}\n`
}

function nameValue({ name, value }: HeaderEntry): NameValue {
  return { name, value }
}

function mediaType(headers: readonly HeaderEntry[]): string {
  return headers.find(({ name }) => name === 'content-type')?.value ?? 'x-unknown'
}
