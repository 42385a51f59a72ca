/** Reads exchanges out of a batch. */
import type { Caller } from '../contract/caller.js'
import type { ExchangeBatch } from '../contract/captured-batch.js'
import { shapeFacets, type ShapeFacets } from '../contract/exchange-match.js'
import type {
  Decision,
  Exchange,
  ExchangeSummary,
  ExchangeTimings,
  HeaderEntry,
  HeaderSource,
  OutboundHeaderEntry,
  QueryChange,
  StreamEvent,
  StrippedHeaderEntry,
} from '../contract/exchange.js'
import { isSensitiveName, masked } from '../contract/mask-value.js'
import { framesOf, responseKinds, type FactsTuple, type Frame, type TimingsTuple } from './batch-frames.js'
import { readEventStream } from './event-stream.js'
import type { ShapeTuple } from './exchange-shape.js'

/** An exchange that is kept; each way to look at it costs when it is asked for. */
export interface KeptExchange {
  readonly position: number
  readonly requestId: string
  readonly causedBy: string | undefined
  readonly traceId: string
  readonly summary: () => ExchangeSummary
  /** With bodies and events. */
  readonly whole: () => Exchange
  /** Everything of it as text, to search in. */
  readonly text: () => string
  /** Bodies and events as text. */
  readonly body: () => string
}

const inboundSource: HeaderSource = { kind: 'inbound' }
const gatewaySource: HeaderSource = { kind: 'gateway' }

/** In the order of time. @param ordinals places in the batch, where not all are wanted */
export function readBatch(batch: ExchangeBatch, ordinals?: ReadonlySet<number>): KeptExchange[] {
  const shapes = JSON.parse(batch.shapes) as ShapeTuple[]
  const kept: KeptExchange[] = []
  let ordinal = -1
  for (const frame of framesOf(batch.frames)) {
    ordinal++
    if (ordinals?.has(ordinal) === false) continue
    const facts = JSON.parse(frame.facts.toString('utf8')) as FactsTuple
    const shape = shapes[facts[0]]
    if (shape === undefined) continue
    kept.push({
      position: facts[1],
      requestId: facts[3],
      causedBy: facts[21] === 0 ? undefined : facts[21],
      traceId: facts[4],
      summary: () => summaryOf(facts, shape, frame),
      whole: () => wholeOf(summaryOf(facts, shape, frame), facts, frame),
      text: () => [JSON.stringify(shape), frame.facts, frame.request, frame.response].join('\n'),
      body: () => [frame.request, frame.response].join('\n'),
    })
  }
  return kept
}

/** What the exchanges of each shape of a batch are found by, in their order. */
export function readFacets(shapes: string): ShapeFacets[] {
  const tuples = JSON.parse(shapes) as ShapeTuple[]
  return tuples.map(([caller, agent, server, inbound, forwarded, , injected, lane, , query]) =>
    shapeFacets({
      ...{ lane, server, agent, caller },
      headers: inbound.map(([name]) => name),
      injected: injected.map(([name, , , reason, source]) => ({
        name,
        reason,
        byGateway: source === 0 || source.kind === 'protocol',
      })),
      hasQuery: query !== 0,
      forwardsCredential: forwarded.some(([name, source]) => name === 'authorization' && source !== 0),
    }),
  )
}

function summaryOf(facts: FactsTuple, shape: ShapeTuple, frame: Frame): ExchangeSummary {
  const [, position, startedAtMs, requestId, traceId, timingsUs, method, tool] = facts
  const [caller, agent, server] = shape
  const [causedBy, replayOf] = [facts[21], facts[22]]
  const timings = timingsOf(timingsUs)
  const [errorCode, issuanceId, problems = 0] = [facts[15], facts[16], facts[23]]
  return {
    id: position.toString(36),
    lane: shape[7],
    requestId,
    ...(causedBy !== 0 && { causedBy }),
    ...(replayOf !== 0 && { replayOf }),
    traceId,
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: timings.totalMs,
    timings,
    caller,
    ...(caller !== null && { recognisedBy: recognitionOf(caller, shape) }),
    ...(agent !== null && { agent }),
    server,
    method,
    tool,
    verdict: verdictOf(facts),
    request: requestOf(facts, shape, frame.requestTruncated),
    response: { status: facts[10], headers: responseHeaders(facts[19]), truncated: frame.responseTruncated },
    ...(errorCode !== null && { errorCode }),
    ...(problems !== 0 && { problems }),
    ...(issuanceId !== null && { issuanceId }),
  }
}

function timingsOf(microseconds: TimingsTuple): ExchangeTimings {
  const [callerUs, shieldUs, credentialUs, connectUs, tlsUs, firstByteUs, streamUs, totalUs] = microseconds
  const elsewhereUs = shieldUs + credentialUs + connectUs + firstByteUs + streamUs
  return {
    callerMs: callerUs / 1000,
    shieldMs: shieldUs / 1000,
    credentialMs: credentialUs / 1000,
    connectMs: connectUs / 1000,
    tlsMs: tlsUs / 1000,
    firstByteMs: firstByteUs / 1000,
    streamMs: streamUs / 1000,
    gatewayMs: Math.max(0, totalUs - elsewhereUs) / 1000,
    totalMs: totalUs / 1000,
  }
}

const keyHeaders = ['x-gatehouse-apikey', 'x-highflame-apikey']

/** The order in which callers are recognised leaves one header for each method. */
function recognitionOf({ id, method }: Caller, [, , , inbound]: ShapeTuple): string {
  const keyHeader = keyHeaders.find((name) => inbound.some(([header]) => header === name)) ?? 'the API key header'
  if (method === 'api_key') return `key ${id} in ${keyHeader}`
  if (method === 'service_key') return `key ${id} as Bearer in authorization`
  if (method === 'legacy') return `legacy token ${id} as Bearer in authorization`
  if (method === 'jwt') return 'JWT of a configured issuer as Bearer in authorization'
  return method === 'oauth' ? 'token of the gateway’s own sign-in as Bearer in authorization' : 'not checked'
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
  const [, , , names, forwarded, stripped, injected, , url, query] = shape
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
    ...(url !== 0 && { url }),
    ...(query !== 0 && { query: [queryChange(query)] }),
    headers,
    forwarded: forwarded.map(([name, source]) => taken(name, source === 0 ? inboundSource : source)),
    stripped: stripped.map(([name, reason, source]): StrippedHeaderEntry => ({ ...taken(name, source), reason })),
    injected: injected.map(
      ([name, masked, disposition, reason, source], index): OutboundHeaderEntry => ({ name, value: injectedValues[index] ?? '', masked: masked === 1, source: source === 0 ? gatewaySource : source, disposition, reason }),
    ),
    truncated,
  } // prettier-ignore
}

function queryChange([name, source]: Exclude<ShapeTuple[9], 0>): QueryChange {
  return { name, value: masked, masked: true, source, disposition: 'injected' }
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

/** An answer that was no event stream has no events. */
function contentOf(facts: FactsTuple, { kind, response }: Frame): { body?: string; events: readonly StreamEvent[] } {
  if (kind === responseKinds.events) return { events: JSON.parse(response.toString('utf8')) as StreamEvent[] }
  if (kind === responseKinds.stream) return { events: eventsOf(facts, response) }
  return { ...(response.length > 0 && { body: response.toString('utf8') }), events: [] }
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
