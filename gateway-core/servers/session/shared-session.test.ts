import { describe, expect, it } from 'vitest'
import type { Answer } from '../../contract/json-rpc.js'
import { CallCancelled } from './call-cancelled.js'
import { openSession } from './open-session.js'
import { sdkLegacyServer, sdkModernServer, type SdkServer } from './test/sdk-servers.js'
import { outbound, TestAgent } from './test/test-agent.js'

async function shared(server: SdkServer, era: 'legacy' | 'modern' = 'legacy') {
  return openSession({
    transport: server.transport,
    mode: 'shared',
    first: { era, capabilities: {} },
    outbound,
    timeoutMs: 60_000,
  })
}

function textOf(answer: Answer): unknown {
  const content = 'result' in answer ? answer.result['content'] : undefined
  return Array.isArray(content) ? content[0]?.text : answer
}

/** Says who it is to whatever it is asked. */
function selfNaming(id: string): TestAgent {
  return new TestAgent(id, ({ method }) => {
    if (method === 'elicitation/create') return { result: { action: 'accept', content: { name: id } } }
    return { result: { role: 'assistant', model: 'm', content: { type: 'text', text: `from ${id}` } } }
  })
}

describe('twenty agents on one session with an SDK server, ten of which vanish', () => {
  it('leave each of the others its own answers, progress, sampling and elicitation', async () => {
    const server = sdkLegacyServer()
    const session = await shared(server)
    let vanish: () => void = () => undefined
    const vanishing = new Promise<void>((resolve) => (vanish = resolve))
    const agents = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? selfNaming(`agent ${index}`)
        : new TestAgent(`agent ${index}`, async ({ signal }) => {
            vanish()
            await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
            return { error: { code: -32603, message: 'gone' } }
          }),
    )
    // The first question tells that this server does not say during which call it asks.
    const [first] = agents
    if (first === undefined) throw new Error('no agent')
    await session.call(first.tool('sample', { text: 'hello' }))
    expect(session.asksOutsideOfCalls).toBe(true)
    first.asked.length = 0
    first.told.length = 0

    // The odd ones vanish together, when the first of them is asked something.
    const leaving: AbortController[] = []
    const calls = agents.map((agent, index) => {
      const signal = (): AbortSignal => {
        const controller = new AbortController()
        if (index % 2 === 1) leaving.push(controller)
        return controller.signal
      }
      return Promise.allSettled([
        session.call(agent.tool('count', { to: 50 }, { signal: signal() })),
        session.call(agent.tool('sample', { text: agent.id }, { signal: signal() })),
        session.call(agent.tool('elicit', { text: agent.id }, { signal: signal() })),
        session.call(agent.tool('echo', { text: agent.id }, { signal: signal() })),
        session.call(agent.call('tools/list', {}, { signal: signal() })),
      ])
    })
    await vanishing
    for (const controller of leaving) controller.abort()
    const settled = await Promise.all(calls)

    for (const [index, agent] of agents.entries()) {
      const results = settled[index] ?? []
      if (index % 2 === 1) {
        const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
        expect(reasons.length).toBeGreaterThanOrEqual(2)
        for (const reason of reasons) expect(reason).toBeInstanceOf(CallCancelled)
      } else {
        const texts = results.slice(0, 4).map((result) => result.status === 'fulfilled' && textOf(result.value))
        expect(texts).toEqual([
          '50',
          JSON.stringify({ type: 'text', text: `from ${agent.id}` }),
          JSON.stringify({ action: 'accept', content: { name: agent.id } }),
          agent.id,
        ])
        expect(agent.told.map(({ params }) => [params?.['progressToken'], params?.['progress']])).toEqual(
          Array.from({ length: 50 }, (_, at) => ['own count', at + 1]),
        )
      }
      for (const { method, params } of agent.asked) {
        const own = method === 'elicitation/create' ? params?.['message'] : JSON.stringify(params?.['messages'])
        expect(own).toContain(agent.id)
      }
    }
    await session.close()
  })
})

describe('progress', () => {
  it('comes whole and in order: 1000 of 1000 for each of two agents', async () => {
    const session = await shared(sdkLegacyServer())
    const agents = [new TestAgent('a'), new TestAgent('b')]
    await Promise.all(agents.map((agent) => session.call(agent.tool('count', { to: 1000 }))))
    for (const { told } of agents)
      expect(told.map(({ params }) => params?.['progress'])).toEqual(Array.from({ length: 1000 }, (_, at) => at + 1))
    await session.close()
  })
})

describe('an SDK server of the stateless era', () => {
  it('is told the calling agent’s capabilities and who it is, in each request', async () => {
    const session = await shared(sdkModernServer(), 'modern')
    const agent = new TestAgent('a', undefined, { sampling: {} })
    const answer = await session.call(agent.tool('echo', { text: 'x' }))
    expect(JSON.parse(String(textOf(answer)))).toEqual({
      text: 'x',
      envelope: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'agent', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': { sampling: {} },
      },
    })
    await session.close()
  })

  it('gets its input from an agent that does not know input_required', async () => {
    const session = await shared(sdkModernServer(), 'modern')
    const agents = [selfNaming('a'), selfNaming('b')]
    const answers = await Promise.all(agents.map((agent) => session.call(agent.tool('ask', { text: agent.id }))))
    expect(answers.map(textOf)).toEqual([
      JSON.stringify({ action: 'accept', content: { name: 'a' } }),
      JSON.stringify({ action: 'accept', content: { name: 'b' } }),
    ])
    expect(agents.map(({ asked }) => asked.map(({ params }) => params?.['message']))).toEqual([['a'], ['b']])
    await session.close()
  })

  it('gives its input_required to an agent that does', async () => {
    const session = await shared(sdkModernServer(), 'modern')
    const agent = selfNaming('a')
    const first = await session.call(agent.tool('ask', { text: 'q' }, { passInputRequired: true }))
    expect(first).toMatchObject({
      result: { resultType: 'input_required', requestState: 'state of q', inputRequests: { who: {} } },
    })
    expect(agent.asked).toEqual([])
    await session.close()
  })

  it('is told of a cancellation by a notification where there is no stream to close', async () => {
    const server = sdkModernServer()
    const session = await shared(server, 'modern')
    const leaving = new AbortController()
    const agent = new TestAgent('a')
    const call = session.call(agent.tool('wait', {}, { signal: leaving.signal }))
    // Answers come in order, so the first call has begun when this one is done.
    await session.call(agent.tool('echo', { text: 'x' }))
    leaving.abort()
    await expect(call).rejects.toBeInstanceOf(CallCancelled)
    await session.call(agent.tool('echo', { text: 'y' }))
    expect(server.runs).toEqual(['wait begins', 'echo x', 'wait was cancelled', 'echo y'])
    await session.close()
  })
})
