/** Sends traces of exchanges to a collector, behind the requests. Without an endpoint nothing is loaded, kept or sent. */
import type { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import type { Logger } from 'pino'
import { spansOf, type SpanOrigin, type TracedExchange } from './spans.js'

export interface TraceExport {
  /** Whether anybody wants to know. */
  readonly isOn: boolean
  note(exchange: TracedExchange): void
  /** Where traces go: the base of an OTLP/HTTP receiver, as `OTEL_EXPORTER_OTLP_ENDPOINT` is; undefined sends none. */
  setEndpoint(url: string | undefined): void
  close(): Promise<void>
}

const maxPending = 2048
const delayMs = 200
const timeoutMs = 10_000

export function createTraceExport(version: string, logger: Pick<Logger, 'warn'>): TraceExport {
  let endpoint: string | undefined
  let pending: TracedExchange[] = []
  let timer: NodeJS.Timeout | undefined
  let exporter: Promise<Exporter> | undefined

  const end = async (ended: Promise<Exporter> | undefined): Promise<void> => {
    await ended?.then(({ processor }) => processor.shutdown()).catch(() => undefined)
  }
  const send = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const batch = pending
    pending = []
    if (endpoint === undefined || batch.length === 0) return
    try {
      exporter ??= openExporter(endpoint, version)
      const { processor, origin } = await exporter
      for (const exchange of batch) for (const span of spansOf(exchange, origin)) processor.onEnd(span)
    } catch (error) {
      logger.warn({ err: error }, 'traces could not be sent')
    }
  }
  return {
    get isOn() {
      return endpoint !== undefined
    },
    note: (exchange) => {
      if (endpoint === undefined || pending.length >= maxPending) return
      pending.push(exchange)
      timer ??= setTimeout(() => void send(), delayMs).unref()
    },
    setEndpoint: (url) => {
      if (url === endpoint) return
      void end(exporter)
      exporter = undefined
      pending = []
      endpoint = url
    },
    close: async () => {
      await send()
      await end(exporter)
    },
  }
}

interface Exporter {
  readonly processor: BatchSpanProcessor
  readonly origin: SpanOrigin
}

async function openExporter(endpoint: string, version: string): Promise<Exporter> {
  const [{ BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
  ])
  const url = /\/v1\/traces\/?$/.test(endpoint) ? endpoint : `${endpoint.replace(/\/+$/, '')}/v1/traces`
  const processor = new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: timeoutMs }))
  // The library's own span, for what it says of this process; spans of exchanges are made when they are over.
  const sample = new BasicTracerProvider().getTracer('gatehouse', version).startSpan('sample')
  if (!isReadable(sample)) throw new Error('the tracing library makes spans that cannot be read')
  const { resource, instrumentationScope } = sample
  const named: SpanOrigin['resource'] = {
    attributes: {},
    merge: () => named,
    getRawAttributes: () => [
      ['service.name', 'gatehouse'],
      ['service.version', version],
    ],
  }
  return { processor, origin: { resource: resource.merge(named), instrumentationScope } }
}

function isReadable(span: object): span is SpanOrigin {
  return 'resource' in span && 'instrumentationScope' in span
}
