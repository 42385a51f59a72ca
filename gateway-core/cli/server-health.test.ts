import { expect, it } from 'vitest'
import { describeHealth, describeSteps } from './server-health.js'

it('a server’s health is told line by line, with the last 20 lines of standard error and no control characters', () => {
  const stderr = Array.from({ length: 30 }, (_, index) => `line ${index}`)
  const text = describeHealth({
    state: { status: 'unreachable', since: '2026-11-21T00:00:00.000Z', reason: 'ended\u001b[2J' },
    health: {
      sessions: 2,
      stopped: false,
      era: 'legacy',
      protocolVersion: '2025-11-25',
      restarts: 3,
      lastEnd: 'exit code 1',
      stderr,
      strayOutput: { count: 4, lines: [] },
    },
  })
  expect(text.split('\n')).toEqual([
    'State:        unreachable since 2026-11-21T00:00:00.000Z',
    'Reason:       ended\\u{1b}[2J',
    'Last success: none since the gateway started',
    'Era:          legacy (2025-11-25)',
    'Sessions:     2',
    'Restarts:     3',
    'Last end:     exit code 1',
    'Stray output: 4 lines that are no messages',
    'Last lines of standard error:',
    ...stderr.slice(10).map((line) => `  ${line}`),
  ])
})

it('what is not known of a server is left out', () => {
  const text = describeHealth({ state: { status: 'ready' }, health: { sessions: 0, stopped: false } })
  expect(text.split('\n')).toEqual([
    'State:        ready',
    'Last success: none since the gateway started',
    'Sessions:     0',
  ])
})

it('the steps of a probe are marked as good or bad', () => {
  expect(
    describeSteps([
      { name: 'reachable', ok: true, durationMs: 3, detail: 'there' },
      { name: 'era', ok: false, durationMs: 4, detail: 'a\nb' },
    ]),
  ).toBe('✓ reachable (3 ms): there\n✕ era (4 ms): a\\u{a}b')
})
