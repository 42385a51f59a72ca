import { describe, expect, it } from 'vitest'
import { parseExchangeFilter, type ExchangeFilter } from './exchange-filter.js'
import { createExchangeMatcher, matchesExchange } from './exchange-match.js'
import type { Exchange } from './exchange.js'

const inbound = { kind: 'inbound' } as const
const usual: Exchange = {
  id: 'one',
  lane: 'mcp',
  requestId: 'request-1',
  traceId: 'trace-1',
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 640,
  timings: {
    ...{ callerMs: 0, shieldMs: 0, credentialMs: 0, connectMs: 0, tlsMs: 0, firstByteMs: 0, streamMs: 0 },
    ...{ gatewayMs: 640, totalMs: 640 },
  },
  caller: { id: 'key-1', subject: 'ada', email: 'ada@example.com', method: 'api_key' },
  agent: 'cursor',
  server: 'github',
  method: 'tools/call',
  tool: 'create_issue',
  verdict: { decision: 'deny', policies: ['no-creating'], durationMs: 1 },
  errorCode: 'shield_denied',
  request: {
    httpMethod: 'POST',
    path: '/mcp/github',
    headers: [{ name: 'x-foo', value: 'bar', masked: false, source: inbound }],
    forwarded: [],
    stripped: [],
    injected: [
      {
        ...{ name: 'authorization', value: 'Bearer ****', masked: true, disposition: 'injected' },
        ...{ source: { kind: 'app_auth', accountId: 'a' }, reason: 'app auth oauth2_authorization_code' },
      },
    ],
    body: '{"params":{"arguments":{"title":"A \\"quoted\\" title"}}}',
  },
  response: { status: 403, headers: [] },
}

function parsed(text: string): ExchangeFilter {
  const filter = parseExchangeFilter(text)
  if ('message' in filter) throw new Error(filter.message)
  return filter
}

describe('a filter', () => {
  it.each([
    '',
    'verdict:deny server:github agent:cursor tool:create_* method:tools/call status:>=400 dur:>500ms',
    '-method:ping header:x-foo injected:true auth:oauth has:error has:policy -replay:true lane:mcp caller:ada',
    'VERDICT:DENY Server:GitHub tool:CREATE_*',
    'verdict:allow,deny server:gitlab,github',
    'status:4xx status:403 -status:404 status:<=403 dur:<1s dur:>=0.5s -dur:>1m',
    'caller:ada@* caller:key-1 error:shield_* request:request-1 trace:trace-*',
    'create_issue quoted -nothing',
    'body:"a \\"quoted\\" title"',
    'auth:oauth2_authorization_code injected:authorization -injected:cookie',
    'bar',
    'lane:*',
  ])('lets through what it describes: %s', (text) => {
    expect(matchesExchange(createExchangeMatcher(parsed(text)), usual)).toBe(true)
  })

  it.each([
    'verdict:allow',
    '-server:git*',
    'tool:create',
    'status:5xx',
    'dur:<500ms',
    'header:x-bar',
    'injected:false',
    'auth:bearer',
    'body:github',
    'has:events',
    'replay:true',
    'lane:auth',
    'verdict:deny "is nowhere"',
    '-quoted',
  ])('keeps back what it does not: %s', (text) => {
    expect(matchesExchange(createExchangeMatcher(parsed(text)), usual)).toBe(false)
  })

  it('leaves out requests for tokens unless it asks for their lane', () => {
    const auth: Exchange = { ...usual, lane: 'auth' }
    const lets = (text: string): boolean => matchesExchange(createExchangeMatcher(parsed(text)), auth)
    expect(['', 'server:github', 'lane:auth', 'lane:*', '-lane:mcp'].map(lets)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ])
  })

  it('takes an address for text', () => {
    expect(parsed('https://example.com/x:1').terms).toEqual([
      { field: 'text', text: 'https://example.com/x:1', negated: false, position: 0, end: 23 },
    ])
  })

  it.each<[string, number, string]>([
    ['tool:x colour:red', 7, 'there is no field colour'],
    ['verdict:maybe', 8, 'expects one of allow, deny, error'],
    ['  -status:many', 10, 'expects a status'],
    ['dur:>fast', 4, 'expects a time'],
    ['server:', 7, 'expects a value'],
    ['tool:,', 5, 'expects a value'],
    ['body:"open', 5, 'not closed'],
    ['replay:yes', 7, 'expects true or false'],
    ['has:everything', 4, 'expects one of'],
  ])('says what is wrong with %s, and where', (text, position, message) => {
    expect(parseExchangeFilter(text)).toMatchObject({ position, message: expect.stringContaining(message) as string })
  })

  it('is read in time that grows with its length only', () => {
    const startedMs = performance.now()
    parseExchangeFilter('a:'.repeat(100_000))
    parseExchangeFilter(`"${'\\"'.repeat(100_000)}`)
    parseExchangeFilter('- '.repeat(50_000))
    expect(performance.now() - startedMs).toBeLessThan(2000)
  })
})
