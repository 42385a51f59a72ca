/** Reads exchanges out of a batch. */
import type { ExchangeBatch } from '../contract/captured-batch.js'
import type {
  Decision,
  Exchange,
  ExchangeSummary,
  HeaderEntry,
  HeaderSource,
  OutboundHeaderEntry,
  StreamEvent,
  StrippedHeaderEntry,
} from '../contract/exchange.js'
import { isSensitiveName } from '../contract/mask-value.js'
import { framesOf, responseKinds, type FactsTuple, type Frame } from './batch-frames.js'
import { readEventStream } from './event-stream.js'
import type { ShapeTuple } from './exchange-shape.js'

/** An exchange that is kept; each way to look at it costs when it is asked for. */
export interface KeptExchange {
  readonly position: number
  readonly summary: () => ExchangeSummary
  /** With bodies and events. */
  readonly whole: () => Exchange
  /** Everything of it as text, to search in. */
  readonly text: () => string
}

const inboundSource: HeaderSource = { kind: 'inbound' }
const gatewaySource: HeaderSource = { kind: 'gateway' }

/** In the order of time. */
export function readBatch(batch: ExchangeBatch): KeptExchange[] {
  const shapes = JSON.parse(batch.shapes) as ShapeTuple[]
  const kept: KeptExchange[] = []
  for (const frame of framesOf(batch.frames)) {
    const facts = JSON.parse(frame.facts.toString('utf8')) as FactsTuple
    const shape = shapes[facts[0]]
    if (shape === undefined) continue
    kept.push({
      position: facts[1],
      summary: () => summaryOf(facts, shape, frame),
      whole: () => wholeOf(summaryOf(facts, shape, frame), facts, frame),
      text: () => [JSON.stringify(shape), frame.facts, frame.request, frame.response].join('\n'),
    })
  }
  return kept
}

function summaryOf(facts: FactsTuple, shape: ShapeTuple, frame: Frame): ExchangeSummary {
  const [, position, startedAtMs, requestId, traceId, timingsUs, method, tool] = facts
  const [callerUs, shieldUs, credentialUs, connectUs, firstByteUs, totalUs] = timingsUs
  const [caller, agent, server] = shape
  const [errorCode, issuanceId] = [facts[15], facts[16]]
  return {
    id: position.toString(36),
    requestId,
    traceId,
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: totalUs / 1000,
    timings: {
      callerMs: callerUs / 1000,
      shieldMs: shieldUs / 1000,
      credentialMs: credentialUs / 1000,
      connectMs: connectUs / 1000,
      firstByteMs: firstByteUs / 1000,
      totalMs: totalUs / 1000,
    },
    caller,
    ...(agent !== null && { agent }),
    server,
    method,
    tool,
    verdict: verdictOf(facts),
    request: requestOf(facts, shape, frame.requestTruncated),
    response: { status: facts[10], headers: responseHeaders(facts[19]), truncated: frame.responseTruncated },
    ...(errorCode !== null && { errorCode }),
    ...(issuanceId !== null && { issuanceId }),
  }
}

function verdictOf(facts: FactsTuple): ExchangeSummary['verdict'] {
  const [decision, reason, policies, durationUs] = [facts[11], facts[12], facts[13], facts[14]]
  return {
    decision: decision as Decision,
    ...(reason !== null && { reason }),
    policies: policies === 0 ? [] : policies,
    durationMs: durationUs / 1000,
  }
}

function requestOf(facts: FactsTuple, shape: ShapeTuple, truncated: boolean): ExchangeSummary['request'] {
  const [, , , names, forwarded, stripped, injected] = shape
  const [inboundValues, injectedValues] = [facts[17], facts[18]]
  const headers = names.map(
    ([name, masked], index): HeaderEntry => ({ name, value: inboundValues[index] ?? '', masked: masked === 1, source: inboundSource }),
  ) // prettier-ignore
  const byName = new Map(headers.map((entry) => [entry.name, entry]))
  const taken = (name: string, source: HeaderSource): HeaderEntry => ({
    ...(byName.get(name) ?? { name, value: '', masked: false }),
    source,
  })
  return {
    httpMethod: facts[8],
    path: facts[9],
    headers,
    forwarded: forwarded.map(([name, source]) => taken(name, source === 0 ? inboundSource : source)),
    stripped: stripped.map(([name, reason, source]): StrippedHeaderEntry => ({ ...taken(name, source), reason })),
    injected: injected.map(
      ([name, masked, disposition, reason, source], index): OutboundHeaderEntry => ({ name, value: injectedValues[index] ?? '', masked: masked === 1, source: source === 0 ? gatewaySource : source, disposition, reason }),
    ),
    truncated,
  } // prettier-ignore
}

function responseHeaders(flat: readonly string[]): HeaderEntry[] {
  const entries: HeaderEntry[] = []
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const name = flat[i] ?? ''
    entries.push({ name, value: flat[i + 1] ?? '', masked: isSensitiveName(name), source: inboundSource })
  }
  return entries
}

function wholeOf(summary: ExchangeSummary, facts: FactsTuple, frame: Frame): Exchange {
  const body = frame.request.toString('utf8')
  return {
    ...summary,
    request: { ...summary.request, ...(body !== '' && { body }) },
    response: { ...summary.response, ...contentOf(facts, frame) },
  }
}

function contentOf(facts: FactsTuple, { kind, response }: Frame): { body?: string; events?: readonly StreamEvent[] } {
  if (kind === responseKinds.events) return { events: JSON.parse(response.toString('utf8')) as StreamEvent[] }
  if (kind === responseKinds.stream) return { events: eventsOf(facts, response) }
  return response.length === 0 ? {} : { body: response.toString('utf8') }
}

/** The events of a stream that was kept as it came. */
export function eventsOf(facts: FactsTuple, response: Buffer): StreamEvent[] {
  const marks = facts[20] === 0 ? [] : facts[20]
  const decoder = new TextDecoder()
  const unitMarks: number[] = []
  let text = ''
  let done = 0
  for (let i = 0; i + 1 < marks.length; i += 2) {
    const end = marks[i + 1] ?? 0
    text += decoder.decode(response.subarray(done, end), { stream: true })
    unitMarks.push((marks[i] ?? 0) / 1000, text.length)
    done = end
  }
  return readEventStream(text, unitMarks)
}
