import type { StopSignal } from '../../stop-signal.js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { GatewayError } from '../../contract/errors.js'
import { isRequest, type JsonRpcMessage } from '../../contract/json-rpc.js'
import { HttpRefusal } from '../transport.js'
import { CallCancelled } from './call-cancelled.js'
import { sentToken } from './request-params.js'
import { legacyServer, modernServer, type ScriptedServer } from './test/memory-transport.js'
import { openTestSession, quietTools } from './test/open-test-session.js'
import { outbound, TestAgent } from './test/test-agent.js'

afterEach(() => {
  vi.useRealTimers()
})

/** The id under which the server knows the newest call. */
function lastId(server: ScriptedServer): number | string {
  return server.requests('tools/call').at(-1)?.id ?? 'none'
}

function isCall(message: JsonRpcMessage): boolean {
  return isRequest(message) && message.method === 'tools/call'
}

describe('a hostile server', () => {
  it('is believed once per id, and only under ids that it was asked under', async () => {
    const server = legacyServer()
    const session = await openTestSession(server)
    const agent = new TestAgent('a')
    const calls = Array.from({ length: 100 }, (_, at) => session.call(agent.tool(String(at))))
    const sent = server.requests('tools/call')
    for (const { id, params } of sent.toReversed()) {
      server.result(String(id), { forged: true })
      server.result(-1, { forged: true })
      server.result(Number(id) + 0.5, { forged: true })
      server.result(id, { name: params?.['name'] })
      server.result(id, { second: true })
      server.error(id, -1)
    }
    expect(await Promise.all(calls)).toEqual(calls.map((_, at) => ({ result: { name: String(at) } })))
  })

  it('has its progress passed on under the agent’s token, and none after the answer or under foreign tokens', async () => {
    const server = legacyServer()
    const session = await openTestSession(server, { quietTools })
    const [a, b] = [new TestAgent('a'), new TestAgent('b')]
    const first = session.call(a.tool('x'))
    const id = lastId(server)
    const silent = session.call(b.call('tools/call', { name: 'y' }))
    server.notify('notifications/progress', { progressToken: sentToken(Number(id)), progress: 1, message: 'm' })
    for (const progressToken of [sentToken(Number(lastId(server))), 'own x', id, String(id), 99, null, undefined])
      server.notify('notifications/progress', { progressToken, progress: 2 })
    server.result(lastId(server), {})
    server.result(id, {})
    server.notify('notifications/progress', { progressToken: sentToken(Number(id)), progress: 3 })
    await Promise.all([first, silent])
    expect(a.told).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progressToken: 'own x', progress: 1, message: 'm' },
      },
    ])
    expect(b.told).toEqual([])
  })

  it('may send notifications that nobody knows, without effect', async () => {
    const server = legacyServer()
    const session = await openTestSession(server)
    const agent = new TestAgent('a')
    session.listen(agent.listener)
    server.notify('notifications/unknown', {})
    server.notify('notifications/cancelled', { requestId: {} })
    server.notify('notifications/resources/updated', {})
    server.notify('notifications/elicitation/complete', { elicitationId: 'never shown' })
    expect([agent.heard, agent.told]).toEqual([[], []])
  })
})

describe('a call', () => {
  it('goes out as it came but for its id, its progress token and the envelope of the other era', async () => {
    const server = legacyServer((message, self) => {
      if (isRequest(message)) self.result(message.id, {})
    })
    const session = await openTestSession(server)
    const params = {
      name: 'x',
      arguments: { deep: [1] },
      _meta: {
        progressToken: 'mine',
        'vendor/key': 1,
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': {},
        'io.modelcontextprotocol/clientCapabilities': {},
        'io.modelcontextprotocol/logLevel': 'debug',
      },
    }
    await session.call(new TestAgent('a').call('tools/call', params))
    const [sent] = server.requests('tools/call')
    expect(sent).toEqual({
      jsonrpc: '2.0',
      id: sent?.id,
      method: 'tools/call',
      params: {
        name: 'x',
        arguments: { deep: [1] },
        _meta: { progressToken: sentToken(Number(sent?.id)), 'vendor/key': 1 },
      },
    })
    expect(sent?.params?.['arguments']).toBe(params.arguments)
    await session.call(new TestAgent('a').call('tools/list'))
    expect(server.requests('tools/list')[0]).not.toHaveProperty('params')
  })

  it('ends after a silence of timeoutMs, which progress interrupts, and the server is told', async () => {
    vi.useFakeTimers()
    const server = legacyServer()
    const session = await openTestSession(server)
    const call = session.call(new TestAgent('a').tool('x', {}, { timeoutMs: 1000 }))
    const failed = call.catch((error: unknown) => error)
    for (let progress = 0; progress < 5; progress++) {
      await vi.advanceTimersByTimeAsync(999)
      server.notify('notifications/progress', { progressToken: sentToken(Number(lastId(server))), progress })
    }
    await vi.advanceTimersByTimeAsync(999)
    expect(server.notifications('notifications/cancelled')).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await failed).toMatchObject({ code: 'server_timeout' })
    expect(server.notifications('notifications/cancelled')).toMatchObject([{ params: { requestId: lastId(server) } }])
    await session.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not end while its agent is thinking about what the server asked', async () => {
    vi.useFakeTimers()
    const server = legacyServer()
    const session = await openTestSession(server)
    let decide: () => void = () => undefined
    const agent = new TestAgent('a', async () => {
      await new Promise<void>((resolve) => (decide = resolve))
      return { result: { action: 'accept' } }
    })
    const call = session.call(agent.tool('x', {}, { timeoutMs: 1000 }))
    const failed = call.catch((error: unknown) => error)
    server.ask('q', 'elicitation/create', { message: '' })
    await vi.advanceTimersByTimeAsync(60_000)
    decide()
    await vi.advanceTimersByTimeAsync(999)
    expect(server.notifications('notifications/cancelled')).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await failed).toMatchObject({ code: 'server_timeout' })
    await session.close()
  })

  it('that was cancelled before it began never goes out', async () => {
    const server = legacyServer()
    const session = await openTestSession(server)
    const call = session.call(new TestAgent('a').tool('x', {}, { signal: AbortSignal.abort() }))
    await expect(call).rejects.toBeInstanceOf(CallCancelled)
    expect(server.requests('tools/call')).toEqual([])
  })

  it('rejects with the reason when the server is gone, as all later ones do', async () => {
    const server = legacyServer()
    const session = await openTestSession(server)
    const agent = new TestAgent('a')
    const calls = Array.from({ length: 10 }, () => session.call(agent.tool('x')))
    server.die()
    const reason = await session.ended
    expect(reason).toMatchObject({ code: 'server_unreachable', detail: 'The process ended.' })
    for (const call of [...calls, session.call(agent.tool('y'))]) await expect(call).rejects.toBe(reason)
  })

  it('is one of at most 10,000', async () => {
    const server = legacyServer()
    const session = await openTestSession(server)
    const agent = new TestAgent('a')
    const calls = Array.from({ length: 10_000 }, () => session.call(agent.call('tools/list')))
    await expect(session.call(agent.call('tools/list'))).rejects.toMatchObject({
      code: 'server_unreachable',
      detail: 'too many calls in flight',
    })
    for (const { id } of server.requests('tools/list')) server.result(id, {})
    await Promise.all(calls)
  })
})

describe('over Streamable HTTP', () => {
  it.each([
    [new HttpRefusal(404, '{"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"m","data":1}}', {}), 'answer'],
    [new HttpRefusal(500, 'oops', {}), 'server_unreachable'],
    [new HttpRefusal(401, '{"error":{"code":-1,"message":"m"}}', { 'www-authenticate': 'Bearer' }), 'refusal'],
    [new GatewayError('credential_rejected'), 'credential_rejected'],
    [new Error('who knows'), 'server_unreachable'],
  ])('%s is understood as %s', async (thrown, meaning) => {
    const server = modernServer()
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    server.carry = () => Promise.reject(thrown)
    const call = session.call(new TestAgent('a').tool('x'))
    const error = { code: -32601, message: 'm', data: 1 }
    if (meaning === 'answer') expect(await call).toEqual({ error, httpStatus: 404 })
    else if (meaning === 'refusal') await expect(call).rejects.toBe(thrown)
    else await expect(call).rejects.toMatchObject({ code: meaning })
  })

  it('a call fails whose response ends without an answer', async () => {
    const server = legacyServer(undefined, { kind: 'streamable-http' })
    const session = await openTestSession(server)
    await expect(session.call(new TestAgent('a').tool('x'))).rejects.toMatchObject({ code: 'server_unreachable' })
  })

  it.each(['legacy', 'modern'] as const)('a cancelled call has its request ended, %s', async (era) => {
    const server = (era === 'legacy' ? legacyServer : modernServer)(undefined, { kind: 'streamable-http' })
    const session = await openTestSession(server, { rememberedEra: era })
    let carrying: StopSignal | undefined
    server.carry = (message, options) => {
      if (!isCall(message)) return Promise.resolve()
      carrying = options.signal
      return new Promise(() => undefined)
    }
    const leaving = new AbortController()
    const call = session.call(new TestAgent('a').tool('x', {}, { signal: leaving.signal }))
    leaving.abort()
    await expect(call).rejects.toBeInstanceOf(CallCancelled)
    expect(carrying?.aborted).toBe(true)
    expect(server.notifications('notifications/cancelled')).toHaveLength(era === 'legacy' ? 1 : 0)
    await session.close()
  })
})

describe('a server that forgot the session', () => {
  const unknownSession = new GatewayError('unknown_session')

  it('gets another one, one for all calls that find out, and these calls again', async () => {
    let isForgotten = false
    const answering = (message: JsonRpcMessage, server: ScriptedServer): void => {
      if (isRequest(message) && !isForgotten) server.result(message.id, { again: true })
    }
    const server = legacyServer(answering, { kind: 'streamable-http', capabilities: { logging: {} } })
    const session = await openTestSession(server)
    const agent = new TestAgent('a')
    await session.call(agent.call('logging/setLevel', { level: 'error' }))
    isForgotten = true
    server.carry = async (message) => {
      if (isRequest(message) && message.method === 'initialize') isForgotten = false
      else if (isForgotten) throw unknownSession
    }
    const calls = Array.from({ length: 20 }, () => session.call(agent.tool('x')))
    expect(await Promise.all(calls)).toEqual(calls.map(() => ({ result: { again: true } })))
    expect(server.requests('initialize')).toHaveLength(2)
    expect(server.openedStreams).toBe(2)
    expect(server.requests('logging/setLevel').map(({ params }) => params?.['level'])).toEqual(['error', 'error'])
  })

  it('gets no call twice that it had begun to answer, and none a third time', async () => {
    const server = legacyServer(undefined, { kind: 'streamable-http' })
    const session = await openTestSession(server)
    server.carry = async (message) => {
      if (!isRequest(message) || message.method !== 'tools/call') return
      const isBegun = message.params?.['name'] === 'begun'
      if (isBegun) server.notify('notifications/message', { level: 'info', data: 1 }, message.id)
      throw unknownSession
    }
    for (const name of ['begun', 'new'])
      await expect(session.call(new TestAgent('a').tool(name))).rejects.toMatchObject({ code: 'server_unreachable' })
    expect(server.requests('tools/call').map(({ params }) => params?.['name'])).toEqual(['begun', 'new', 'new'])
  })
})

describe('a notification of an agent', () => {
  it('reaches servers of the older eras', async () => {
    const legacy = legacyServer()
    const notification = { jsonrpc: '2.0', method: 'notifications/roots/list_changed' } as const
    ;(await openTestSession(legacy)).notify(notification, outbound)
    expect(legacy.received.at(-1)).toEqual(notification)
    const modern = modernServer()
    ;(await openTestSession(modern, { rememberedEra: 'modern' })).notify(notification, outbound)
    expect(modern.received.at(-1)).toMatchObject({ method: 'server/discover' })
  })
})
