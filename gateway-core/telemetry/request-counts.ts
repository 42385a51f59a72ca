/** Counts what passes, by adding to numbers; what Prometheus reads is made of them when it asks. */
import type { MetricFamily, MetricSample } from '../contract/metric-family.js'
import type { Decision, ExchangeLane } from '../contract/exchange.js'

export interface CountedExchange {
  readonly lane: ExchangeLane
  readonly server: string | null
  readonly method: string | null
  readonly status: number
  readonly verdict: { readonly decision: Decision }
  readonly errorCode: string | undefined
  readonly timings: {
    readonly totalMs: number
    readonly shieldMs: number
    readonly connectMs: number
    readonly firstByteMs: number
  }
}

export interface RequestCounts {
  note(exchange: CountedExchange): void
  families(): readonly MetricFamily[]
}

/** Names that come from outside are as many as somebody likes; so many are told apart. */
const maxServers = 500
const elsewhere = 'other'
const decisions: readonly Decision[] = ['allow', 'deny', 'error']
const statusClasses = ['none', '1xx', '2xx', '3xx', '4xx', '5xx']
/** Seconds. */
const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

export function createRequestCounts(): RequestCounts {
  const byServer = new Map<string, Float64Array>()
  const errors = new Map<string, number>()
  const obtained = new Map<string, number>()
  const failures = new Map([
    ['allowed', 0],
    ['refused', 0],
  ])
  let requests = 0
  const total = createHistogram()
  const server = createHistogram()
  const shield = createHistogram()
  const countsOf = (name: string): Float64Array => {
    const known = byServer.get(name)
    if (known !== undefined) return known
    if (byServer.size >= maxServers) return name === elsewhere ? fresh(byServer, elsewhere) : countsOf(elsewhere)
    return fresh(byServer, name)
  }
  return {
    note: ({ lane, server: name, method, status, verdict, errorCode, timings }) => {
      if (lane === 'auth') {
        if (status === 200 && method !== null) add(obtained, method)
        return
      }
      requests++
      const counts = countsOf(errorCode === 'unknown_server' ? elsewhere : (name ?? ''))
      const cell = decisions.indexOf(verdict.decision) * statusClasses.length + Math.floor(status / 100)
      counts[cell] = (counts[cell] ?? 0) + 1
      if (errorCode !== undefined) add(errors, errorCode)
      if (verdict.decision === 'error') add(failures, errorCode === 'shield_denied' ? 'refused' : 'allowed')
      if (timings.shieldMs > 0) shield.observe(timings.shieldMs / 1000)
      total.observe(timings.totalMs / 1000)
      if (timings.firstByteMs > 0) server.observe((timings.connectMs + timings.firstByteMs) / 1000)
    },
    families: () => familiesOf({ requests, byServer, errors, obtained, failures, total, server, shield }),
  }
}

interface Counted {
  readonly requests: number
  readonly byServer: ReadonlyMap<string, Float64Array>
  readonly errors: ReadonlyMap<string, number>
  readonly obtained: ReadonlyMap<string, number>
  readonly failures: ReadonlyMap<string, number>
  readonly total: Histogram
  readonly server: Histogram
  readonly shield: Histogram
}

function familiesOf(counted: Counted): readonly MetricFamily[] {
  const { requests, byServer, errors, obtained, failures, total, server, shield } = counted
  return [
    {
      name: 'gatehouse_requests_total',
      help: 'Requests of agents.',
      type: 'counter',
      samples: [{ value: requests }],
    },
    counters(
      'gatehouse_exchanges_total',
      'Requests of agents, by server, verdict and class of HTTP status.',
      [...byServer].flatMap(([name, counts]) => samplesOf(name, counts)),
    ),
    counters(
      'gatehouse_errors_total',
      'Requests that Gatehouse itself answered with an error, by its code.',
      labelled('code', errors),
    ),
    counters(
      'gatehouse_authorization_answers_total',
      'Requests to authorization servers and token brokers that were answered with 200, by what was asked.',
      labelled('purpose', obtained),
    ),
    counters(
      'gatehouse_shield_failures_total',
      'Requests that Shield could not judge, by what became of them: on_failure decides.',
      labelled('outcome', failures),
    ),
    shield.family('gatehouse_shield_duration_seconds', 'What Shield took of a request that it judged.'),
    total.family('gatehouse_request_duration_seconds', 'From the request of an agent to the end of its answer.'),
    server.family('gatehouse_server_duration_seconds', 'From sending to a server to the beginning of its answer.'),
  ]
}

function fresh(byServer: Map<string, Float64Array>, name: string): Float64Array {
  const counts = byServer.get(name) ?? new Float64Array(decisions.length * statusClasses.length)
  byServer.set(name, counts)
  return counts
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function samplesOf(server: string, counts: Float64Array): MetricSample[] {
  const samples: MetricSample[] = []
  for (const [cell, value] of counts.entries()) {
    if (value === 0) continue
    const verdict = decisions[Math.floor(cell / statusClasses.length)] ?? ''
    samples.push({ labels: { server, verdict, status: statusClasses[cell % statusClasses.length] ?? '' }, value })
  }
  return samples
}

function labelled(label: string, counts: ReadonlyMap<string, number>): MetricSample[] {
  return [...counts].map(([name, value]) => ({ labels: { [label]: name }, value }))
}

function counters(name: string, help: string, samples: readonly MetricSample[]): MetricFamily {
  return { name, help, type: 'counter', samples }
}

interface Histogram {
  observe(seconds: number): void
  family(name: string, help: string): MetricFamily
}

function createHistogram(): Histogram {
  const counts = new Float64Array(bounds.length + 1)
  let sum = 0
  return {
    observe: (seconds) => {
      let bucket = 0
      while (bucket < bounds.length && seconds > (bounds[bucket] ?? 0)) bucket++
      counts[bucket] = (counts[bucket] ?? 0) + 1
      sum += seconds
    },
    family: (name, help) => {
      let below = 0
      const buckets = [...counts].map((count, index): MetricSample => {
        below += count
        return { suffix: '_bucket', labels: { le: String(bounds[index] ?? '+Inf') }, value: below }
      })
      const samples = [...buckets, { suffix: '_sum', value: sum }, { suffix: '_count', value: below }]
      return { name, help, type: 'histogram', samples }
    },
  }
}
