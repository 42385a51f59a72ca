/**
 * The spans of one exchange: the hop from the agent, and within it the hop to the server. Never a header's value, an
 * argument, or what was answered.
 *
 * @see [OpenTelemetry semantic conventions for MCP](https://opentelemetry.io/docs/specs/semconv/gen-ai/mcp/)
 */
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import type { Decision, ExchangeLane } from '../contract/exchange.js'
import { randomHex } from '../random-hex.js'

/** What is told of an exchange. */
export interface TracedExchange {
  readonly lane: ExchangeLane
  readonly traceId: string
  /** `traceparent` as it came in, and as it went out. */
  readonly inboundParent: string | undefined
  readonly outboundParent: string | undefined
  readonly startedAtMs: number
  readonly timings: Readonly<Record<'callerMs' | 'shieldMs' | 'credentialMs' | 'firstByteMs' | 'totalMs', number>>
  readonly server: string | null
  readonly url: string | undefined
  readonly method: string | null
  readonly tool: string | null
  readonly agent: string | undefined
  readonly decision: Decision
  readonly httpMethod: string
  readonly status: number
  readonly errorCode: string | undefined
  readonly protocolVersion: string | undefined
}

/** What all spans have in common. */
export type SpanOrigin = Pick<ReadableSpan, 'resource' | 'instrumentationScope'>

const kinds = { server: 1, client: 2 } as const
const failed = 2
const traceparent = /^[0-9a-f]{2}-[0-9a-f]{32}-([0-9a-f]{16})-([0-9a-f]{2})/

export function spansOf(exchange: TracedExchange, origin: SpanOrigin): ReadableSpan[] {
  const { traceId, timings, startedAtMs, lane } = exchange
  const agentSpan = spanIdOf(exchange.inboundParent)
  const own = randomHex(8)
  // Where Gatehouse made the traceparent that went out, the server's spans name its span as their parent.
  const sentAs = spanIdOf(exchange.outboundParent)
  const client = sentAs !== undefined && sentAs !== agentSpan ? sentAs : randomHex(8)
  const common = { traceId, origin, attributes: attributesOf(exchange), isError: isError(exchange) }
  const name = [exchange.method ?? exchange.httpMethod, exchange.tool].filter((part) => part !== null).join(' ')
  const endMs = startedAtMs + timings.totalMs
  if (lane === 'auth')
    return [spanOf({ ...common, name, spanId: own, parent: undefined, kind: 'client', startMs: startedAtMs, endMs })]
  const spans = [
    spanOf({ ...common, name, spanId: own, parent: agentSpan, kind: 'server', startMs: startedAtMs, endMs }),
  ]
  const sentMs = startedAtMs + timings.callerMs + timings.shieldMs + timings.credentialMs
  if (timings.firstByteMs > 0)
    spans.push(spanOf({ ...common, name, spanId: client, parent: own, kind: 'client', startMs: sentMs, endMs }))
  return spans
}

function spanIdOf(parent: string | undefined): string | undefined {
  return traceparent.exec(parent ?? '')?.[1]
}

function isError({ errorCode, status, decision }: TracedExchange): boolean {
  return errorCode !== undefined || status >= 500 || status === 0 || decision === 'deny'
}

function attributesOf(exchange: TracedExchange): ReadableSpan['attributes'] {
  const { server, url, method, tool, agent, decision, httpMethod, status, errorCode, protocolVersion } = exchange
  const target = url !== undefined && URL.canParse(url) ? new URL(url) : undefined
  const attributes: ReadableSpan['attributes'] = {
    'http.request.method': httpMethod,
    'gatehouse.verdict': decision,
    ...(status !== 0 && { 'http.response.status_code': status }),
    ...(server !== null && { 'gatehouse.server': server }),
    ...(agent !== undefined && { 'gatehouse.agent': agent }),
    ...(errorCode !== undefined ? { 'error.type': errorCode } : status >= 400 && { 'error.type': String(status) }),
    ...(target !== undefined && target.hostname !== '' && { 'server.address': target.hostname }),
    ...(target !== undefined && target.port !== '' && { 'server.port': Number(target.port) }),
  }
  if (exchange.lane === 'auth') return attributes
  return {
    ...attributes,
    'rpc.system.name': 'jsonrpc',
    ...(method !== null && { 'mcp.method.name': method }),
    ...(protocolVersion !== undefined && { 'mcp.protocol.version': protocolVersion }),
    ...(tool !== null && { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': tool }),
  }
}

interface SpanParts {
  readonly name: string
  readonly kind: keyof typeof kinds
  readonly traceId: string
  readonly spanId: string
  readonly parent: string | undefined
  readonly startMs: number
  readonly endMs: number
  readonly attributes: ReadableSpan['attributes']
  readonly isError: boolean
  readonly origin: SpanOrigin
}

function spanOf({
  name,
  kind,
  traceId,
  spanId,
  parent,
  startMs,
  endMs,
  attributes,
  isError,
  origin,
}: SpanParts): ReadableSpan {
  const context = { traceId, spanId, traceFlags: 1 }
  return {
    name,
    kind: kinds[kind],
    spanContext: () => context,
    ...(parent !== undefined && {
      parentSpanContext: { traceId, spanId: parent, traceFlags: 1, isRemote: kind === 'server' },
    }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(endMs - startMs),
    status: { code: isError ? failed : 0 },
    attributes,
    links: [],
    events: [],
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...origin,
  }
}

/** Seconds and nanoseconds. */
function hrTime(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)]
}
