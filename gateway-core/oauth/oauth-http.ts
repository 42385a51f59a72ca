/**
 * HTTP to authorization servers and token brokers: bounded in time and size, JSON only, no redirect followed, each address
 * checked when it is connected to. What fails for a reason that may pass is tried again, ever more slowly.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { isIP } from 'node:net'
import { Agent, request as sendRequest } from 'undici'
import type { GatewayError } from '../contract/errors.js'
import { userAgent } from '../version.js'
import {
  maskHeaders,
  maskText,
  purposeOf,
  type Cause,
  type ObservedRequest,
  type ObserveRequest,
} from './observed-request.js'
import { diagnosed, tokenFailure } from './oauth-failure.js'
import { AddressRefused, hostOf, lookUpWithin, mayReach, type Reach } from './private-address.js'

export interface OAuthHttpSettings {
  /** For one attempt, milliseconds. `OAUTH_REQUEST_TIMEOUT` is in seconds. */
  readonly requestTimeoutMs: number
  /** Attempts after the first. `OAUTH_MAX_RETRIES` */
  readonly maxRetries: number
}

export interface OAuthRequest {
  readonly method: 'GET' | 'POST'
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly reach: Reach
  /** Whether what follows the headers is dropped unread, and nothing is tried again. */
  readonly headOnly?: boolean
  /** The request of an agent that made it necessary. */
  readonly cause?: Cause | undefined
}

export interface OAuthAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface OAuthHttp {
  /**
   * Sends until there is an answer that is not 5xx, or no attempt is left; a 5xx of the last attempt is an answer too. An
   * answer of 200 is JSON.
   *
   * @throws GatewayError `token_endpoint_failed`
   */
  send(url: string, request: OAuthRequest): Promise<OAuthAnswer>
  close(): Promise<void>
}

const maxBytes = 1024 * 1024
const connectTimeoutMs = 10_000
const firstBackoffMs = 250
const maxBackoffMs = 5_000

/** The same, with every request laid to one cause. */
export function causedBy(http: OAuthHttp, cause: Cause): OAuthHttp {
  return { send: (url, request) => http.send(url, { ...request, cause }), close: () => http.close() }
}

/** @param observe is told of every attempt that was answered, or failed */
export function createOAuthHttp(settings: OAuthHttpSettings, observe?: ObserveRequest): OAuthHttp {
  const agents: Readonly<Record<Reach, Agent>> = {
    typed: new Agent({ connect: { timeout: connectTimeoutMs } }),
    near: new Agent({ connect: { timeout: connectTimeoutMs, lookup: lookUpWithin('near') } }),
    public: new Agent({ connect: { timeout: connectTimeoutMs, lookup: lookUpWithin('public') } }),
  }
  const closing = new AbortController()
  return {
    send: async (url, request) => {
      const target = targetOf(url, request.reach)
      const notAfterMs = performance.now() + 2 * settings.requestTimeoutMs
      for (let attempt = 0; ; attempt++) {
        const startedAtMs = Date.now()
        const startedMs = performance.now()
        const outcome = await attemptOnce(target, request, agents[request.reach], settings, closing.signal)
        observe?.(observed(target, request, outcome, startedAtMs, performance.now() - startedMs))
        const isLast =
          attempt >= settings.maxRetries ||
          performance.now() >= notAfterMs ||
          closing.signal.aborted ||
          request.headOnly
        if ('answer' in outcome) {
          if (outcome.answer.status < 500 || isLast) return outcome.answer
        } else if (!outcome.mayPass || isLast) throw outcome.error
        await delay(backoffMs(attempt), undefined, { signal: closing.signal }).catch(() => undefined)
      }
    },
    close: async () => {
      closing.abort(new Error('the gateway stops'))
      await Promise.all(Object.values(agents).map((agent) => agent.destroy()))
    },
  }
}

function observed(
  target: URL,
  request: OAuthRequest,
  outcome: Outcome,
  startedAtMs: number,
  durationMs: number,
): ObservedRequest {
  const purpose = purposeOf(target, request)
  const answer = 'answer' in outcome ? outcome.answer : undefined
  return {
    purpose,
    cause: request.cause,
    method: request.method,
    url: target.origin + target.pathname,
    headers: maskHeaders({ ...request.headers, 'user-agent': userAgent }),
    body: maskText(request.body ?? '', purpose),
    status: answer?.status ?? 0,
    answerHeaders: maskHeaders(answer?.headers ?? {}),
    answerBody: maskText(Buffer.from(answer?.body ?? []).toString('utf8'), purpose),
    ...{ startedAtMs, durationMs },
  }
}

/** Twice as long each time, half of it by chance, so that many who failed together do not come back together. */
function backoffMs(attempt: number): number {
  return Math.min(firstBackoffMs * 2 ** attempt, maxBackoffMs) * (0.5 + Math.random() / 2)
}

/** @throws GatewayError `token_endpoint_failed` where the URL may not be asked */
function targetOf(url: string, reach: Reach): URL {
  const target = new URL(url)
  const host = hostOf(target)
  if (isIP(host) !== 0 && !mayReach(reach, host)) throw addressRefused(target)
  return target
}

type Outcome =
  | { readonly answer: OAuthAnswer }
  | { readonly error: GatewayError; /** Whether it may pass by itself. */ readonly mayPass: boolean }

async function attemptOnce(
  target: URL,
  request: OAuthRequest,
  dispatcher: Agent,
  { requestTimeoutMs }: OAuthHttpSettings,
  closing: AbortSignal,
): Promise<Outcome> {
  const attempt = new AbortController()
  const end = (): void => attempt.abort(closing.reason)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    attempt.abort(new Error('late'))
  }, requestTimeoutMs)
  closing.addEventListener('abort', end, { once: true })
  if (closing.aborted) end()
  try {
    return { answer: await exchange(target, request, dispatcher, attempt.signal) }
  } catch (error) {
    if (error instanceof Unusable) return { error: tokenFailure(`${target.origin} ${error.message}.`), mayPass: false }
    if (isLate)
      return {
        error: diagnosed({
          code: 'TIMEOUT_TOKEN',
          title: `No answer in ${requestTimeoutMs / 1000} s`,
          facts: [`${target.origin} did not answer within ${requestTimeoutMs / 1000} s.`],
          fix: 'Try again; OAUTH_REQUEST_TIMEOUT is how many seconds it may take.',
        }),
        mayPass: true,
      }
    return failedConnection(target, error)
  } finally {
    clearTimeout(timer)
    closing.removeEventListener('abort', end)
  }
}

/** An answer that is none, whatever is tried. */
class Unusable extends Error {}

async function exchange(
  target: URL,
  request: OAuthRequest,
  dispatcher: Agent,
  signal: AbortSignal,
): Promise<OAuthAnswer> {
  const { statusCode, headers, body } = await sendRequest(target, {
    dispatcher,
    signal,
    method: request.method,
    headers: { ...request.headers, 'user-agent': userAgent },
    body: request.body ?? null,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const flat = Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  )
  const fault = request.headOnly === true ? undefined : faultOf(statusCode, flat)
  if (request.headOnly === true || fault !== undefined) {
    body.on('error', () => undefined).destroy()
    if (fault !== undefined) throw new Unusable(fault)
    return { status: statusCode, headers: flat, body: new Uint8Array() }
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Unusable('answered with more than 1 MiB')
    chunks.push(chunk)
  }
  return { status: statusCode, headers: flat, body: Buffer.concat(chunks) }
}

function faultOf(status: number, headers: Readonly<Record<string, string>>): string | undefined {
  if (status >= 300 && status < 400) return `answered ${status}, a redirect, which is never followed`
  if (!['', 'identity'].includes((headers['content-encoding'] ?? '').toLowerCase()))
    return 'sent a compressed answer, which it was not asked for'
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (status === 200 && !/^application\/(?:[\w.-]+\+)?json$/.test(type))
    return 'answered with something other than JSON'
  return undefined
}

const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
])

function failedConnection(target: URL, error: unknown): Outcome {
  const candidates = error instanceof AggregateError ? [error, ...(error.errors as unknown[])] : [error]
  for (const candidate of candidates) {
    if (candidate instanceof AddressRefused) return { error: addressRefused(target), mayPass: false }
    const code: unknown = candidate instanceof Error && 'code' in candidate ? candidate.code : undefined
    if (typeof code === 'string')
      return { error: tokenFailure(`${target.origin} could not be reached (${code}).`), mayPass: passing.has(code) }
  }
  return { error: tokenFailure(`${target.origin} could not be reached.`, undefined, error), mayPass: false }
}

function addressRefused(target: URL): GatewayError {
  return tokenFailure(
    `${target.origin} is in a private network, and was named by a server that is not.`,
    'Set token_url in the server’s configuration if this authorization server is meant.',
  )
}
