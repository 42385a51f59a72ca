import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Pool } from 'undici'
import { afterEach, expect, it } from 'vitest'
import { GatewayError } from '../contract/errors.js'
import {
  asEvent,
  eventStream,
  hear,
  listen,
  rejection,
  request,
  sendTo,
  startTestServer,
  type Heard,
  type ReceivedRequest,
  type TestServer,
} from './test/http-test-server.js'
import { createSseTransport, type SseTransport } from './sse-transport.js'
import { HttpRefusal } from './transport.js'

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

type Server = Pick<TestServer, 'origin' | 'pool' | 'close'>

function transportTo(server: Server, ownCredential = true): { transport: SseTransport; heard: Heard } {
  const heard = hear()
  const transport = createSseTransport({ slug: 'old', dispatcher: server.pool, ownCredential }, heard)
  endings.push(
    () => server.close(),
    () => transport.close(),
  )
  return { transport, heard }
}

/** A server that names `/messages` and takes what is posted there as `post` says. */
function startSse(
  post: (received: ReceivedRequest, response: ServerResponse, stream: ServerResponse) => void = (_, response) =>
    void response.writeHead(202).end('Accepted'),
  endpoint = '/messages?sessionId=1',
): Promise<TestServer> {
  let stream: ServerResponse | undefined
  return startTestServer((received, response) => {
    if (received.method === 'POST' && stream !== undefined) {
      post(received, response, stream)
      return
    }
    stream = response
    response.writeHead(200, eventStream).write(`event: endpoint\ndata: ${endpoint}\n\n`)
  })
}

it('speaks with the SDK’s own server, whose thousand progress notifications come in order', async () => {
  const server = new McpServer({ name: 'old', version: '1' })
  server.registerTool('burst', {}, async ({ sendNotification }) => {
    const sent = Array.from({ length: 1000 }, (_, progress) =>
      sendNotification({ method: 'notifications/progress', params: { progressToken: 'p', progress } }),
    )
    await Promise.all(sent)
    return { content: [{ type: 'text', text: 'done' }] }
  })
  let sdk: SSEServerTransport | undefined
  const answer = (incoming: IncomingMessage, response: ServerResponse): void => {
    if (incoming.method === 'POST') void sdk?.handlePostMessage(incoming, response)
    else void server.connect((sdk = new SSEServerTransport('/messages', response)))
  }
  const http = await listen(answer)
  const { transport, heard } = transportTo(http)
  const options = sendTo(http, {}, '/sse')
  await transport.start(options)
  const params = { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'gateway', version: '1' } }
  await transport.send(request(1, 'initialize', params), options)
  await heard.count(1)
  await transport.send({ jsonrpc: '2.0', method: 'notifications/initialized' }, options)
  await transport.send(request(2, 'tools/call', { name: 'burst' }), options)
  await heard.count(1002)
  const steps = heard.messages.slice(1, 1001).map(({ message }) => 'params' in message && message.params?.['progress'])
  expect(steps).toEqual(Array.from({ length: 1000 }, (_, step) => step))
  expect(heard.messages.at(-1)?.message).toMatchObject({ id: 2, result: { content: [{ text: 'done' }] } })
  expect(heard.messages.every(({ during }) => during === undefined)).toBe(true)
})

it('sends what was planned, and sets its own headers in place of an agent’s', async () => {
  const server = await startSse()
  const { transport } = transportTo(server)
  const headers = [
    'authorization',
    'Bearer t',
    'Accept',
    'x/y',
    'MCP-Session-Id',
    's',
    'Last-Event-ID',
    '9',
    'x-a',
    'b',
  ]
  const options = sendTo(server, { outbound: { origin: server.origin, path: '/sse?api_key=k&sessionId=0', headers } })
  await transport.start(options)
  await transport.send(request(1), options)
  const [get, post] = server.received
  expect([get?.method, get?.url, get?.headers.accept]).toEqual([
    'GET',
    '/sse?api_key=k&sessionId=0',
    'text/event-stream',
  ])
  expect([post?.method, post?.url]).toEqual(['POST', '/messages?sessionId=1&api_key=k'])
  expect(post?.headers).toMatchObject({ authorization: 'Bearer t', 'content-type': 'application/json', 'x-a': 'b' })
  expect(post?.headers.accept).toBe('application/json, text/event-stream')
  for (const sent of [get, post]) {
    expect(sent?.headers).not.toHaveProperty('mcp-session-id')
    expect(sent?.headers).not.toHaveProperty('last-event-id')
    expect(sent?.headers).not.toHaveProperty('accept-encoding')
  }
  expect(JSON.parse(post?.body ?? '')).toEqual(request(1))
})

it.each([
  ['a relative endpoint', 'messages', '/a/messages'],
  ['an absolute endpoint of the same origin', 'ORIGIN/m?x=%20y#z', '/m?x=%20y'],
])('resolves %s', async (_, endpoint, url) => {
  const server: TestServer = await startTestServer((received, response) => {
    if (received.method === 'POST') response.writeHead(200).end()
    else
      response
        .writeHead(200, eventStream)
        .write(`event: endpoint\ndata: ${endpoint.replace('ORIGIN', server.origin)}\n\n`)
  })
  const { transport } = transportTo(server)
  const options = sendTo(server, {}, '/a/sse')
  await transport.start(options)
  await transport.send(request(1), options)
  expect(server.received[1]?.url).toBe(url)
})

it.each([
  ['http://127.0.0.1:1/messages', /another origin/],
  ['//example.com/messages', /another origin/],
  ['http://[', /no URL/],
])('refuses the endpoint %s', async (endpoint, detail) => {
  const server = await startSse(undefined, endpoint)
  const { transport, heard } = transportTo(server)
  const reason = await rejection(transport.start(sendTo(server)))
  expect(reason).toMatchObject({ code: 'server_unreachable', detail: expect.stringMatching(detail) })
  expect(heard.reasons).toEqual([])
})

it('reads messages that come byte by byte, and passes over what is no message', async () => {
  const server = await startTestServer((_, response) => {
    response.writeHead(200, eventStream)
    const text =
      'event: endpoint\r\ndata: /m\r\n\r\n: hello\n\nevent: ping\ndata: {}\n\ndata: {"jsonrpc"\n\ndata: {"jsonrpc":"2.0",\ndata: "method":"notifications/ü😀"}\n\n'
    const writeNext = (bytes: Buffer): void => {
      if (bytes.length > 0) response.write(bytes.subarray(0, 1), () => writeNext(bytes.subarray(1)))
    }
    writeNext(Buffer.from(text + asEvent(request('last'))))
  })
  const { transport, heard } = transportTo(server)
  await transport.start(sendTo(server))
  await heard.count(2)
  expect(heard.messages.map(({ message }) => message)).toEqual([
    { jsonrpc: '2.0', method: 'notifications/ü😀' },
    request('last'),
  ])
})

it.each([
  [301, true, 'redirect_refused'],
  [401, true, 'credential_rejected'],
  [401, false, 401],
  [404, true, 404],
] as const)(
  'does not start where the server answers %i (own credential: %s)',
  async (status, ownCredential, expected) => {
    const server = await startTestServer((_, response) => {
      response.writeHead(status, { location: '/there', 'x-why': 'so' }).end('no')
    })
    const { transport, heard } = transportTo(server, ownCredential)
    const reason = await rejection(transport.start(sendTo(server)))
    if (typeof expected === 'string') expect(reason).toMatchObject({ code: expected })
    else expect(reason).toMatchObject({ status: expected, body: 'no', headers: { 'x-why': 'so' } })
    expect(server.received).toHaveLength(1)
    expect(heard.reasons).toEqual([])
  },
)

it.each([
  ['no event stream', { 'content-type': 'text/html' }],
  ['a compressed stream', { ...eventStream, 'content-encoding': 'gzip' }],
])('does not start where the server answers with %s', async (_, headers) => {
  const server = await startTestServer((_received, response) => void response.writeHead(200, headers).write('x'))
  const { transport } = transportTo(server)
  expect(await rejection(transport.start(sendTo(server)))).toMatchObject({ code: 'server_unreachable' })
})

it('does not start where the stream ends, or stays silent for too long, before there is an endpoint', async () => {
  const ending = await startTestServer((_, response) => void response.writeHead(200, eventStream).end(': no\n\n'))
  expect(await rejection(transportTo(ending).transport.start(sendTo(ending)))).toMatchObject({
    code: 'server_unreachable',
  })
  const silent = await startTestServer((_, response) => response.writeHead(200, eventStream).flushHeaders())
  const { transport } = transportTo(silent)
  expect(await rejection(transport.start(sendTo(silent, { timeoutMs: 50 })))).toMatchObject({ code: 'server_timeout' })
})

it('names no secret where nothing listens', async () => {
  const server = await startSse()
  await server.close()
  const pool = new Pool(server.origin)
  const { transport } = transportTo({ origin: server.origin, pool, close: () => pool.destroy() })
  const reason = await rejection(transport.start(sendTo(server, {}, '/sse?api_key=hunter2')))
  expect(reason).toMatchObject({ code: 'server_unreachable', detail: expect.stringContaining('nothing listens') })
  expect(JSON.stringify(reason)).not.toContain('hunter2')
})

it('ends the opening by the signal, and not the stream', async () => {
  const silent = await startTestServer((_, response) => response.writeHead(200, eventStream).flushHeaders())
  const leaving = new AbortController()
  const starting = rejection(transportTo(silent).transport.start(sendTo(silent, { signal: leaving.signal })))
  leaving.abort(new Error('left'))
  expect(await starting).toMatchObject({ message: 'left' })

  const server = await startSse((_, response, stream) => {
    stream.write(asEvent(request(7)))
    response.writeHead(202).end()
  })
  const { transport, heard } = transportTo(server)
  const done = new AbortController()
  await transport.start(sendTo(server, { signal: done.signal }))
  done.abort()
  await transport.send(request(1), sendTo(server))
  await heard.count(1)
  expect(heard.reasons).toEqual([])
})

it('takes any 2xx for yes without waiting for the end of its body, and gives a refusal to the sender alone', async () => {
  const answers = [
    (response: ServerResponse) => void response.writeHead(200).write('x'.repeat(200_000)),
    (response: ServerResponse) => void response.writeHead(204).end(),
    (response: ServerResponse) => void response.writeHead(404).end('x'.repeat(200_000)),
    (response: ServerResponse) => void response.writeHead(307, { location: '/' }).end(),
    (response: ServerResponse) => void response.destroy(),
    (response: ServerResponse) => void response.writeHead(202).end(),
  ]
  const server = await startSse((_, response) => answers.shift()?.(response))
  const { transport, heard } = transportTo(server)
  await transport.start(sendTo(server))
  await transport.send(request(1), sendTo(server))
  await transport.send(request(2), sendTo(server))
  const refusal = await rejection(transport.send(request(3), sendTo(server)))
  expect(refusal).toBeInstanceOf(HttpRefusal)
  expect(refusal).toMatchObject({ status: 404, body: 'x'.repeat(64 * 1024) })
  expect(await rejection(transport.send(request(4), sendTo(server)))).toMatchObject({ code: 'redirect_refused' })
  expect(await rejection(transport.send(request(5), sendTo(server)))).toMatchObject({ code: 'server_unreachable' })
  await transport.send(request(6), sendTo(server))
  expect(heard.reasons).toEqual([])
})

it('is over when the stream ends, and says so once', async () => {
  const server = await startSse((_, response, stream) => {
    response.writeHead(202).end()
    stream.end(asEvent(request('bye')))
  })
  const { transport, heard } = transportTo(server)
  await transport.start(sendTo(server))
  await transport.send(request(1), sendTo(server))
  const reason = await heard.over()
  expect(reason).toBeInstanceOf(GatewayError)
  expect(reason.code).toBe('server_unreachable')
  expect(heard.messages).toHaveLength(1)
  expect(await rejection(transport.send(request(2), sendTo(server)))).toBe(reason)
  await transport.close()
  expect(heard.reasons).toHaveLength(1)
  expect(server.received).toHaveLength(2)
})

it('ends what is under way when it is closed, without saying that it is over', async () => {
  let streamClosed: Promise<unknown> = Promise.resolve()
  const server = await startSse((_, _response, stream) => {
    streamClosed = once(stream, 'close')
    stream.write(asEvent(request('posted')))
  })
  const { transport, heard } = transportTo(server)
  await transport.start(sendTo(server))
  const sending = rejection(transport.send(request(1), sendTo(server)))
  await heard.count(1)
  await transport.close()
  expect(await sending).toMatchObject({ code: 'server_unreachable' })
  await streamClosed
  await nextTurn()
  expect(heard.reasons).toEqual([])
})

it('sends nothing for another origin, and nothing before it was started', async () => {
  const server = await startSse()
  const { transport } = transportTo(server)
  expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ code: 'server_unreachable' })
  await transport.start(sendTo(server))
  const elsewhere = sendTo({ origin: 'http://127.0.0.1:1' })
  expect(await rejection(transport.send(request(1), elsewhere))).toMatchObject({ code: 'server_unreachable' })
  expect(server.received).toHaveLength(1)
})
