import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Pool } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import {
  asEvent,
  eventStream,
  initialize,
  initialized,
  json,
  legacy,
  modern,
  progress,
  rejection,
  request,
  result,
  sendTo,
  startLegacyServer,
  startTestServer,
  streamableTo,
  type Endings,
  type TestAnswer,
  type TestTransport,
} from './test/http-test-server.js'

const endings: Endings = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})
const transportTo = (server: Parameters<typeof streamableTo>[0], ownCredential = true): TestTransport =>
  streamableTo(server, endings, ownCredential)

describe('messages', () => {
  it('come in JSON or as events, each with the id of the request that it came during', async () => {
    const server = await startTestServer(({ body }, response) => {
      const { id } = JSON.parse(body) as { id?: number }
      if (id === 1)
        response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(result(1)))
      else if (id === 2)
        response.writeHead(200, eventStream).end(asEvent(progress(1)) + asEvent(request('ask')) + asEvent(result(2)))
      else response.writeHead(202).end()
    })
    const { transport, heard } = transportTo(server)
    await transport.start(sendTo(server))
    await transport.send(request(1), sendTo(server))
    await transport.send(request(2), sendTo(server))
    await transport.send(progress(0), sendTo(server))
    await transport.send({ jsonrpc: '2.0', id: 'ask', result: {} }, sendTo(server))
    expect(heard.messages).toEqual([
      { message: result(1), during: 1 },
      { message: progress(1), during: 2 },
      { message: request('ask'), during: 2 },
      { message: result(2), during: 2 },
    ])
    expect(server.received.map(({ method, body }) => [method, JSON.parse(body) as unknown])).toEqual([
      ['POST', request(1)],
      ['POST', request(2)],
      ['POST', progress(0)],
      ['POST', { jsonrpc: '2.0', id: 'ask', result: {} }],
    ])
  })

  it('are given before the response has ended, and thousands of them in order', async () => {
    let finish = (): void => undefined
    const server = await startTestServer((_, response) => {
      response.writeHead(200, eventStream)
      for (let step = 0; step < 1000; step++) response.write(asEvent(progress(step)))
      finish = () => void response.end(asEvent(result(1)))
    })
    const { transport, heard } = transportTo(server)
    const sending = transport.send(request(1), sendTo(server))
    await heard.count(1000)
    finish()
    await sending
    expect(heard.messages.map(({ message }) => message)).toEqual([
      ...Array.from({ length: 1000 }, (_, step) => progress(step)),
      result(1),
    ])
  })

  it('come whole from bytes one by one', async () => {
    const server = await startTestServer((_, response) => {
      response.writeHead(200, eventStream)
      const text = `\uFEFF: hi\r\n\r\n${asEvent(result(1, { text: 'größe 😀' }))}`
      const writeNext = (bytes: Buffer): void => {
        if (bytes.length === 0) response.end()
        else response.write(bytes.subarray(0, 1), () => writeNext(bytes.subarray(1)))
      }
      writeNext(Buffer.from(text))
    })
    const { transport, heard } = transportTo(server)
    await transport.send(request(1), sendTo(server))
    expect(heard.messages).toEqual([{ message: result(1, { text: 'größe 😀' }), during: 1 }])
  })

  it('are over soon after the response, though the stream stays open', async () => {
    let closed: Promise<unknown> = Promise.resolve()
    const server = await startTestServer((_, response) => {
      closed = once(response, 'close')
      response.writeHead(200, eventStream).write(asEvent(result(1)))
    })
    const { transport, heard } = transportTo(server)
    await transport.send(request(1), sendTo(server, { timeoutMs: 0 }))
    await closed
    expect(heard.messages).toHaveLength(1)
  })
})

describe('headers', () => {
  it('name session and version of the older eras after initialize, and never an agent’s', async () => {
    const server = await startLegacyServer([])
    const { transport } = transportTo(server)
    const headers = [
      'authorization',
      'Bearer t',
      'Mcp-Session-Id',
      'agent',
      'MCP-Method',
      'x',
      'mcp-protocol-version',
      '1',
    ]
    const options = sendTo(server, { outbound: { origin: server.origin, path: '/mcp?key=k', headers } })
    transport.setProtocol(legacy)
    await transport.send(request('init', 'initialize'), options)
    await transport.send(initialized, options)
    await transport.close()
    const [first, second, last] = server.received
    expect(first?.headers).toMatchObject({
      authorization: 'Bearer t',
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
    })
    for (const name of ['mcp-session-id', 'mcp-protocol-version', 'mcp-method', 'accept-encoding'])
      expect(first?.headers).not.toHaveProperty(name)
    expect(second?.headers).toMatchObject({ 'mcp-session-id': 's1', 'mcp-protocol-version': '2025-11-25' })
    expect(second?.headers).not.toHaveProperty('mcp-method')
    expect([last?.method, last?.url]).toEqual(['DELETE', '/mcp?key=k'])
    expect(last?.headers).toMatchObject({ 'mcp-session-id': 's1', authorization: 'Bearer t' })
  })

  it('say of the stateless era what the message says', async () => {
    const server = await startTestServer((_, response) => {
      response.writeHead(200, { ...json, 'mcp-session-id': 'none' }).end(JSON.stringify(result(1)))
    })
    const { transport } = transportTo(server)
    transport.setProtocol(modern)
    await transport.send(request(1, 'tools/call', { name: 'größe' }), sendTo(server))
    await transport.openStream(sendTo(server))
    await transport.close()
    expect(server.received).toHaveLength(1)
    expect(server.received[0]?.headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': '=?base64?Z3LDtsOfZQ==?=',
    })
    expect(server.received[0]?.headers).not.toHaveProperty('mcp-session-id')
  })
})

describe('a refusal', () => {
  it.each([
    [302, true, { code: 'redirect_refused' }],
    [304, false, { status: 304, body: '' }],
    [401, true, { code: 'credential_rejected' }],
    [401, false, { status: 401, body: '{"error":1}', headers: { 'www-authenticate': 'Bearer' } }],
    [404, true, { status: 404, body: '{"error":1}' }],
    [400, true, { status: 400, body: '{"error":1}' }],
    [500, true, { status: 500, body: '{"error":1}' }],
  ])('of status %i (own credential: %s) is %j', async (status, ownCredential, expected) => {
    const server = await startTestServer((_, response) => {
      response.writeHead(status, { location: '/there', 'www-authenticate': 'Bearer' }).end('{"error":1}')
    })
    const { transport, heard } = transportTo(server, ownCredential)
    expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject(expected)
    expect(server.received).toHaveLength(1)
    expect(heard.messages).toEqual([])
  })

  it('counts by its status, though its body is endless or breaks off', async () => {
    const bodies = [
      (response: ServerResponse) => void response.write('x'.repeat(100_000)),
      (response: ServerResponse) => void response.write('half', () => response.destroy()),
    ]
    const server = await startTestServer((_, response) => bodies.shift()?.(response.writeHead(500)))
    const { transport } = transportTo(server)
    const endless = await rejection(transport.send(request(1), sendTo(server, { timeoutMs: 0 })))
    expect(endless).toMatchObject({ status: 500, body: 'x'.repeat(64 * 1024) })
    const broken = await rejection(transport.send(request(2), sendTo(server)))
    expect(broken).toMatchObject({ status: 500, body: 'half' })
  })

  it.each([
    ['HTML', { 'content-type': 'text/html' }, '<p>', 200],
    ['no message', json, '{"jsonrpc":"2.0"}', 200],
    ['no JSON', json, '{', 200],
    ['a compressed answer', { ...json, 'content-encoding': 'gzip' }, 'xx', 200],
    ['nothing', {}, '', 202],
  ])('is also a request answered with %s', async (_, headers, body, status) => {
    const server = await startTestServer((_received, response) => void response.writeHead(status, headers).end(body))
    const { transport, heard } = transportTo(server)
    expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ code: 'server_unreachable' })
    expect(heard.messages).toEqual([])
  })

  it('of a session is unknown_session, and the next initialize begins another', async () => {
    const server = await startLegacyServer([(_, response) => void response.writeHead(404).end()])
    const { transport, heard } = transportTo(server)
    await initialize(transport, server)
    expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ code: 'unknown_session' })
    await initialize(transport, server)
    await transport.send(initialized, sendTo(server))
    expect(server.received.map(({ headers }) => headers['mcp-session-id'])).toEqual([undefined, 's1', undefined, 's1'])
    expect(heard.reasons).toEqual([])
  })

  it('of a session leaves none to be ended', async () => {
    const server = await startLegacyServer([(_, response) => void response.writeHead(404).end()])
    const { transport } = transportTo(server)
    await initialize(transport, server)
    expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ code: 'unknown_session' })
    await transport.close()
    expect(server.received.map(({ method }) => method)).toEqual(['POST', 'POST'])
  })

  it.each([
    '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}',
    '{"error": {"message": "Session not found", "code": -32001}}',
  ])('that names the session with 400 is unknown_session as well (%s)', async (body) => {
    const refuse: TestAnswer = (_, response) => void response.writeHead(400, json).end(body)
    const server = await startLegacyServer([refuse, refuse])
    const { transport } = transportTo(server)
    expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ status: 400 })
    await initialize(transport, server)
    expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ code: 'unknown_session' })
  })

  it('of a session holds back everything until the next has begun, also where that fails at first', async () => {
    const statuses = [200, 404, 503, 200, 202]
    const server = await startTestServer((_, response) => {
      const status = statuses.shift() ?? 500
      response.writeHead(status, { ...json, 'mcp-session-id': 's1' }).end(JSON.stringify(result('init')))
    })
    const { transport } = transportTo(server)
    await initialize(transport, server)
    expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ code: 'unknown_session' })
    expect(await rejection(initialize(transport, server))).toMatchObject({ status: 503 })
    expect(await rejection(transport.send(request(2), sendTo(server)))).toMatchObject({ code: 'unknown_session' })
    await initialize(transport, server)
    await transport.send(initialized, sendTo(server))
    const methods = server.received.map(({ body }) => (JSON.parse(body) as { method: unknown }).method)
    expect(methods).toEqual(['initialize', 'ping', 'initialize', 'initialize', 'notifications/initialized'])
  })

  it('of initialize speaks of no session, though there was one before', async () => {
    const statuses = [200, 404]
    const server = await startTestServer((_, response) => {
      const status = statuses.shift() ?? 500
      response.writeHead(status, { ...json, 'mcp-session-id': 's1' }).end(JSON.stringify(result('init')))
    })
    const { transport } = transportTo(server)
    await initialize(transport, server)
    const again = transport.send(request('init', 'initialize'), sendTo(server))
    expect(await rejection(again)).toMatchObject({ status: 404 })
  })

  it('is a session id that no header can hold', async () => {
    const server = await startTestServer((_, response) => {
      response.writeHead(200, { ...json, 'mcp-session-id': 'a b' }).end(JSON.stringify(result('init')))
    })
    const { transport } = transportTo(server)
    const reason = await rejection(transport.send(request('init', 'initialize'), sendTo(server)))
    expect(reason).toMatchObject({ code: 'server_unreachable' })
  })
})

describe('what ends a request', () => {
  it('is its signal, which closes the response', async () => {
    let closed: Promise<unknown> = Promise.resolve()
    const server = await startTestServer((_, response) => {
      closed = once(response, 'close')
      response.writeHead(200, eventStream).write(asEvent(progress(1)))
    })
    const { transport, heard } = transportTo(server)
    const leaving = new AbortController()
    const sending = rejection(transport.send(request(1), sendTo(server, { signal: leaving.signal })))
    await heard.count(1)
    leaving.abort(new Error('left'))
    expect(await sending).toMatchObject({ message: 'left' })
    await closed
    const late = transport.send(request(2), sendTo(server, { signal: leaving.signal }))
    expect(await rejection(late)).toMatchObject({ message: 'left' })
    expect(server.received).toHaveLength(1)
  })

  it('is the transport’s end, after which nothing is sent or given', async () => {
    let stream: ServerResponse | undefined
    const server = await startLegacyServer([
      (_, response) => void (stream = response.writeHead(200, eventStream)).write(asEvent(progress(1))),
    ])
    const { transport, heard } = transportTo(server)
    await initialize(transport, server)
    const sending = rejection(transport.send(request(1), sendTo(server)))
    await heard.count(2)
    await Promise.all([transport.close(), transport.close()])
    expect(await sending).toMatchObject({ code: 'server_unreachable' })
    stream?.write(asEvent(progress(2)))
    expect(await rejection(transport.send(request(2), sendTo(server)))).toMatchObject({ code: 'server_unreachable' })
    await transport.openStream(sendTo(server))
    await nextTurn()
    expect(heard.messages).toHaveLength(2)
    expect(heard.reasons).toEqual([])
    expect(server.received.map(({ method }) => method)).toEqual(['POST', 'POST', 'DELETE'])
  })

  it('is silence: until the headers, and within the answer', async () => {
    const server = await startTestServer(({ body }, response) => {
      if (body.includes('"id":2')) response.writeHead(200, eventStream).write(asEvent(progress(1), 'e1'))
    })
    const { transport } = transportTo(server)
    const silent = { timeoutMs: 50 }
    expect(await rejection(transport.send(request(1), sendTo(server, silent)))).toMatchObject({
      code: 'server_timeout',
    })
    expect(await rejection(transport.send(request(2), sendTo(server, silent)))).toMatchObject({
      code: 'server_timeout',
    })
    expect(server.received).toHaveLength(2)
  })

  it('is not a server that nothing answers for: that is unreachable, without naming a secret', async () => {
    const server = await startLegacyServer([])
    await server.close()
    const pool = new Pool(server.origin)
    const { transport } = transportTo({ origin: server.origin, pool, close: () => pool.destroy() })
    const reason = await rejection(transport.send(request(1), sendTo(server, {}, '/mcp?api_key=hunter2')))
    expect(reason).toMatchObject({ code: 'server_unreachable', detail: expect.stringContaining('nothing listens') })
    expect(JSON.stringify(reason)).not.toContain('hunter2')
  })

  it('is the end of its answer, with the response or without', async () => {
    const server = await startTestServer(({ body }, response) => {
      response.writeHead(200, eventStream).write(asEvent(progress(1)), () => {
        if (body.includes('"id":1')) response.end()
        else response.destroy()
      })
    })
    const { transport } = transportTo(server)
    expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ code: 'server_unreachable' })
    expect(await rejection(transport.send(request(2), sendTo(server)))).toMatchObject({ code: 'server_unreachable' })
    expect(server.received).toHaveLength(2)
  })
})
