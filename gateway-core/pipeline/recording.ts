/** What is noted about a request while it passes, and turned into an exchange when it has ended. */
import { GatewayError, type ErrorCode } from '../contract/errors.js'
import type { Verdict } from '../contract/exchange.js'
import type { OutboundPlan } from '../credentials/planned.js'
import type { CapturedExchange } from '../inspector/captured-exchange.js'
import { isEventStream } from '../servers/forward-http.js'
import { headerProblems, type Fate } from './header-agreement.js'
import type { Arrived, Known, Planned, Read } from './stages.js'

/** How much of a response is kept. */
const maxCapturedBytes = 64 * 1024

const notJudged: Verdict = { decision: 'allow', policies: [], durationMs: 0 }

export interface RecordedResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

/** One per request; filled by the stages as they learn something. Times are `performance.now()` milliseconds. */
export class Recording {
  readonly startedMs = performance.now()
  readonly startedAtMs = Date.now()
  known: Known | undefined
  read: Read | undefined
  plan: OutboundPlan | undefined
  hop: Planned['hop'] | undefined
  verdict: Verdict = notJudged
  response: RecordedResponse = { status: 0, headers: {} }
  errorCode: ErrorCode | undefined
  /** Whether the credential was taken back while the request was answered. */
  isCredentialEnded = false
  callerMs = 0
  shieldMs = 0
  credentialMs = 0
  connectMs = 0
  tlsMs = 0
  firstByteMs = 0
  /** When the answer's headers came. */
  firstByteAtMs = 0
  /** Id of the exchange that this request repeats. */
  replayOf: string | undefined
  /** Values that are secret in this exchange though the vault may not hold them. */
  readonly sensitiveValues: string[] = []
  /** Values of pending headers once obtained, in the plan's order. */
  readonly obtained: (string | undefined)[] = []
  /** Issuances of the tokens among them, in the plan's order. */
  readonly issuanceIds: (string | undefined)[] = []
  /** Fingerprints of the secrets among them, in the plan's order, and that of the query's after them. */
  readonly fingerprints: (string | undefined)[] = []
  private readonly chunks: Buffer[] = []
  private readonly chunkTimesMs: number[] = []
  private capturedBytes = 0
  private truncated = false

  constructor(private readonly arrived: Arrived) {}

  /** Keeps a copy of the beginning of the response. */
  capture(bytes: Buffer): void {
    const room = maxCapturedBytes - this.capturedBytes
    if (bytes.length > room) this.truncated = true
    if (room <= 0) return
    const kept = Buffer.from(bytes.length > room ? bytes.subarray(0, room) : bytes)
    this.capturedBytes += kept.length
    this.chunks.push(kept)
    this.chunkTimesMs.push(performance.now() - this.startedMs)
  }

  /** A result that Shield denied changes what was said of its request. */
  noteVerdictOf(error: unknown): void {
    if (!(error instanceof GatewayError) || error.verdict === undefined) return
    const { decision, reason, policies } = error.verdict
    const { durationMs } = this.verdict
    this.verdict = { decision, ...(reason === undefined ? {} : { reason }), policies, durationMs }
  }

  /** The agent's face refuses what disagrees with itself, before anything is sent. */
  private fate(): Fate {
    if (this.hop === undefined || this.errorCode !== undefined) return 'not sent'
    if (this.hop === 'message') return 'passed on'
    return this.response.status === 400 ? 'refused' : 'made anew'
  }

  finish(): CapturedExchange {
    const { arrived, response, plan } = this
    const message = this.read?.message
    const endedMs = performance.now()
    return {
      lane: 'mcp',
      causedBy: undefined,
      replayOf: this.replayOf,
      requestId: arrived.requestId,
      traceId: arrived.traceId,
      startedAtMs: this.startedAtMs,
      timings: {
        callerMs: this.callerMs,
        shieldMs: this.shieldMs,
        credentialMs: this.credentialMs,
        connectMs: this.connectMs,
        tlsMs: this.tlsMs,
        firstByteMs: this.firstByteMs,
        streamMs: this.firstByteAtMs === 0 ? 0 : endedMs - this.firstByteAtMs,
        totalMs: endedMs - this.startedMs,
      },
      caller: this.known?.caller ?? null,
      agent: arrived.agent ?? this.known?.recognised.key?.agent ?? this.known?.recognised.grant?.clientName,
      server: arrived.slug === '' ? null : arrived.slug,
      method: message?.method ?? null,
      tool: message?.tool ?? null,
      verdict: this.verdict,
      errorCode: this.errorCode,
      problems: this.read === undefined ? [] : headerProblems(this.read, () => this.fate()),
      issuanceId: this.issuanceIds.find((id) => id !== undefined),
      httpMethod: arrived.httpMethod,
      path: arrived.path,
      url: plan?.url,
      query: plan?.query,
      inbound: arrived.headers,
      outbound: withIssuances(plan?.headers ?? [], this.issuanceIds),
      obtained: this.obtained,
      fingerprints: this.fingerprints,
      stripped: plan?.stripped ?? [],
      requestBody: arrived.body,
      status: response.status,
      responseHeaders: response.headers,
      responseChunks: this.chunks,
      responseTruncated: this.truncated,
      chunkTimesMs: isEventStream(response.headers['content-type']) ? this.chunkTimesMs : undefined,
      sensitiveValues: this.sensitiveValues,
    }
  }
}

function withIssuances(
  headers: OutboundPlan['headers'],
  issuanceIds: readonly (string | undefined)[],
): OutboundPlan['headers'] {
  if (issuanceIds.length === 0) return headers
  return headers.map((header, index) => {
    const issuanceId = issuanceIds[index]
    return issuanceId === undefined ? header : { ...header, source: { ...header.source, issuanceId } }
  })
}
