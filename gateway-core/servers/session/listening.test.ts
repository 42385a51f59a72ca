import { afterEach, describe, expect, it, vi } from 'vitest'
import { isRequest, type JsonRpcMessage, type Params } from '../../contract/json-rpc.js'
import { legacyServer, modernServer, type ScriptedServer } from './test/memory-transport.js'
import { openTestSession, quietTools } from './test/open-test-session.js'
import { sdkLegacyServer, sdkModernServer } from './test/sdk-servers.js'
import { TestAgent } from './test/test-agent.js'

afterEach(() => {
  vi.useRealTimers()
})

function answering(message: JsonRpcMessage, server: ScriptedServer): void {
  if (isRequest(message)) server.result(message.id, {})
}

describe('log messages', () => {
  const log = (level: string, data: string): Params => ({ level, data })

  it('go to the agent whose call they come with, else to the only one in flight, else to all who listen', async () => {
    const server = legacyServer(undefined, { kind: 'streamable-http' })
    server.carry = (message) =>
      isRequest(message) && message.id !== 1 ? new Promise(() => undefined) : Promise.resolve()
    const session = await openTestSession(server, { quietTools })
    const [a, b] = [new TestAgent('a'), new TestAgent('b')]
    for (const agent of [a, b]) session.listen(agent.listener)
    server.notify('notifications/message', log('info', 'nobody calls'))
    const calls = [session.call(a.tool('a'))]
    server.notify('notifications/message', log('info', 'a calls'))
    calls.push(session.call(b.tool('b')))
    server.notify('notifications/message', log('info', 'both call'))
    server.notify('notifications/message', log('info', 'of b'), server.requests('tools/call')[1]?.id)
    const data = (agent: TestAgent) => [agent.told, agent.heard].map((all) => all.map(({ params }) => params?.['data']))
    expect(data(a)).toEqual([['a calls'], ['nobody calls', 'both call']])
    expect(data(b)).toEqual([['of b'], ['nobody calls', 'both call']])
    await session.close()
    await Promise.allSettled(calls)
  })

  it('have the lowest level that anybody wants at the server, and each agent’s own on their way to it', async () => {
    const server = legacyServer(answering, { capabilities: { logging: {} } })
    const session = await openTestSession(server)
    const [a, b, silent] = [new TestAgent('a'), new TestAgent('b'), new TestAgent('silent')]
    for (const agent of [a, b]) session.listen(agent.listener)
    const unlisten = session.listen(silent.listener)
    await session.call(a.call('logging/setLevel', { level: 'error' }))
    await session.call(b.call('logging/setLevel', { level: 'debug' }))
    unlisten()
    await session.call(a.call('logging/setLevel', { level: 'warning' }))
    await session.call(b.call('logging/setLevel', { level: 'critical' }))
    expect(server.requests('logging/setLevel').map(({ params }) => params?.['level'])).toEqual([
      'info',
      'debug',
      'warning',
    ])
    for (const level of ['debug', 'warning', 'critical', 'odd'])
      server.notify('notifications/message', log(level, level))
    const levels = (agent: TestAgent) => agent.heard.map(({ params }) => params?.['level'])
    expect(levels(a)).toEqual(['warning', 'critical', 'odd'])
    expect(levels(b)).toEqual(['critical', 'odd'])
    expect(await session.call(a.call('logging/setLevel', { level: 'loud' }))).toMatchObject({ error: { code: -32602 } })
  })

  it('are asked of a stateless server with each request', async () => {
    const server = modernServer(answering, { capabilities: { logging: {} } })
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    const [a, b] = [new TestAgent('a'), new TestAgent('b')]
    expect(await session.call(a.call('logging/setLevel', { level: 'debug' }))).toEqual({ result: {} })
    await session.call(a.tool('x'))
    await session.call(b.tool('x'))
    const levels = server
      .requests('tools/call')
      .map(({ params }) => (params?.['_meta'] as Params | undefined)?.['io.modelcontextprotocol/logLevel'])
    expect(levels).toEqual(['debug', undefined])
    expect(server.requests('logging/setLevel')).toEqual([])
  })
})

describe('subscriptions to resources of the older eras', () => {
  it('are told to the server at the first and at the last, and their news to those who have one', async () => {
    const server = legacyServer(answering)
    const session = await openTestSession(server)
    const agents = ['a', 'b', 'c'].map((id) => new TestAgent(id))
    const [a, b, c] = agents
    if (a === undefined || b === undefined || c === undefined) throw new Error('no agents')
    const unlisten = agents.map((agent) => session.listen(agent.listener))
    const call = (agent: TestAgent) => agent.call('resources/subscribe', { uri: 'x:1' })
    await Promise.all([a, b].map((agent) => session.subscribe('x:1', agent.listener, call(agent))))
    expect(server.requests('resources/subscribe').map(({ params }) => params)).toEqual([{ uri: 'x:1' }])
    server.notify('notifications/resources/updated', { uri: 'x:1' })
    server.notify('notifications/resources/updated', { uri: 'x:1/part' })
    server.notify('notifications/resources/updated', { uri: 'x:2' })
    server.notify('notifications/tools/list_changed', {})
    const heard = (agent: TestAgent) => agent.heard.map(({ params }) => params?.['uri'])
    expect([a, b, c].map(heard)).toEqual([['x:1', 'x:1/part', undefined], ['x:1', 'x:1/part', undefined], [undefined]])
    await session.unsubscribe('x:1', a.listener, call(a))
    expect(server.requests('resources/unsubscribe')).toEqual([])
    unlisten[1]?.()
    await server.until(() => server.requests('resources/unsubscribe').length === 1)
    await session.subscribe('x:1', c.listener, call(c))
    expect(server.received.slice(-3).map((message) => 'method' in message && message.method)).toEqual([
      'resources/subscribe',
      'resources/unsubscribe',
      'resources/subscribe',
    ])
  })

  it('that the server refuses are nobody’s', async () => {
    const server = legacyServer((message, self) => {
      if (isRequest(message)) self.error(message.id, -32602)
    })
    const session = await openTestSession(server)
    const agent = new TestAgent('a')
    session.listen(agent.listener)
    const answer = await session.subscribe('x:1', agent.listener, agent.call('resources/subscribe'))
    expect(answer).toMatchObject({ error: { code: -32602 } })
    server.notify('notifications/resources/updated', { uri: 'x:1' })
    expect(agent.heard).toEqual([])
    expect(await session.unsubscribe('x:1', agent.listener, agent.call('resources/unsubscribe'))).toEqual({
      result: {},
    })
    expect(server.requests('resources/unsubscribe')).toEqual([])
  })

  it('reach an agent through an SDK server that announces a change', async () => {
    const { server, transport } = sdkLegacyServer()
    const session = await openTestSession({ transport })
    const agent = new TestAgent('a')
    session.listen(agent.listener)
    server.sendResourceListChanged()
    await agent.hears('notifications/resources/list_changed')
    await session.close()
  })
})

describe('an elicitation’s end', () => {
  it('is told to the agent that was shown its URL, by a question or by a refusal', async () => {
    const server = legacyServer()
    const session = await openTestSession(server)
    const [a, b] = [1, 2].map((id) => new TestAgent(`agent ${id}`, undefined, { elicitation: { url: {} } }))
    if (a === undefined || b === undefined) throw new Error('no agents')
    for (const agent of [a, b]) session.listen(agent.listener)
    const call = session.call(a.tool('x'))
    server.ask('q', 'elicitation/create', { mode: 'url', url: 'https://x', elicitationId: 'e1' })
    server.error(server.requests('tools/call')[0]?.id ?? 0, -32042, { elicitations: [{ elicitationId: 'e2' }] })
    await call
    for (const elicitationId of ['e1', 'e2', 'e2'])
      server.notify('notifications/elicitation/complete', { elicitationId })
    expect([a, b].map(({ heard }) => heard.map(({ params }) => params?.['elicitationId']))).toEqual([['e1', 'e2'], []])
  })
})

describe('a stateless server', () => {
  const capabilities = { tools: { listChanged: true }, resources: { subscribe: true } }
  const subscriptionId = 'io.modelcontextprotocol/subscriptionId'

  function acknowledging(message: JsonRpcMessage, server: ScriptedServer): void {
    if (!isRequest(message) || message.method !== 'subscriptions/listen') return
    const notifications = message.params?.['notifications']
    server.notify('notifications/subscriptions/acknowledged', {
      notifications,
      _meta: { [subscriptionId]: message.id },
    })
  }
  const filters = (server: ScriptedServer) =>
    server.requests('subscriptions/listen').map(({ params }) => params?.['notifications'])

  it('of the SDK tells of changes and of resources that somebody is subscribed to', async () => {
    const server = sdkModernServer()
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    const [a, b] = [new TestAgent('a'), new TestAgent('b')]
    for (const agent of [a, b]) session.listen(agent.listener)
    const subscribed = await session.subscribe('test://one', a.listener, a.call('resources/subscribe'))
    expect(subscribed).toEqual({ result: {} })
    await server.current().server.sendResourceUpdated({ uri: 'test://one' })
    server.current().sendToolListChanged()
    await b.hears('notifications/tools/list_changed')
    expect(a.heard).toEqual([
      { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'test://one', _meta: {} } },
      { jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: { _meta: {} } },
    ])
    expect(b.heard).toHaveLength(1)
    await session.close()
  })

  it('has one stream, which is exchanged for another when what it is about changes', async () => {
    const server = modernServer(acknowledging, { kind: 'stdio', capabilities })
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    const [a, b] = [new TestAgent('a'), new TestAgent('b')]
    const unlisten = [a, b].map((agent) => session.listen(agent.listener))
    await session.subscribe('x:1', a.listener, a.call('resources/subscribe'))
    await session.subscribe('x:1', b.listener, b.call('resources/subscribe'))
    expect(filters(server)).toEqual([
      { toolsListChanged: true },
      { toolsListChanged: true, resourceSubscriptions: ['x:1'] },
    ])
    const [first, second] = server.requests('subscriptions/listen')
    expect(server.notifications('notifications/cancelled')).toMatchObject([{ params: { requestId: first?.id } }])
    for (const stream of [first, second])
      server.notify('notifications/tools/list_changed', { _meta: { [subscriptionId]: stream?.id } })
    expect(a.heard).toEqual([{ jsonrpc: '2.0', method: 'notifications/tools/list_changed', params: { _meta: {} } }])
    for (const stop of unlisten) stop()
    await server.until(() => server.notifications('notifications/cancelled').length === 2)
    await session.close()
  })

  it('that ends its stream is asked again after a pause that grows, up to 30 s', async () => {
    vi.useFakeTimers()
    const server = modernServer(acknowledging, { capabilities })
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    // `send` resolves at once, which is a stream's end over HTTP.
    const unlisten = session.listen(new TestAgent('a').listener)
    const counts: number[] = []
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      await vi.advanceTimersByTimeAsync(seconds * 1000 - 1)
      const before = filters(server).length
      await vi.advanceTimersByTimeAsync(1)
      counts.push(before, filters(server).length)
      session.listen(new TestAgent('b').listener)()
    }
    expect(counts).toEqual([1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8])
    unlisten()
    await session.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('that does not know subscriptions is asked once', async () => {
    vi.useFakeTimers()
    const server = modernServer(
      (message, self) => {
        if (isRequest(message)) self.error(message.id, -32601)
      },
      { kind: 'stdio', capabilities },
    )
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    const agent = new TestAgent('a')
    session.listen(agent.listener)
    await vi.advanceTimersByTimeAsync(120_000)
    expect(filters(server)).toHaveLength(1)
    const answer = await session.subscribe('x:1', agent.listener, agent.call('resources/subscribe'))
    expect(answer).toMatchObject({ error: { code: -32603 } })
    await session.close()
  })

  it('without subscriptions of its own is never asked for any', async () => {
    const server = modernServer(acknowledging)
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    const agent = new TestAgent('a')
    session.listen(agent.listener)
    const answer = await session.subscribe('x:1', agent.listener, agent.call('resources/subscribe'))
    expect(answer).toMatchObject({ error: { code: -32601 } })
    expect(filters(server)).toEqual([])
  })

  it('has its questions refused, as there are none in its era', async () => {
    const server = modernServer()
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    const agent = new TestAgent('a')
    session.listen(agent.listener)
    server.ask('q', 'sampling/createMessage', { messages: [] })
    expect(await server.until(() => server.answers()[0])).toMatchObject({ id: 'q', error: { code: -32601 } })
    expect(agent.asked).toEqual([])
  })
})
