/** What is noted about a request while it passes, and turned into an exchange when it has ended. */
import type { CapturedExchange } from '../contract/captured-exchange.js'
import type { ErrorCode } from '../contract/errors.js'
import type { Verdict } from '../contract/exchange.js'
import type { OutboundPlan } from '../credentials/planned.js'
import { writeDocument } from '../inspector/exchange-document.js'
import { isEventStream } from '../servers/forward-http.js'
import { exchangeId } from './exchange-id.js'
import type { Arrived, Known, Read } from './stages.js'

/** How much of a body is kept, each way. */
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
  verdict: Verdict = notJudged
  response: RecordedResponse = { status: 0, headers: {} }
  errorCode: ErrorCode | undefined
  callerMs = 0
  shieldMs = 0
  credentialMs = 0
  connectMs = 0
  firstByteMs = 0
  /** Values that are secret in this exchange though the vault may not hold them. */
  readonly sensitiveValues: string[] = []
  /** Values of pending headers once obtained, in the plan's order. */
  obtained: readonly (string | undefined)[] = []
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

  finish(): CapturedExchange {
    const { arrived, startedAtMs, verdict, response } = this
    const caller = this.known?.caller ?? null
    const message = this.read?.message
    const [method, tool] = [message?.method ?? null, message?.tool ?? null]
    const id = exchangeId(startedAtMs)
    const requestTruncated = arrived.body.length > maxCapturedBytes
    const { text, marks } = this.responseText()
    return {
      id,
      startedAtMs,
      server: arrived.slug,
      callerId: caller?.id ?? null,
      subject: caller?.subject ?? null,
      verdict: verdict.decision,
      method,
      tool,
      status: response.status,
      document: writeDocument({
        id,
        requestId: arrived.requestId,
        traceId: arrived.traceId,
        startedAtMs,
        timings: this.timings(),
        caller,
        agent: arrived.agent ?? this.known?.recognised.key?.agent,
        server: arrived.slug,
        method,
        tool,
        verdict,
        errorCode: this.errorCode,
        issuanceId: undefined,
        httpMethod: arrived.httpMethod,
        path: arrived.path,
        inbound: arrived.headers,
        outbound: this.plan?.headers ?? [],
        obtained: this.obtained,
        stripped: this.plan?.stripped ?? [],
        requestTruncated,
        status: response.status,
        responseHeaders: response.headers,
        responseTruncated: this.truncated,
      }),
      request:
        message !== undefined && !requestTruncated ? message.text : arrived.body.toString('utf8', 0, maxCapturedBytes),
      requestTruncated,
      response: text,
      responseTruncated: this.truncated,
      marks,
      sensitiveValues: this.sensitiveValues,
    }
  }

  private timings(): Parameters<typeof writeDocument>[0]['timings'] {
    return {
      callerMs: inMicroseconds(this.callerMs),
      shieldMs: inMicroseconds(this.shieldMs),
      credentialMs: inMicroseconds(this.credentialMs),
      connectMs: inMicroseconds(this.connectMs),
      firstByteMs: inMicroseconds(this.firstByteMs),
      totalMs: inMicroseconds(performance.now() - this.startedMs),
    }
  }

  /** The response as text; for an event stream with how much of it had come when. */
  private responseText(): { readonly text: string; readonly marks: number[] | undefined } {
    const [first] = this.chunks
    const isStream = isEventStream(this.response.headers['content-type'])
    if (!isStream)
      return {
        text:
          this.chunks.length === 1 && first !== undefined
            ? first.toString('utf8')
            : Buffer.concat(this.chunks).toString('utf8'),
        marks: undefined,
      }
    const decoder = new TextDecoder()
    const marks: number[] = []
    let text = ''
    for (const [index, chunk] of this.chunks.entries()) {
      text += decoder.decode(chunk, { stream: true })
      marks.push(inMicroseconds(this.chunkTimesMs[index] ?? 0), text.length)
    }
    return { text, marks }
  }
}

/** Milliseconds with three digits: what is beyond is noise, and would be written out. */
function inMicroseconds(ms: number): number {
  return Math.round(ms * 1000) / 1000
}
