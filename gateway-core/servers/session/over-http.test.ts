import { Agent } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import type { TransportEvents } from '../transport.js'
import { createStreamableHttpTransport } from '../streamable-http-transport.js'
import { CallCancelled } from './call-cancelled.js'
import { openSession, type OpenedSession } from './open-session.js'
import { legacyHttpServer, modernHttpServer, type HttpServer } from './test/http-servers.js'
import { TestAgent } from './test/test-agent.js'

const ending: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end()
})

async function open(server: HttpServer, era: 'legacy' | 'modern'): Promise<OpenedSession> {
  ending.push(() => server.close())
  const dispatcher = new Agent({ connections: null })
  ending.push(() => dispatcher.destroy())
  const session = await openSession({
    transport: (events: TransportEvents) =>
      createStreamableHttpTransport({ slug: 's', dispatcher, ownCredential: false }, events),
    mode: 'shared',
    first: { era, capabilities: {} },
    outbound: outboundOf(server),
    timeoutMs: 20_000,
  })
  ending.push(() => session.close())
  return session
}

const outboundOf = (server: HttpServer) => ({ origin: server.origin, path: '/mcp', headers: [] })

function sampler(id: string): TestAgent {
  return new TestAgent(id, () => ({ result: { role: 'assistant', model: 'm', content: { type: 'text', text: id } } }))
}

function agentIn(answer: unknown): string | undefined {
  return /agent \d/.exec(JSON.stringify(answer))?.[0]
}

describe('an SDK server over Streamable HTTP', () => {
  it('of the older eras asks on a call’s stream, and by the way on the session’s', async () => {
    const server = await legacyHttpServer()
    const session = await open(server, 'modern')
    expect(session.about.era).toBe('legacy')
    const outbound = outboundOf(server)
    const agents = Array.from({ length: 10 }, (_, at) => sampler(`agent ${at}`))
    const answers = await Promise.all(
      agents.map((agent) => session.call(agent.tool('sample-during', {}, { outbound }))),
    )
    expect(answers.map(agentIn)).toEqual(agents.map(({ id }) => id))
    expect(session.asksOutsideOfCalls).toBe(false)
    await server.received.until('GET stream')
    const [first, second] = agents
    if (first === undefined || second === undefined) throw new Error('no agents')
    const outside = await session.call(first.tool('sample-outside', {}, { outbound }))
    expect(JSON.stringify(outside)).toContain('agent 0')
    expect(session.asksOutsideOfCalls).toBe(true)
    const both = await Promise.all(
      [first, second].map((agent) => session.call(agent.tool('sample-outside', {}, { outbound }))),
    )
    expect(both.map(agentIn)).toEqual(['agent 0', 'agent 1'])
  })

  it('that forgot the session gets another', async () => {
    const server = await legacyHttpServer()
    const session = await open(server, 'legacy')
    const outbound = outboundOf(server)
    server.forget()
    const calls = Array.from({ length: 10 }, () => session.call(sampler('a').call('tools/list', {}, { outbound })))
    for (const answer of await Promise.all(calls)) expect(answer).toHaveProperty('result.tools')
    expect(server.received.all.filter((method) => method === 'initialize')).toHaveLength(2)
  })

  it('of the stateless era is told of a cancellation by the stream’s end', async () => {
    const server = await modernHttpServer()
    const session = await open(server, 'legacy')
    expect(session.about).toMatchObject({ era: 'modern', serverInfo: { name: 'http', version: '2.0.0' } })
    const outbound = outboundOf(server)
    const agent = sampler('a')
    expect(await session.call(agent.tool('echo', { text: 'naïve – 日本' }, { outbound }))).toMatchObject({
      result: { content: [{ type: 'text', text: 'naïve – 日本' }] },
    })
    const leaving = new AbortController()
    const call = session.call(agent.tool('wait', {}, { outbound, signal: leaving.signal }))
    await server.received.until('wait begins')
    leaving.abort()
    await expect(call).rejects.toBeInstanceOf(CallCancelled)
    await server.cancelled
  })
})
