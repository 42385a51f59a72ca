import { describe, expect, it } from 'vitest'
import type { Params } from '../../contract/json-rpc.js'
import type { SessionCall } from '../../servers/server-session.js'
import { ScriptedServer, text } from '../agent-face/test/scripted-server.js'
import { createInputCheck } from './input-check.js'
import { compileToolView } from './tool-view.js'
import { createViewedSessions } from './viewed-session.js'

const inputSchema = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } }

function callOf(method: string, params: Params, rest: Partial<SessionCall> = {}): SessionCall {
  return {
    method,
    params,
    agent: {
      id: 'a',
      capabilities: {},
      clientInfo: {},
      notify: () => undefined,
      ask: async () => ({ error: { code: -32601, message: 'no' } }),
    },
    outbound: { origin: 'http://server.invalid', path: '/mcp', headers: ['x-a', '1'] },
    timeoutMs: 1000,
    signal: new AbortController().signal,
    passInputRequired: false,
    ...rest,
  }
}

async function viewed(era: 'legacy' | 'modern') {
  const server = new ScriptedServer(era)
  server.scripts.set('tools/list', () => ({ result: { tools: [{ name: 'put', inputSchema }] } }))
  server.scripts.set('tools/call put', () => text('done'))
  const session = createViewedSessions(createInputCheck()).of(server, '', { view: undefined, mayUse: undefined })
  await session.call(callOf('tools/list', {}))
  server.calls.length = 0
  const call = (rest?: Partial<SessionCall>) =>
    session.call(callOf('tools/call', { name: 'put', arguments: { region: 'eu' } }, rest))
  return { server, call }
}

describe('arguments that stand in headers as well', () => {
  it('are put there for a server of the stateless era, whoever calls', async () => {
    const { server, call } = await viewed('modern')
    expect(await call()).toMatchObject({ result: { content: [{ text: 'done' }] } })
    expect(await call({ paramHeaders: { 'mcp-param-region': 'eu' } })).toHaveProperty('result')
    for (const { outbound } of server.calls) expect(outbound.headers).toEqual(['x-a', '1', 'mcp-param-region', 'eu'])
  })

  it('are put nowhere for a server of the older era', async () => {
    const { server, call } = await viewed('legacy')
    await call()
    expect(server.calls.map(({ outbound }) => outbound.headers)).toEqual([['x-a', '1']])
  })

  it.each(['legacy', 'modern'] as const)(
    'have to be there for an agent of the stateless era (%s server)',
    async (era) => {
      const { server, call } = await viewed(era)
      const wrong: readonly Readonly<Record<string, string>>[] = [{}, { 'mcp-param-region': 'us' }]
      for (const paramHeaders of wrong) expect(await call({ paramHeaders })).toMatchObject({ error: { code: -32020 } })
      expect(server.calls).toEqual([])
    },
  )
})

describe('a view of a session', () => {
  it('stays the same object when its settings change, and shows tools by those that hold', async () => {
    const server = new ScriptedServer('legacy')
    server.scripts.set('tools/list', () => ({ result: { tools: [{ name: 'put', inputSchema }] } }))
    const sessions = createViewedSessions(createInputCheck())
    const of = (rename: string) =>
      sessions.of(server, 'k', { view: compileToolView({ tools: { put: { rename } } }), mayUse: undefined })
    const first = of('store')
    expect(of('keep')).toBe(first)
    const answer = await first.call(callOf('tools/list', {}))
    expect(answer).toMatchObject({ result: { tools: [{ name: 'keep' }] } })
  })
})
