import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import {
  asEvent,
  eventStream,
  initialize,
  initialized,
  legacy,
  modern,
  progress,
  rejection,
  request,
  result,
  sendTo,
  startLegacyServer,
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

describe('an answer that breaks off', () => {
  const broken: TestAnswer = (_, response) => {
    response
      .writeHead(200, eventStream)
      .write(`retry: 1\n\n${asEvent(progress(1), 'e1')}data: torn`, () => response.destroy())
  }

  it('is asked for the rest, from the last event on', async () => {
    const server = await startLegacyServer([
      broken,
      (_, response) => void response.writeHead(200, eventStream).end(asEvent(progress(2), 'e2')),
      (_, response) => void response.writeHead(200, eventStream).end(asEvent(result(1), 'e3')),
    ])
    const { transport, heard } = transportTo(server)
    await initialize(transport, server)
    await transport.send(request(1), sendTo(server))
    expect(heard.messages.slice(1)).toEqual([
      { message: progress(1), during: 1 },
      { message: progress(2), during: 1 },
      { message: result(1), during: 1 },
    ])
    expect(server.received.slice(2).map(({ method, headers }) => [method, headers['last-event-id']])).toEqual([
      ['GET', 'e1'],
      ['GET', 'e2'],
    ])
    expect(server.received[2]?.headers).toMatchObject({
      accept: 'text/event-stream',
      authorization: 'Bearer t',
      'mcp-session-id': 's1',
    })
    expect(server.received[2]?.headers).not.toHaveProperty('content-type')
  })

  it('is given up after three attempts that bring nothing', async () => {
    const server = await startLegacyServer([
      broken,
      (_, response) => void response.writeHead(200, eventStream).end(': nothing\n\n'),
      (_, response) => void response.writeHead(503).end(),
      (_, response) => void response.destroy(),
    ])
    const { transport } = transportTo(server)
    await initialize(transport, server)
    expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ code: 'server_unreachable' })
    expect(server.received.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET', 'GET', 'GET'])
  })

  it('is given up where the server does not have the rest, and the session is not said to be unknown', async () => {
    for (const status of [404, 405, 400]) {
      const server = await startLegacyServer([broken, (_, response) => void response.writeHead(status).end()])
      const { transport } = transportTo(server)
      await initialize(transport, server)
      expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ code: 'server_unreachable' })
      expect(server.received).toHaveLength(3)
    }
  })

  it('is not asked for again in the stateless era, nor after its signal', async () => {
    const server = await startLegacyServer([broken, broken])
    const { transport, heard } = transportTo(server)
    transport.setProtocol(modern)
    expect(await rejection(transport.send(request(1), sendTo(server)))).toMatchObject({ code: 'server_unreachable' })
    transport.setProtocol(legacy)
    const leaving = new AbortController()
    const sending = rejection(transport.send(request(2), sendTo(server, { signal: leaving.signal })))
    await heard.count(2)
    leaving.abort(new Error('left'))
    expect(await sending).toMatchObject({ message: 'left' })
    expect(server.received.map(({ method }) => method)).toEqual(['POST', 'POST'])
  })

  it('is not waited for when its signal comes before the next attempt', async () => {
    const server = await startLegacyServer([
      (_, response) => {
        response
          .writeHead(200, eventStream)
          .write(`retry: 30000\n${asEvent(progress(1), 'e1')}`, () => response.destroy())
      },
    ])
    const { transport } = transportTo(server)
    const leaving = new AbortController()
    const disconnected = once(server.pool, 'disconnect')
    const sending = rejection(transport.send(request(1), sendTo(server, { signal: leaving.signal })))
    await disconnected
    await nextTurn()
    leaving.abort(new Error('left'))
    expect(await sending).toMatchObject({ message: 'left' })
    expect(server.received).toHaveLength(1)
  })
})

describe('the GET stream', () => {
  it.each([405, 404])('is none where the server answers %i', async (status) => {
    const server = await startLegacyServer([(_, response) => void response.writeHead(status).end('no')])
    const { transport } = transportTo(server)
    await initialize(transport, server)
    await transport.openStream(sendTo(server))
    await transport.send(initialized, sendTo(server))
    expect(server.received.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST'])
  })

  it('is none where GET is answered with a page', async () => {
    const server = await startLegacyServer([(_, response) => void response.writeHead(200).end('<p>')])
    const { transport } = transportTo(server)
    await initialize(transport, server)
    await transport.openStream(sendTo(server))
    expect(server.received).toHaveLength(2)
  })

  it('gives messages of no request, and is opened again where it ended, from its last event on', async () => {
    let last: ServerResponse | undefined
    const server = await startLegacyServer([
      (_, response) => void response.writeHead(200, eventStream).end(`retry: 1\n${asEvent(request('ask'), 'g1')}`),
      (_, response) => void (last = response.writeHead(200, eventStream)).write(asEvent(progress(1))),
    ])
    const { transport, heard } = transportTo(server)
    await initialize(transport, server)
    const leaving = new AbortController()
    const listening = transport.openStream(sendTo(server, { signal: leaving.signal }))
    await heard.count(3)
    expect(heard.messages.slice(1)).toEqual([
      { message: request('ask'), during: undefined },
      { message: progress(1), during: undefined },
    ])
    expect(server.received.slice(1).map(({ headers }) => headers['last-event-id'])).toEqual([undefined, 'g1'])
    const closed = last === undefined ? undefined : once(last, 'close')
    leaving.abort()
    await listening
    await closed
  })

  it('may be silent for longer than a request', async () => {
    let stream: ServerResponse | undefined
    const server = await startLegacyServer([
      (_, response) => (stream = response.writeHead(200, eventStream)).flushHeaders(),
      () => undefined,
    ])
    const { transport, heard } = transportTo(server)
    await initialize(transport, server)
    const silent = sendTo(server, { timeoutMs: 50 })
    const listening = transport.openStream(silent)
    // As long as a request with the same limit was waited for.
    expect(await rejection(transport.send(request(1), silent))).toMatchObject({ code: 'server_timeout' })
    stream?.write(asEvent(progress(1)))
    await heard.count(2)
    await transport.close()
    await listening
    expect(server.received.map(({ method }) => method)).toEqual(['POST', 'GET', 'POST', 'DELETE'])
  })

  it.each([
    [401, { code: 'credential_rejected' }],
    [308, { code: 'redirect_refused' }],
    [403, { status: 403 }],
  ])(
    'ends where the server answers %i, and after it was there a 404 speaks of the session',
    async (status, expected) => {
      const once: TestAnswer = (_, response) => void response.writeHead(200, eventStream).end('retry: 1\nid: g1\n\n')
      const server = await startLegacyServer([
        (_, response) => void response.writeHead(status, { location: '/there' }).end(),
        once,
        (_, response) => void response.writeHead(404).end(),
      ])
      const { transport } = transportTo(server)
      await initialize(transport, server)
      expect(await rejection(transport.openStream(sendTo(server)))).toMatchObject(expected)
      expect(await rejection(transport.openStream(sendTo(server)))).toMatchObject({ code: 'unknown_session' })
      expect(server.received).toHaveLength(4)
    },
  )

  it('is tried again where the failure passes', async () => {
    const server = await startLegacyServer([
      (_, response) => void response.writeHead(503).end(),
      (_, response) => void response.writeHead(200, eventStream).write(asEvent(progress(1))),
    ])
    const { transport, heard } = transportTo(server)
    await initialize(transport, server)
    const listening = transport.openStream(sendTo(server))
    await heard.count(2)
    await transport.close()
    await listening
  })
})
