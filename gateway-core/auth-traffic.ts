/** Part of the composition root: requests to authorization servers and token brokers become exchanges of a lane of their own. */
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { CapturedExchange } from './inspector/captured-exchange.js'
import { clocksApart } from './oauth/clock-skew.js'
import type { ObservedRequest, ObserveRequest } from './oauth/observed-request.js'
import { randomHex } from './random-hex.js'

const maxOrigins = 256
const warnAgainMs = 3_600_000

export function noteAuthTraffic(
  record: (exchange: CapturedExchange) => void,
  logger: Pick<Logger, 'warn'>,
): ObserveRequest {
  const warnClock = clockWarning(logger)
  return (request) => {
    warnClock(request)
    record(exchangeOf(request))
  }
}

/** Tokens that look expired to one of the two are hard to understand otherwise. Once an hour for each origin. */
function clockWarning(logger: Pick<Logger, 'warn'>): ObserveRequest {
  const warnedMs = new Map<string, number>()
  return ({ url, answerHeaders, startedAtMs, durationMs }) => {
    const clocks = clocksApart(answerHeaders['date'], startedAtMs + durationMs)
    if (clocks === undefined) return
    const { origin } = new URL(url)
    const nowMs = performance.now()
    if (nowMs - (warnedMs.get(origin) ?? Number.NEGATIVE_INFINITY) < warnAgainMs) return
    if (warnedMs.size >= maxOrigins) warnedMs.clear()
    warnedMs.set(origin, nowMs)
    const [theirs, ours] = [clocks.theirsMs, clocks.oursMs].map((ms) => new Date(ms).toISOString())
    logger.warn({ origin, theirs, ours }, 'the clock of an authorization server is not the one of this machine')
  }
}

function exchangeOf(request: ObservedRequest): CapturedExchange {
  const { purpose, cause, method, url, headers, body } = request
  const { status, answerHeaders, answerBody, startedAtMs, durationMs } = request
  return {
    lane: 'auth',
    requestId: randomUUID(),
    causedBy: cause?.requestId,
    replayOf: undefined,
    traceId: cause?.traceId ?? randomHex(16),
    startedAtMs,
    timings: {
      ...{ callerMs: 0, shieldMs: 0, credentialMs: 0, connectMs: 0, tlsMs: 0 },
      ...{ firstByteMs: durationMs, streamMs: 0, totalMs: durationMs },
    },
    caller: cause?.caller ?? null,
    agent: undefined,
    server: cause?.slug ?? null,
    method: `oauth/${purpose}`,
    tool: null,
    verdict: { decision: 'allow', policies: [], durationMs: 0 },
    errorCode: status === 0 ? 'token_endpoint_failed' : undefined,
    problems: [],
    issuanceId: undefined,
    httpMethod: method,
    path: new URL(url).pathname,
    url,
    query: undefined,
    inbound: headers,
    outbound: [],
    obtained: [],
    fingerprints: [],
    stripped: [],
    requestBody: Buffer.from(body),
    status,
    responseHeaders: answerHeaders,
    responseChunks: answerBody === '' ? [] : [Buffer.from(answerBody)],
    responseTruncated: false,
    chunkTimesMs: undefined,
    sensitiveValues: [],
  }
}
