import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Answer } from '../../contract/json-rpc.js'
import { CallCancelled } from './call-cancelled.js'
import { legacyServer, type ScriptedServer } from './test/memory-transport.js'
import { openTestSession, quietTools } from './test/open-test-session.js'
import { TestAgent } from './test/test-agent.js'

afterEach(() => {
  vi.useRealTimers()
})

function named(id: string): TestAgent {
  return new TestAgent(id, () => ({ result: { from: id } }))
}

/** The server's ids of the calls that an agent has made, by what it named its tools. */
function idOf(server: ScriptedServer, tool: string): number | string {
  const call = server.requests('tools/call').find(({ params }) => params?.['name'] === tool)
  if (call === undefined) throw new Error(`no call of ${tool}`)
  return call.id
}

function answerTo(server: ScriptedServer, id: string): Promise<Answer & { id: unknown }> {
  return server.until(() => server.answers().find((answer) => answer.id === id))
}

const refused = (code: number) => ({ error: { code, message: expect.any(String) } })

describe('a question that says nothing of a call', () => {
  it('goes to the only agent with calls in flight', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const [a, b] = [named('a'), named('b')]
    for (const agent of [a, b]) session.listen(agent.listener)
    const calls = [session.call(a.tool('x')), session.call(a.tool('y'))]
    server.ask('q', 'sampling/createMessage', { messages: [] })
    expect(await answerTo(server, 'q')).toMatchObject({ result: { from: 'a' } })
    for (const tool of ['x', 'y']) server.result(idOf(server, tool), {})
    await Promise.all(calls)
    expect(b.asked).toEqual([])
  })

  it('goes to the only listener where nothing is in flight, and to none of several', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const [a, b] = [named('a'), named('b')]
    session.listen(a.listener)
    server.ask('q1', 'roots/list')
    expect(await answerTo(server, 'q1')).toMatchObject({ result: { from: 'a' } })
    const unlisten = session.listen(b.listener)
    server.ask('q2', 'roots/list')
    expect(await answerTo(server, 'q2')).toMatchObject(refused(-32603))
    unlisten()
    server.ask('q3', 'roots/list')
    expect(await answerTo(server, 'q3')).toMatchObject({ result: { from: 'a' } })
    expect(session.asksOutsideOfCalls).toBe(false)
  })

  it('waits for the first agent of a session that is just open, for 5 s', async () => {
    vi.useFakeTimers()
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    server.ask('q1', 'roots/list')
    session.listen(named('a').listener)()
    expect(await answerTo(server, 'q1')).toMatchObject({ result: { from: 'a' } })
    server.ask('q2', 'roots/list')
    await vi.advanceTimersByTimeAsync(5000)
    expect(await answerTo(server, 'q2')).toMatchObject(refused(-32603))
  })

  it('is parked while several agents have calls, and goes to the one that is left of those', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const [a, b, later] = [named('a'), named('b'), named('later')]
    const calls = [session.call(a.tool('a')), session.call(b.tool('b')), session.call(b.call('tools/list'))]
    server.ask('q', 'elicitation/create', { message: 'm' })
    calls.push(session.call(later.call('resources/list')))
    expect([a, b, later].flatMap(({ asked }) => asked)).toEqual([])
    server.result(idOf(server, 'a'), {})
    expect(await answerTo(server, 'q')).toMatchObject({ result: { from: 'b' } })
    expect(later.asked).toEqual([])
    await session.close()
    await Promise.allSettled(calls)
  })

  it('is refused, the newest first, where every request in flight may wait for one and the server is idle', async () => {
    vi.useFakeTimers()
    const server = legacyServer((message, self) => {
      if ('id' in message && 'method' in message && message.method === 'ping') self.result(message.id, {})
    })
    const session = await openTestSession(server, { quietTools })
    const [a, b] = [named('a'), named('b')]
    const calls = [session.call(a.tool('a')), session.call(b.tool('b'))]
    server.ask('q1', 'sampling/createMessage', { messages: [] })
    server.ask('q2', 'sampling/createMessage', { messages: [] })
    await vi.advanceTimersByTimeAsync(2900)
    // A call that moves on is not waiting for anything.
    const token = server.requests('tools/call')[0]?.params?.['_meta']
    server.notify('notifications/progress', { ...(token as object), progress: 1 })
    await vi.advanceTimersByTimeAsync(2900)
    expect(server.answers()).toEqual([])
    await vi.advanceTimersByTimeAsync(100)
    expect(server.answers()).toMatchObject([{ id: 'q2', ...refused(-32603) }])
    server.result(idOf(server, 'b'), {})
    expect(await answerTo(server, 'q1')).toMatchObject({ result: { from: 'a' } })
    server.result(idOf(server, 'a'), {})
    await Promise.all(calls)
    await session.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is not refused while the server does not answer a ping: it may be busy with any of the calls', async () => {
    vi.useFakeTimers()
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const [a, b] = [named('a'), named('b')]
    const calls = [session.call(a.tool('a')), session.call(b.tool('b'))]
    server.ask('q1', 'sampling/createMessage', { messages: [] })
    server.ask('q2', 'elicitation/create', { message: 'm' })
    await vi.advanceTimersByTimeAsync(20_000)
    expect(server.answers()).toEqual([])
    server.result(idOf(server, 'a'), {})
    expect(await answerTo(server, 'q2')).toMatchObject({ result: { from: 'b' } })
    expect(b.asked).toHaveLength(2)
    await session.close()
    await Promise.allSettled(calls)
  })

  it('goes to another agent of its caller where the calls of the one that was asked end first', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const callerId = 'one'
    const asking = Object.assign(new TestAgent('asking', () => new Promise(() => undefined)), { callerId })
    const quick = Object.assign(new TestAgent('quick', () => new Promise(() => undefined)), { callerId })
    const calls = [session.call(asking.tool('asking'))]
    server.ask('q1', 'elicitation/create', { message: 'first' })
    const listing = session.call(quick.call('tools/list'))
    server.ask('q2', 'sampling/createMessage', { messages: [] })
    expect(quick.asked).toHaveLength(1)
    server.result(server.requests('tools/list')[0]?.id ?? '', { tools: [] })
    await listing
    expect(quick.asked[0]?.signal.aborted).toBe(true)
    expect(asking.asked.map(({ method }) => method)).toEqual(['elicitation/create', 'sampling/createMessage'])
    expect(server.answers()).toEqual([])
    await session.close()
    await Promise.allSettled(calls)
  })

  it('is refused, the newest first, after 30 s', async () => {
    vi.useFakeTimers()
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const agents = [named('a'), named('b'), named('c')]
    const calls = agents.map((agent) => session.call(agent.tool(agent.id)))
    server.ask('q1', 'roots/list')
    server.ask('q2', 'roots/list')
    await vi.advanceTimersByTimeAsync(29_999)
    expect(server.answers()).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(server.answers()).toMatchObject([{ id: 'q2', ...refused(-32603) }])
    expect(agents.flatMap(({ asked }) => asked)).toEqual([])
    await session.close()
    await Promise.allSettled(calls)
  })

  it('goes to the agent of one caller that has a call which waits for no answer yet, or else to the one asked last', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { mode: 'single', quietTools })
    const silent = new TestAgent('silent', () => new Promise(() => undefined))
    const busy = new TestAgent('busy', () => new Promise(() => undefined))
    const calls = [session.call(silent.tool('silent'))]
    server.ask('q1', 'elicitation/create', { message: 'to silent' })
    calls.push(session.call(busy.tool('busy')))
    server.ask('q2', 'elicitation/create', { message: 'to busy' })
    server.ask('q3', 'sampling/createMessage', { messages: [] })
    expect(silent.asked.map(({ params }) => params)).toEqual([{ message: 'to silent' }])
    expect(busy.asked.map(({ method }) => method)).toEqual(['elicitation/create', 'sampling/createMessage'])
    await session.close()
    await Promise.allSettled(calls)
  })

  it('is told to an agent that did not declare that it can be asked this', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const notAsked: unknown[] = []
    const agent = Object.assign(new TestAgent('a', undefined, { roots: {} }), {
      notAsked: (...asked: unknown[]) => void notAsked.push(asked),
    })
    const call = session.call(agent.tool('x'))
    server.ask('q', 'elicitation/create', { message: 'm' })
    expect(await answerTo(server, 'q')).toMatchObject(refused(-32601))
    expect(notAsked).toEqual([['elicitation/create', { message: 'm' }]])
    expect(agent.asked).toEqual([])
    await session.close()
    await call.catch(() => undefined)
  })

  it('never goes to another agent while a call that was cancelled may still be asking', async () => {
    vi.useFakeTimers()
    const server = legacyServer((message, self) => {
      if ('id' in message && 'method' in message && message.method === 'ping') self.result(message.id, {})
    })
    const session = await openTestSession(server, { quietTools })
    const [a, b] = [named('a'), named('b')]
    const leaving = new AbortController()
    const cancelled = session.call(a.tool('a', {}, { signal: leaving.signal }))
    const call = session.call(b.tool('b'))
    leaving.abort()
    await expect(cancelled).rejects.toBeInstanceOf(CallCancelled)
    expect(server.notifications('notifications/cancelled')).toMatchObject([
      { params: { requestId: idOf(server, 'a') } },
    ])
    server.ask('q', 'sampling/createMessage', { messages: [] })
    await vi.advanceTimersByTimeAsync(4900)
    expect(b.asked).toEqual([])
    // By now the server has long read of the cancellation.
    await vi.advanceTimersByTimeAsync(100)
    expect(b.asked).toHaveLength(1)
    expect(a.asked).toEqual([])
    server.result(idOf(server, 'b'), {})
    await call
  })

  it('is refused where only a cancelled call can be meant, whose late answer ends the doubt', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const [a, b] = [named('a'), named('b')]
    const leaving = new AbortController()
    const cancelled = session.call(a.tool('a', {}, { signal: leaving.signal }))
    leaving.abort()
    await cancelled.catch(() => undefined)
    server.ask('q1', 'sampling/createMessage', { messages: [] })
    expect(await answerTo(server, 'q1')).toMatchObject(refused(-32603))
    const call = session.call(b.call('prompts/get'))
    server.ask('q2', 'sampling/createMessage', { messages: [] })
    server.result(idOf(server, 'a'), {})
    expect(await answerTo(server, 'q2')).toMatchObject({ result: { from: 'b' } })
    await session.close()
    await expect(call).rejects.toMatchObject({ code: 'server_unreachable' })
  })
})

describe('a question with the progress token of a call', () => {
  it('goes to that call’s agent, whoever else has calls, and teaches nothing', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const [a, b] = [named('a'), named('b')]
    const calls = [session.call(a.tool('a')), session.call(b.tool('b'))]
    for (const tool of ['b', 'a']) {
      const sent = server.requests('tools/call').find(({ params }) => params?.['name'] === tool)
      server.ask(`q ${tool}`, 'sampling/createMessage', { messages: [], _meta: sent?.params?.['_meta'] })
    }
    expect(await answerTo(server, 'q b')).toMatchObject({ result: { from: 'b' } })
    expect(await answerTo(server, 'q a')).toMatchObject({ result: { from: 'a' } })
    expect(session.asksOutsideOfCalls).toBe(false)
    // A token of the server’s own says nothing, though it may look like the id of a request.
    server.ask('q own', 'roots/list', { _meta: { progressToken: idOf(server, 'a') } })
    expect(server.answers().map(({ id }) => id)).toEqual(['q b', 'q a'])
    await session.close()
    await Promise.allSettled(calls)
  })
})

describe('a question on the stream of a call', () => {
  it('goes to that call’s agent, whoever else has calls, and teaches nothing', async () => {
    const server = legacyServer(undefined, { kind: 'streamable-http' })
    server.carry = (message) => ('id' in message && 'method' in message && message.id !== 1 ? forever : done)
    const session = await openTestSession(server, { quietTools })
    const [a, b] = [named('a'), named('b')]
    const calls = [session.call(a.tool('a')), session.call(b.tool('b'))]
    server.ask('q1', 'sampling/createMessage', { messages: [] }, idOf(server, 'b'))
    server.ask('q2', 'sampling/createMessage', { messages: [] }, idOf(server, 'a'))
    expect(await answerTo(server, 'q1')).toMatchObject({ result: { from: 'b' } })
    expect(await answerTo(server, 'q2')).toMatchObject({ result: { from: 'a' } })
    expect(session.asksOutsideOfCalls).toBe(false)
    server.result(idOf(server, 'a'), {}, idOf(server, 'a'))
    await calls[0]
    server.ask('q3', 'sampling/createMessage', { messages: [] }, idOf(server, 'a'))
    expect(await answerTo(server, 'q3')).toMatchObject(refused(-32603))
    await session.close()
    await Promise.allSettled(calls)
  })
})

const forever = new Promise<void>(() => undefined)
const done = Promise.resolve()

describe('a question', () => {
  it.each([
    ['sampling/createMessage', {}, {}],
    ['sampling/createMessage', { tools: [] }, { sampling: {} }],
    ['elicitation/create', {}, { sampling: {} }],
    ['elicitation/create', { mode: 'url' }, { elicitation: {} }],
    ['elicitation/create', { mode: 'form' }, { elicitation: { url: {} } }],
    ['roots/list', {}, {}],
    ['tasks/list', {}, { tasks: {} }],
  ])('is refused for an agent that declared nothing of it: %s %j of %j', async (method, params, capabilities) => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const agent = new TestAgent('a', undefined, capabilities)
    session.listen(agent.listener)
    server.ask('q', method, params)
    expect(await answerTo(server, 'q')).toMatchObject(refused(-32601))
    expect(agent.asked).toEqual([])
  })

  it('under an id that is in use is dropped, and one that the server cancels is answered by nobody', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const agent = new TestAgent('a', async ({ signal }) => {
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return { error: { code: -32603, message: 'aborted' } }
    })
    session.listen(agent.listener)
    server.ask('q', 'roots/list')
    server.ask('q', 'roots/list')
    expect(agent.asked).toHaveLength(1)
    server.notify('notifications/cancelled', { requestId: 'q' })
    expect(agent.asked[0]?.signal.aborted).toBe(true)
    server.ask('p', 'ping')
    expect(await answerTo(server, 'p')).toMatchObject({ result: {} })
    expect(server.answers().map(({ id }) => id)).toEqual(['p'])
  })

  it('is withdrawn from an agent that gave its last call up, and refused to the server', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const agent = new TestAgent('a', async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      return { error: { code: -1, message: 'the agent left' } }
    })
    const leaving = new AbortController()
    const call = session.call(agent.tool('x', {}, { signal: leaving.signal }))
    server.ask('q', 'elicitation/create', { message: '' })
    leaving.abort()
    await expect(call).rejects.toBeInstanceOf(CallCancelled)
    expect(await answerTo(server, 'q')).toMatchObject({ error: { code: -1 } })
    await session.close()
  })
})

describe('a server that asks without saying during which call', () => {
  it('is given tools/calls of one agent at a time, in the order of their coming', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const [a, b, c] = [named('a'), named('b'), named('c')]
    const first = session.call(a.tool('a1'))
    server.ask('q', 'sampling/createMessage', { messages: [] })
    await answerTo(server, 'q')
    const leaving = new AbortController()
    const calls = [
      session.call(a.tool('a2')),
      session.call(b.tool('b1')),
      session.call(c.tool('c1', {}, { signal: leaving.signal })),
      session.call(b.tool('b2')),
      session.call(a.tool('a3')),
      session.call(c.call('tools/list')),
    ]
    const running = () => server.requests('tools/call').map(({ params }) => params?.['name'])
    expect(running()).toEqual(['a1', 'a2'])
    expect(server.requests('tools/list')).toHaveLength(1)
    leaving.abort()
    await expect(calls[2]).rejects.toBeInstanceOf(CallCancelled)
    server.result(idOf(server, 'a1'), {})
    await first
    expect(running()).toEqual(['a1', 'a2'])
    server.result(idOf(server, 'a2'), {})
    await server.until(() => running().includes('b2'))
    expect(running()).toEqual(['a1', 'a2', 'b1', 'b2'])
    for (const tool of ['b1', 'b2']) server.result(idOf(server, tool), {})
    await server.until(() => running().includes('a3'))
    await session.close()
    await Promise.allSettled(calls)
  })

  it('may be remembered as such', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { rememberedAsks: true })
    const calls = [session.call(named('a').tool('a')), session.call(named('b').tool('b'))]
    expect(server.requests('tools/call')).toHaveLength(1)
    await session.close()
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'server_unreachable' })
  })

  it('has at most 1000 calls waiting', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { rememberedAsks: true })
    const running = session.call(named('a').tool('a'))
    const waiting = Array.from({ length: 1000 }, () => session.call(named('b').tool('b')))
    await expect(session.call(named('c').tool('c'))).rejects.toMatchObject({ code: 'server_unreachable' })
    await session.close()
    await Promise.allSettled([running, ...waiting])
  })
})
