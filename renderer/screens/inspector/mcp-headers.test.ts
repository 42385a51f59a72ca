import { expect, it } from 'vitest'
import { mcpHeaders } from './mcp-headers.js'
import type { Whole } from './messages.js'

const call = {
  method: 'tools/call',
  params: { name: 'größe', _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } },
}

function exchange(headers: Readonly<Record<string, string>>, body: unknown, truncated = false): Whole {
  const entries = Object.entries(headers).map(([name, value]) => ({ name, value, masked: false }))
  const request = { headers: entries, body: typeof body === 'string' ? body : JSON.stringify(body), truncated }
  return { request } as unknown as Whole
}

it('finds that headers and body say the same, also where a header is encoded', () => {
  const found = mcpHeaders(
    exchange(
      {
        'Mcp-Method': 'tools/call',
        'mcp-name': '=?base64?Z3LDtsOfZQ==?=',
        'mcp-protocol-version': '2026-07-28',
        'mcp-session-id': 'of nothing in the body',
      },
      call,
    ),
  )
  expect(found.map(({ name, agrees }) => [name, agrees])).toEqual([
    ['Mcp-Method', true],
    ['mcp-name', true],
    ['mcp-protocol-version', true],
  ])
})

it('finds what differs, and what the body says nothing of', () => {
  expect(mcpHeaders(exchange({ 'mcp-method': 'tools/list', 'mcp-name': 'a' }, { method: 'ping' }))).toEqual([
    { name: 'mcp-method', said: 'tools/list', inBody: 'ping', agrees: false },
    { name: 'mcp-name', said: 'a', inBody: undefined, agrees: false },
  ])
})

it.each([
  ['a body that was cut', exchange({ 'mcp-method': 'x' }, call, true)],
  ['a body that is no message', exchange({ 'mcp-method': 'x' }, 'not JSON')],
  [
    'the version of an older era, which is in a header alone',
    exchange({ 'mcp-protocol-version': '2025-11-25' }, { method: 'ping' }),
  ],
])('says nothing of %s', (_what, whole) => expect(mcpHeaders(whole)).toEqual([]))
