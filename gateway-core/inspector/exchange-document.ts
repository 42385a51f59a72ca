/**
 * The compact form in which an exchange is kept, and its way back. Every request writes one and few are ever read, so
 * what can be derived is not written: a forwarded header is named and its value taken from the inbound ones.
 */
import type { Caller } from '../contract/caller.js'
import type {
  Disposition,
  ExchangeSummary,
  ExchangeTimings,
  HeaderEntry,
  HeaderSource,
  OutboundHeaderEntry,
  StrippedHeaderEntry,
  Verdict,
} from '../contract/exchange.js'
import { isSensitiveName, maskValue } from '../contract/mask-value.js'

/** An outbound header as it was planned. A value that is not text was still to be obtained then. */
interface PlannedHeader {
  readonly name: string
  readonly value: string | object
  readonly sensitive: boolean
  readonly disposition: Disposition
  readonly source: HeaderSource
  readonly reason: string
}

type StrippedHeader = Pick<PlannedHeader, 'name' | 'sensitive' | 'source' | 'reason'>

/** What is known of an exchange when it has ended, bodies aside. */
export interface DocumentInput {
  readonly id: string
  readonly requestId: string
  readonly traceId: string
  readonly startedAtMs: number
  readonly timings: ExchangeTimings
  readonly caller: Caller | null
  readonly agent: string | undefined
  readonly server: string
  readonly method: string | null
  readonly tool: string | null
  readonly verdict: Verdict
  readonly errorCode: string | undefined
  readonly issuanceId: string | undefined
  readonly httpMethod: string
  readonly path: string
  readonly inbound: Readonly<Record<string, string>>
  readonly outbound: readonly PlannedHeader[]
  /** Values of pending outbound headers, at the same index. */
  readonly obtained: readonly (string | undefined)[]
  readonly stripped: readonly StrippedHeader[]
  readonly requestTruncated: boolean
  readonly status: number
  readonly responseHeaders: Readonly<Record<string, string | string[] | undefined>>
  readonly responseTruncated: boolean
}

type Flag = 0 | 1
/** Name, value as shown, whether masked. */
type HeaderTuple = readonly [string, string, Flag]
/** Name, and the source where it is not the agent. */
type ForwardedTuple = readonly [string, HeaderSource | 0]
type StrippedTuple = readonly [string, string, HeaderSource]
type InjectedTuple = readonly [string, string, Flag, Disposition, string, HeaderSource | 0]
/** In the order of their names in `ExchangeTimings`. */
type TimingsTuple = readonly [number, number, number, number, number, number]

type Document = readonly [
  version: 1,
  ids: readonly [string, string, string, number],
  timings: TimingsTuple,
  who: readonly [Caller | null, string | null, string, string | null, string | null],
  verdict: Verdict,
  ends: readonly [string | null, string | null, number, string, string, Flag, Flag],
  inbound: readonly HeaderTuple[],
  forwarded: readonly ForwardedTuple[],
  stripped: readonly StrippedTuple[],
  injected: readonly InjectedTuple[],
  response: readonly HeaderTuple[],
]

const inboundSource: HeaderSource = { kind: 'inbound' }
const gatewaySource: HeaderSource = { kind: 'gateway' }

export function writeDocument(input: DocumentInput): string {
  const sensitiveInbound = new Set<string>()
  const forwarded: ForwardedTuple[] = []
  const injected: InjectedTuple[] = []
  for (let index = 0; index < input.outbound.length; index++) {
    const header = input.outbound[index] as PlannedHeader
    const { name, sensitive, source } = header
    if (header.disposition === 'forwarded') {
      if (sensitive) sensitiveInbound.add(name)
      forwarded.push([name, source.kind === 'inbound' && source.rule === undefined ? 0 : source])
      continue
    }
    const value = typeof header.value === 'string' ? header.value : (input.obtained[index] ?? '')
    const hide = sensitive || isSensitiveName(name)
    injected.push([
      name,
      hide ? maskValue(value) : value,
      hide ? 1 : 0,
      header.disposition,
      header.reason,
      source.kind === 'gateway' ? 0 : source,
    ])
  }
  const stripped: StrippedTuple[] = []
  for (const { name, sensitive, source, reason } of input.stripped) {
    if (sensitive) sensitiveInbound.add(name)
    stripped.push([name, reason, source])
  }
  const { callerMs, shieldMs, credentialMs, connectMs, firstByteMs, totalMs } = input.timings
  const document: Document = [
    1,
    [input.id, input.requestId, input.traceId, input.startedAtMs],
    [callerMs, shieldMs, credentialMs, connectMs, firstByteMs, totalMs],
    [input.caller, input.agent ?? null, input.server, input.method, input.tool],
    input.verdict,
    [input.errorCode ?? null, input.issuanceId ?? null, input.status, input.httpMethod, input.path, input.requestTruncated ? 1 : 0, input.responseTruncated ? 1 : 0],
    inboundTuples(input.inbound, sensitiveInbound),
    forwarded,
    stripped,
    injected,
    responseTuples(input.responseHeaders),
  ] // prettier-ignore
  return JSON.stringify(document)
}

function inboundTuples(headers: Readonly<Record<string, string>>, sensitive: ReadonlySet<string>): HeaderTuple[] {
  const tuples: HeaderTuple[] = []
  for (const name in headers) tuples.push(tuple(name, headers[name] ?? '', sensitive.has(name)))
  return tuples
}

function responseTuples(headers: DocumentInput['responseHeaders']): HeaderTuple[] {
  const tuples: HeaderTuple[] = []
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) tuples.push(tuple(name, typeof value === 'string' ? value : value.join(', '), false))
  }
  return tuples
}

function tuple(name: string, value: string, sensitive: boolean): HeaderTuple {
  return sensitive || isSensitiveName(name) ? [name, maskValue(value), 1] : [name, value, 0]
}

/** The exchange of a document, as lists show it. */
export function readDocument(text: string): ExchangeSummary {
  const [, ids, timings, who, verdict, ends, inbound, forwarded, stripped, injected, response] = JSON.parse(
    text,
  ) as Document
  const [id, requestId, traceId, startedAtMs] = ids
  const [callerMs, shieldMs, credentialMs, connectMs, firstByteMs, totalMs] = timings
  const [caller, agent, server, method, tool] = who
  const [errorCode, issuanceId, status, httpMethod, path, requestTruncated, responseTruncated] = ends
  const inboundByName = new Map(inbound.map((entry) => [entry[0], entry]))
  const taken = (name: string, source: HeaderSource): HeaderEntry => {
    const [, value, masked] = inboundByName.get(name) ?? [name, '', 0]
    return { name, value, masked: masked === 1, source }
  }
  return {
    id,
    requestId,
    traceId,
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: totalMs,
    timings: { callerMs, shieldMs, credentialMs, connectMs, firstByteMs, totalMs },
    caller,
    ...(agent !== null && { agent }),
    server,
    method,
    tool,
    verdict,
    request: {
      httpMethod,
      path,
      headers: inbound.map((entry) => entryOf(entry)),
      forwarded: forwarded.map(([name, source]) => taken(name, source === 0 ? inboundSource : source)),
      stripped: stripped.map(([name, reason, source]): StrippedHeaderEntry => ({ ...taken(name, source), reason })),
      injected: injected.map(
        ([name, value, masked, disposition, reason, source]): OutboundHeaderEntry => ({ name, value, masked: masked === 1, source: source === 0 ? gatewaySource : source, disposition, reason }),
      ),
      truncated: requestTruncated === 1,
    },
    response: { status, headers: response.map((entry) => entryOf(entry)), truncated: responseTruncated === 1 },
    ...(errorCode !== null && { errorCode }),
    ...(issuanceId !== null && { issuanceId }),
  } // prettier-ignore
}

function entryOf([name, value, masked]: HeaderTuple): HeaderEntry {
  return { name, value, masked: masked === 1, source: inboundSource }
}
