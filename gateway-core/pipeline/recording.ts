/** What is noted about a request while it passes, and turned into an exchange when it has ended. */
import { randomUUID } from 'node:crypto'
import type { CapturedChunk, CapturedExchange, CapturedHeader } from '../contract/captured-exchange.js'
import type { ErrorCode } from '../contract/errors.js'
import type { Verdict } from '../contract/exchange.js'
import type { OutboundPlan } from '../credentials/planned.js'
import type { Arrived, Known, Read } from './stages.js'

/** How much of a body is kept, each way. */
export const maxCapturedBytes = 64 * 1024

const notJudged: Verdict = { decision: 'allow', policies: [], durationMs: 0 }
const inbound = { kind: 'inbound' } as const

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
  obtained: readonly string[] = []
  private readonly chunks: CapturedChunk[] = []
  private capturedBytes = 0
  private truncated = false

  constructor(private readonly arrived: Arrived) {}

  /** Keeps a copy of the beginning of the response. */
  capture(bytes: Buffer): void {
    const room = maxCapturedBytes - this.capturedBytes
    if (bytes.length > room) this.truncated = true
    if (room <= 0) return
    const kept = new Uint8Array(bytes.length > room ? bytes.subarray(0, room) : bytes)
    this.capturedBytes += kept.length
    this.chunks.push({ atMs: performance.now() - this.startedMs, bytes: kept })
  }

  finish(): CapturedExchange {
    const { arrived, plan } = this
    const message = this.read?.message
    const body = arrived.body
    return {
      id: randomUUID(),
      requestId: arrived.requestId,
      traceId: arrived.traceId,
      startedAtMs: this.startedAtMs,
      timings: {
        callerMs: this.callerMs,
        shieldMs: this.shieldMs,
        credentialMs: this.credentialMs,
        connectMs: this.connectMs,
        firstByteMs: this.firstByteMs,
        totalMs: performance.now() - this.startedMs,
      },
      caller: this.known?.caller ?? null,
      agent: arrived.agent ?? this.known?.recognised.key?.agent,
      server: arrived.slug,
      method: message?.method ?? null,
      tool: message?.tool ?? null,
      verdict: this.verdict,
      errorCode: this.errorCode,
      request: {
        httpMethod: arrived.httpMethod,
        path: arrived.path,
        headers: inboundHeaders(arrived.headers, plan),
        outbound: plan === undefined ? [] : this.outboundHeaders(plan),
        stripped: plan?.stripped ?? [],
        body:
          body.length === 0
            ? undefined
            : new Uint8Array(body.length > maxCapturedBytes ? body.subarray(0, maxCapturedBytes) : body),
        truncated: body.length > maxCapturedBytes,
      },
      response: {
        status: this.response.status,
        headers: responseHeaders(this.response.headers),
        chunks: this.chunks,
        truncated: this.truncated,
      },
      sensitiveValues: this.sensitiveValues,
    }
  }

  private outboundHeaders(plan: OutboundPlan): CapturedHeader[] {
    return plan.headers.map(({ name, value, sensitive, source, disposition, reason }, index) => ({
      name,
      value: typeof value === 'string' ? value : (this.obtained[index] ?? ''),
      sensitive,
      source,
      disposition,
      reason,
    }))
  }
}

function inboundHeaders(headers: Readonly<Record<string, string>>, plan: OutboundPlan | undefined): CapturedHeader[] {
  const captured: CapturedHeader[] = []
  for (const name in headers) {
    // What a rule restricted, or what is a credential, is so on the way in as well.
    const sensitive =
      plan !== undefined &&
      (plan.stripped.some((header) => header.sensitive && header.name === name) ||
        plan.headers.some((header) => header.sensitive && header.name === name))
    captured.push({ name, value: headers[name] ?? '', sensitive, source: inbound })
  }
  return captured
}

function responseHeaders(headers: RecordedResponse['headers']): CapturedHeader[] {
  const captured: CapturedHeader[] = []
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined)
      captured.push({
        name,
        value: typeof value === 'string' ? value : value.join(', '),
        sensitive: false,
        source: inbound,
      })
  }
  return captured
}
