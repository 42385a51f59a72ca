import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayError } from '../../../contract/errors.js'
import type { Answer } from '../../../contract/json-rpc.js'
import type { AgentFaceOptions } from '../agent-face.js'
import { begin, call, initialize, messagesOf, open, read, send, until } from './raw-agent.js'
import { ScriptedServer, text } from './scripted-server.js'
import { connectV1 } from './sdk-agents.js'
import { serveFace, type ServedFace } from './serve-face.js'

const never = new AbortController().signal
const toolsChanged = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' }

let server: ScriptedServer
let served: ServedFace
let url: string
const closing: (() => Promise<void>)[] = []

async function serve(era: 'legacy' | 'modern', options: AgentFaceOptions = {}): Promise<void> {
  server = new ScriptedServer(era)
  served = await serveFace(server, options)
  url = served.url
  const { close } = served
  closing.push(close)
}

beforeEach(() => serve('legacy'))
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A script that waits until it is told to go on. */
function gate(script: string, go: (answer: (value: Answer) => void) => void): void {
  server.scripts.set(script, () => new Promise<Answer>(go))
}

describe('sessions', () => {
  it.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])('speak %s where asked to', async (version) => {
    const { answer } = await initialize(url, { protocolVersion: version })
    expect(answer.message.result).toMatchObject({ protocolVersion: version, serverInfo: { name: 'scripted' } })
    expect(answer.headers['mcp-session-id']).toMatch(/^[0-9a-f]{48}$/)
  })

  it.each(['2019-01-01', 'x', 7])('speak 2025-11-25 where asked for %s', async (version) => {
    const { answer } = await initialize(url, { protocolVersion: version })
    expect(answer.message.result).toMatchObject({ protocolVersion: '2025-11-25' })
  })

  it('are not needed for a single request, which leaves none behind', async () => {
    const answer = await send(url, { body: call('echo') })
    expect(answer).toMatchObject({ status: 200, message: { id: 1, result: {} } })
    expect(answer.headers['mcp-session-id']).toBeUndefined()
  })

  it('are asked for with 400 where the id is missing from anything else', async () => {
    const notification = { jsonrpc: '2.0', method: 'notifications/initialized' }
    expect(await send(url, { body: notification })).toMatchObject({ status: 400, message: { error: { code: -32600 } } })
    for (const httpMethod of ['GET', 'DELETE']) expect((await send(url, { httpMethod })).status).toBe(400)
  })

  it('that do not exist are 404, for every HTTP method', async () => {
    for (const httpMethod of ['POST', 'GET', 'DELETE']) {
      const body = httpMethod === 'POST' ? call('echo') : undefined
      const answer = await send(url, { httpMethod, headers: { 'mcp-session-id': 'nobody' }, body })
      expect(answer).toMatchObject({ status: 404, message: { error: { data: { code: 'unknown_session' } } } })
    }
  })

  it('do not exist for another caller, nor at another server', async () => {
    const { headers } = await initialize(url)
    const stolen = { ...headers, 'x-caller': 'mallory' }
    for (const httpMethod of ['POST', 'GET', 'DELETE']) {
      const body = httpMethod === 'POST' ? call('echo') : undefined
      expect((await send(url, { httpMethod, headers: stolen, body })).status).toBe(404)
    }
    expect((await send(url.replace('scripted', 'other'), { headers, body: call('echo') })).status).toBe(404)
    expect(server.calls).toEqual([])
    expect((await send(url, { headers, body: call('echo') })).status).toBe(200)
  })

  it('refuse a protocol version that does not exist', async () => {
    const { headers } = await initialize(url)
    const answer = await send(url, { headers: { ...headers, 'mcp-protocol-version': '1.0' }, body: call('echo') })
    expect(answer).toMatchObject({ status: 400, message: { id: 1, error: { code: -32600 } } })
  })

  it('obtain the server for what their agent can do, whatever the request', async () => {
    const obtained: unknown[] = []
    served.session = async (capabilities) => {
      obtained.push(capabilities)
      return server
    }
    const { headers } = await initialize(url, { capabilities: { roots: {} } })
    await send(url, { headers, body: call('echo') })
    const notification = { jsonrpc: '2.0', method: 'notifications/roots/list_changed' }
    await send(url, { headers, body: notification })
    expect(obtained).toEqual([{ roots: {} }, { roots: {} }, { roots: {} }])
  })

  it('end with DELETE, and with them what they listened to', async () => {
    const { headers } = await initialize(url)
    expect(server.listeners.size).toBe(1)
    expect((await send(url, { httpMethod: 'DELETE', headers })).status).toBe(200)
    expect(server.listeners.size).toBe(0)
    expect((await send(url, { headers, body: call('echo') })).status).toBe(404)
  })

  it('not used for longest end first when there are too many, but not one that an agent is connected to', async () => {
    await serve('legacy', { maxSessions: 2 })
    const oldest = await initialize(url)
    const { response } = await open(url, { httpMethod: 'GET', headers: oldest.headers })
    const second = await initialize(url)
    const third = await initialize(url)
    expect((await send(url, { headers: second.headers, body: call('echo') })).status).toBe(404)
    expect((await send(url, { headers: third.headers, body: call('echo') })).status).toBe(200)
    expect((await send(url, { headers: oldest.headers, body: call('echo') })).status).toBe(200)
    response.destroy()
  })

  it('that nobody used for a day end', async () => {
    let now = 0
    await serve('legacy', { nowMs: () => now, keepAliveMs: 5 })
    const idle = await initialize(url)
    now = 60_000
    const used = await initialize(url)
    now = 24 * 3_600_000 + 1
    await once(server.happened, 'unlisten')
    expect((await send(url, { headers: idle.headers, body: call('echo') })).status).toBe(404)
    expect((await send(url, { headers: used.headers, body: call('echo') })).status).toBe(200)
  })

  it('end when their server is closed, with an error for what is going on', async () => {
    const { headers } = await initialize(url)
    const { response } = await open(url, { httpMethod: 'GET', headers })
    gate('tools/call wait', () => undefined)
    const called = server.called('tools/call')
    const waiting = send(url, { headers, body: call('wait') })
    await called
    served.face.closeScope('other')
    expect((await send(url, { headers, body: call('echo') })).status).toBe(200)
    served.face.closeScope('scripted')
    expect(await waiting).toMatchObject({ status: 502, message: { error: { data: { code: 'server_unreachable' } } } })
    expect((await read(response)).messages).toEqual([])
    expect((await send(url, { headers, body: call('echo') })).status).toBe(404)
  })
})

describe('calls', () => {
  it('answer ping without the server, and notifications and responses with 202 and no body', async () => {
    const { headers } = await initialize(url)
    const ping = await send(url, { headers, body: { jsonrpc: '2.0', id: 9, method: 'ping' } })
    expect(ping.message).toEqual({ jsonrpc: '2.0', id: 9, result: {} })
    for (const body of [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
      { jsonrpc: '2.0', id: 77, result: {} },
    ])
      expect(await send(url, { headers, body })).toMatchObject({ status: 202, text: '' })
    expect(server.calls).toEqual([])
    expect(server.notified).toEqual([{ jsonrpc: '2.0', method: 'notifications/roots/list_changed' }])
  })

  it('are answered in the stream once the server has said something', async () => {
    const { headers } = await initialize(url)
    server.scripts.set('tools/call talk', ({ agent }) => {
      agent.notify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'hi' } })
      return text('done')
    })
    const answer = await send(url, { headers, body: call('talk', {}, 'abc') })
    expect(answer.headers['content-type']).toBe('text/event-stream')
    expect(answer.headers['x-request-id']).toBe('r')
    expect(answer.messages).toMatchObject([{ method: 'notifications/message' }, { id: 'abc', result: {} }])
  })

  it('are answered as JSON to an agent that takes no streams', async () => {
    const { headers } = await initialize(url, { capabilities: { roots: {} } })
    server.scripts.set('tools/call talk', async ({ agent }) => {
      agent.notify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'hi' } })
      return text(JSON.stringify(await agent.ask('roots/list', undefined, never)))
    })
    const answer = await send(url, { headers: { ...headers, accept: 'application/json' }, body: call('talk') })
    expect(answer.headers['content-type']).toBe('application/json')
    expect(JSON.stringify(answer.message.result)).toContain('cannot be asked')
  })

  it('that the server cannot take are thrown before, and answered in the stream after it has begun', async () => {
    const { headers } = await initialize(url)
    const down = new GatewayError('server_unreachable', { detail: 'It is down.' })
    server.scripts.set('tools/call down', () => Promise.reject(down))
    server.scripts.set('tools/call later', ({ agent }) => {
      agent.notify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'hi' } })
      return Promise.reject(down)
    })
    const error = { id: 1, error: { code: -32019, data: { code: 'server_unreachable', detail: 'It is down.' } } }
    expect(await send(url, { headers, body: call('down') })).toMatchObject({ status: 502, message: error })
    expect(await send(url, { headers, body: call('later') })).toMatchObject({ status: 200, message: error })
  })

  it('go on when the agent leaves, and the session stays', async () => {
    const { headers } = await initialize(url)
    let finish: (answer: Answer) => void = () => undefined
    gate('tools/call wait', (answer) => {
      finish = answer
    })
    const called = server.called('tools/call')
    const sent = begin(url, { headers, body: call('wait') })
    await called
    sent.destroy()
    await expect.poll(() => sent.closed).toBe(true)
    expect((await send(url, { headers, body: call('echo') })).status).toBe(200)
    const waiting = server.calls.find(({ params }) => params?.['name'] === 'wait')
    waiting?.agent.notify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } })
    expect(waiting?.signal.aborted).toBe(false)
    finish(text('nobody hears'))
    await expect.poll(() => served.open).toBe(0)
  })

  it('are cancelled by notification, and end without an answer', async () => {
    const { headers } = await initialize(url)
    gate('tools/call wait', () => undefined)
    const called = server.called('tools/call')
    const waiting = send(url, { headers, body: call('wait', {}, 5) })
    await called
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 5 } }
    const other = await initialize(url)
    await send(url, { headers: other.headers, body: cancel })
    expect(server.calls[0]?.signal.aborted).toBe(false)
    await send(url, { headers, body: cancel })
    expect(await waiting).toMatchObject({ status: 200, messages: [] })
    expect(server.calls[0]?.signal.aborted).toBe(true)
  })

  it('take the answers of their own session only to what they ask', async () => {
    const { headers } = await initialize(url, { capabilities: { roots: {} } })
    const other = await initialize(url, { capabilities: { roots: {} } })
    server.scripts.set('tools/call ask', async ({ agent }) =>
      text(JSON.stringify(await agent.ask('roots/list', undefined, never))),
    )
    const { response } = await open(url, { headers, body: call('ask') })
    const [asked] = messagesOf(await until(response, 'roots/list')) as [{ id: number }]
    const answer = (name: string): object => ({ jsonrpc: '2.0', id: asked.id, result: { roots: [{ uri: name }] } })
    expect((await send(url, { headers: other.headers, body: answer('file:///forged') })).status).toBe(202)
    expect((await send(url, { headers, body: answer('file:///right') })).status).toBe(202)
    expect((await read(response)).text).toContain('file:///right')
  })

  it('drop notifications for an agent that does not read, and still give it the answer', async () => {
    const { headers } = await initialize(url)
    const data = 'x'.repeat(1024 * 1024)
    let said: () => void = () => undefined
    const done = new Promise<void>((resolve) => {
      said = resolve
    })
    server.scripts.set('tools/call flood', ({ agent }) => {
      for (let i = 0; i < 100; i++)
        agent.notify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data } })
      said()
      return text('after the flood')
    })
    const { response } = await open(url, { headers, body: call('flood') })
    await done
    const answer = await read(response)
    expect(answer.messages.length).toBeGreaterThan(5)
    expect(answer.messages.length).toBeLessThan(20)
    expect(answer.message.result).toEqual({ content: [{ type: 'text', text: 'after the flood' }] })
  })
})

describe('streams by GET', () => {
  it('give what belongs to no call, and what came before there was one, 1000 at most', async () => {
    const { headers } = await initialize(url)
    for (let i = 0; i < 1001; i++) server.announce('notifications/message', { level: 'info', data: i })
    const { response } = await open(url, { httpMethod: 'GET', headers })
    expect(response.headers['content-type']).toBe('text/event-stream')
    const queued = messagesOf(await until(response, '"data":1000}')) as { params: { data: number } }[]
    expect(queued.map(({ params }) => params.data)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1))
    server.announce(toolsChanged.method)
    expect(messagesOf(await until(response, 'list_changed'))).toEqual([toolsChanged])
    response.destroy()
  })

  it('replace each other: one per session', async () => {
    const { headers } = await initialize(url)
    const first = await open(url, { httpMethod: 'GET', headers })
    const second = await open(url, { httpMethod: 'GET', headers })
    expect((await read(first.response)).text).toBe('')
    server.announce(toolsChanged.method)
    await until(second.response, 'list_changed')
    second.response.destroy()
    await expect.poll(() => served.open).toBe(0)
  })

  it('are kept alive', async () => {
    await serve('legacy', { keepAliveMs: 5 })
    const { headers } = await initialize(url)
    const { response } = await open(url, { httpMethod: 'GET', headers })
    expect(await until(response, ': keepalive')).toMatch(/^: keepalive\n\n/)
    response.destroy()
  })

  it('carry what the server asks outside of a call', async () => {
    const { headers } = await initialize(url, { capabilities: { roots: {} } })
    const [listener] = server.listeners
    expect(await listener?.agent.ask('roots/list', undefined, never)).toMatchObject({ error: { code: -32001 } })
    const { response } = await open(url, { httpMethod: 'GET', headers })
    const answer = listener?.agent.ask('roots/list', undefined, never)
    const [asked] = messagesOf(await until(response, 'roots/list')) as [{ id: number }]
    await send(url, { headers, body: { jsonrpc: '2.0', id: asked.id, error: { code: 1, message: 'no' } } })
    expect(await answer).toEqual({ error: { code: 1, message: 'no' } })
    response.destroy()
  })

  it('go on when the server has started anew, with the subscriptions that there were', async () => {
    const agent = await connectV1(url)
    closing.push(() => agent.close())
    await agent.request('resources/subscribe', { uri: 'test://a' })
    await expect.poll(() => served.open).toBe(1)
    const next = new ScriptedServer('legacy')
    served.session = async () => next
    await agent.request('tools/call', { name: 'echo', arguments: {} })
    expect(server.listeners.size).toBe(0)
    next.update('test://a')
    expect(await agent.ear.until('notifications/resources/updated')).toMatchObject({ params: { uri: 'test://a' } })
  })
})

describe.each(['legacy', 'modern'] as const)('an agent on SDK v1 and a %s server', (era) => {
  beforeEach(() => serve(era))

  it('subscribes to resources, hears of them, and unsubscribes', async () => {
    const agent = await connectV1(url)
    closing.push(() => agent.close())
    // The SDK checks the empty result strictly.
    expect(await agent.request('resources/subscribe', { uri: 'test://a' })).toEqual({})
    server.update('test://a')
    server.announce(toolsChanged.method)
    await agent.ear.until('notifications/resources/updated')
    await agent.ear.until(toolsChanged.method)
    expect(await agent.request('resources/unsubscribe', { uri: 'test://a' })).toEqual({})
    expect(server.subscribers.get('test://a')?.size).toBe(0)
    await expect(agent.request('resources/subscribe', { uri: 'missing:' })).rejects.toMatchObject({ code: -32002 })
  })

  it('hears log messages as loud as it wants', async () => {
    const agent = await connectV1(url)
    closing.push(() => agent.close())
    server.scripts.set('logging/setLevel', () => ({ result: {} }))
    expect(await agent.request('logging/setLevel', { level: 'error' })).toEqual({})
    server.scripts.set('tools/call log', ({ agent: peer }) => {
      for (const level of ['info', 'critical'])
        peer.notify({ jsonrpc: '2.0', method: 'notifications/message', params: { level, data: level } })
      return server.complete(text('logged'))
    })
    await agent.request('tools/call', { name: 'log', arguments: {} })
    expect(agent.ear.heard).toMatchObject([{ params: { level: 'critical' } }])
    const meta = server.calls.at(-1)?.params?.['_meta'] ?? {}
    expect(meta).toEqual(era === 'modern' ? { 'io.modelcontextprotocol/logLevel': 'error' } : {})
    await expect(agent.request('logging/setLevel', { level: 'loud' })).rejects.toMatchObject({ code: -32602 })
  })
})

describe('what a modern server says', () => {
  beforeEach(() => serve('modern'))

  it('is made such that older agents can read it', async () => {
    const { headers } = await initialize(url)
    const listed = {
      resultType: 'complete',
      ttlMs: 5,
      cacheScope: 'public',
      tools: [
        { name: 'list', inputSchema: { type: 'object' }, outputSchema: { type: 'array' } },
        { name: 'object', inputSchema: { type: 'object' }, outputSchema: { type: 'object' } },
      ],
    }
    server.scripts.set('tools/list', () => ({ result: listed }))
    server.scripts.set('tools/call list', () => ({
      result: { resultType: 'complete', content: [], structuredContent: [1, 2] },
    }))
    const list = await send(url, { headers, body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } })
    expect(list.message.result).toEqual({
      tools: [{ name: 'list', inputSchema: { type: 'object' } }, listed.tools[1]],
    })
    expect((await send(url, { headers, body: call('list') })).message.result).toEqual({
      content: [{ type: 'text', text: '[1,2]' }],
      structuredContent: { result: [1, 2] },
    })
  })
})
