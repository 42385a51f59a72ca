/** Part of the composition root: requests to authorization servers and token brokers become exchanges of a lane of their own. */
import { randomUUID } from 'node:crypto'
import type { CapturedExchange } from './inspector/captured-exchange.js'
import type { ObserveRequest } from './oauth/observed-request.js'
import { randomHex } from './random-hex.js'

export function noteAuthTraffic(record: (exchange: CapturedExchange) => void): ObserveRequest {
  return ({ purpose, cause, method, url, headers, body, status, answerHeaders, answerBody, startedAtMs, durationMs }) =>
    record({
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
    })
}
