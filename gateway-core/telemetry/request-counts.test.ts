import { expect, it } from 'vitest'
import { renderMetrics } from '../data-port/metrics.js'
import { createRequestCounts, type CountedExchange } from './request-counts.js'

const call: CountedExchange = {
  lane: 'mcp',
  server: 'notes',
  method: 'tools/call',
  status: 200,
  verdict: { decision: 'allow' },
  errorCode: undefined,
  timings: { totalMs: 4, shieldMs: 0, connectMs: 1, firstByteMs: 1 },
}

it('counts by server, verdict and status, and how long it took', () => {
  const counts = createRequestCounts()
  counts.note(call)
  counts.note({ ...call, timings: { ...call.timings, totalMs: 70_000 } })
  counts.note({ ...call, verdict: { decision: 'deny' }, status: 403, errorCode: 'shield_denied' })
  counts.note({ ...call, lane: 'auth', method: 'oauth/token' })
  const text = renderMetrics(counts.families())
  for (const line of [
    'gatehouse_requests_total 3',
    'gatehouse_exchanges_total{server="notes",verdict="allow",status="2xx"} 2',
    'gatehouse_exchanges_total{server="notes",verdict="deny",status="4xx"} 1',
    'gatehouse_errors_total{code="shield_denied"} 1',
    'gatehouse_authorization_answers_total{purpose="oauth/token"} 1',
    'gatehouse_request_duration_seconds_bucket{le="0.005"} 2',
    'gatehouse_request_duration_seconds_bucket{le="60"} 2',
    'gatehouse_request_duration_seconds_bucket{le="+Inf"} 3',
    'gatehouse_request_duration_seconds_count 3',
  ])
    expect(text.split('\n')).toContain(line)
})

it('counts what Shield could not judge by what became of it, and how long judging took', () => {
  const counts = createRequestCounts()
  const judged = (shieldMs: number): CountedExchange => ({ ...call, timings: { ...call.timings, shieldMs } })
  counts.note(call)
  counts.note(judged(0.5))
  counts.note({ ...judged(400), verdict: { decision: 'error' } })
  counts.note({ ...judged(400), verdict: { decision: 'error' } })
  counts.note({ ...judged(400), verdict: { decision: 'error' }, status: 403, errorCode: 'shield_denied' })
  counts.note({ ...judged(2), verdict: { decision: 'deny' }, status: 403, errorCode: 'shield_denied' })
  const lines = renderMetrics(counts.families()).split('\n')
  for (const line of [
    'gatehouse_exchanges_total{server="notes",verdict="error",status="2xx"} 2',
    'gatehouse_shield_failures_total{outcome="allowed"} 2',
    'gatehouse_shield_failures_total{outcome="refused"} 1',
    'gatehouse_shield_duration_seconds_bucket{le="0.001"} 1',
    'gatehouse_shield_duration_seconds_bucket{le="0.0025"} 2',
    'gatehouse_shield_duration_seconds_count 5',
  ])
    expect(lines).toContain(line)
})

it('tells no more servers apart than it has room for, and escapes their names', () => {
  const counts = createRequestCounts()
  for (let n = 0; n < 2000; n++) counts.note({ ...call, server: n === 0 ? 'a"b\\c\n' : `server-${n}` })
  const lines = renderMetrics(counts.families())
    .split('\n')
    .filter((line) => line.startsWith('gatehouse_exchanges_total{'))
  expect(lines[0]).toBe('gatehouse_exchanges_total{server="a\\"b\\\\c\\n",verdict="allow",status="2xx"} 1')
  expect(lines.length).toBeLessThanOrEqual(501)
  expect(lines.at(-1)).toBe('gatehouse_exchanges_total{server="other",verdict="allow",status="2xx"} 1500')
})
