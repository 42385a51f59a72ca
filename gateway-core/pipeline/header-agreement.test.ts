import { describe, expect, it } from 'vitest'
import { headerProblems, refuseContradiction } from './header-agreement.js'
import { readMessage } from './read-message.js'

const version = { 'mcp-protocol-version': '2026-07-28' }
const agreeing = { ...version, 'mcp-method': 'tools/call', 'mcp-name': 'echo' }
const call = (name: string, method = 'tools/call') =>
  readMessage(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { name, uri: name } })))
const problems = (headers: Readonly<Record<string, string>>, message = call('echo'), shownTool?: string) =>
  headerProblems(
    {
      headers,
      message,
      era: headers === legacy ? 'legacy' : 'modern',
      ...(shownTool === undefined ? {} : { shownTool }),
    },
    () => 'passed on',
  )
const legacy = { 'mcp-protocol-version': '2025-11-25' }
const passedOn = 'They were passed on as they came; the server has to refuse them.'

describe('headers that say what the body says', () => {
  it.each([
    ['in plain', agreeing, call('echo')],
    ['in base64', { ...agreeing, 'mcp-name': `=?base64?${Buffer.from('größe').toString('base64')}?=` }, call('größe')],
    [
      'of a resource',
      { ...agreeing, 'mcp-method': 'resources/read', 'mcp-name': 'file:///a' },
      call('file:///a', 'resources/read'),
    ],
    ['of a list', { ...version, 'mcp-method': 'tools/list' }, call('echo', 'tools/list')],
    ['of the older era, which has none', legacy, call('echo')],
  ])('are no problem %s', (_how, headers, message) => {
    expect(problems(headers, message)).toEqual([])
  })

  it('may call a tool as agents know it', () => {
    expect(problems({ ...agreeing, 'mcp-name': 'speak' }, call('echo'), 'speak')).toEqual([])
    expect(problems({ ...agreeing, 'mcp-name': 'echo' }, call('echo'), 'speak')).toHaveLength(1)
  })
})

describe('headers that disagree', () => {
  const refusing = (headers: Readonly<Record<string, string>>, era: 'modern' | 'legacy' = 'modern') => {
    return () => refuseContradiction({ headers, message: call('echo'), era })
  }

  it.each([
    ['another method', { ...agreeing, 'mcp-method': 'tools/list' }],
    ['another name', { ...agreeing, 'mcp-name': 'purge' }],
    ['what cannot be decoded', { ...agreeing, 'mcp-name': '=?base64?!?=' }],
  ])('are refused where they say %s', (_what, headers) => {
    expect(refusing(headers)).toThrow(expect.objectContaining({ code: 'header_mismatch' }))
  })

  it('are no reason to refuse where they are left out, or their era has no use for them', () => {
    expect(refusing(agreeing)).not.toThrow()
    expect(refusing(version)).not.toThrow()
    expect(refusing({ ...legacy, 'mcp-name': 'purge' }, 'legacy')).not.toThrow()
  })

  it('are told with both sides and what was done', () => {
    expect(problems({ ...agreeing, 'mcp-method': 'tools/list', 'mcp-name': 'purge' })).toEqual([
      `The Mcp-Method header says "tools/list", and the body "tools/call". ${passedOn}`,
      `The Mcp-Name header says "purge", and the body "echo". ${passedOn}`,
    ])
    expect(problems({ ...agreeing, 'mcp-name': '=?base64?!?=' })).toHaveLength(1)
    expect(problems({ ...agreeing, 'mcp-method': 'tools/list' }, call('echo', 'tools/list'))).toEqual([
      `The Mcp-Name header says "echo", and the body names nothing. ${passedOn}`,
    ])
  })

  it('are told as missing where their version requires them', () => {
    expect(problems(version)).toEqual([
      `The agent sent no Mcp-Method header, and the body says "tools/call". ${passedOn}`,
      `The agent sent no Mcp-Name header, and the body says "echo". ${passedOn}`,
    ])
  })

  it('are cut short', () => {
    expect(problems({ ...agreeing, 'mcp-name': 'x'.repeat(9999) })[0]?.length).toBeLessThan(300)
  })
})
