/** Streams: events go on as they come, a disconnect means what the era says, open streams hold nothing up. */
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callLegacy, callModern, modernBody, modernHeaders, openSession } from '../peers/mcp-request.js'
import { answerEvents, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let key: string

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  key = (await gateway.addKey({ name: 'agent' })).key
  await gateway.putServer('each', { url: server.url })
  await gateway.putServer('once', { url: server.url, connection: 'per_request' })
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

beforeEach(() => server.reset())

const url = (slug: string): string => `${gateway.dataUrl}/mcp/${slug}`

interface OpenStream {
  readonly status: number
  /** Everything so far. */
  text(): string
  /** Resolves when what came holds this text. */
  until(text: string): Promise<void>
  readonly ended: Promise<void>
  leave(): void
}

/** Sends a request and resolves with its answer as soon as the head is there. */
async function openStream(
  to: string,
  options: { method: string; headers: Record<string, string | readonly string[]>; body?: string; agent?: Agent },
): Promise<OpenStream> {
  const { method, headers, body, agent } = options
  const outgoing = httpRequest(to, {
    method,
    headers: headers as Record<string, string | string[]>,
    agent: agent ?? false,
  })
  outgoing.on('error', () => undefined)
  outgoing.end(body)
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  let text = ''
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => (text += chunk))
  response.on('error', () => undefined)
  const ended = new Promise<void>((resolve) => response.once('close', resolve))
  return {
    status: response.statusCode ?? 0,
    text: () => text,
    async until(wanted) {
      const late = AbortSignal.timeout(5000)
      while (!text.includes(wanted)) await once(response, 'data', { signal: late })
    },
    ended,
    leave: () => void outgoing.destroy(),
  }
}

const modernStream = (slug: string): Promise<OpenStream> =>
  openStream(url(slug), { method: 'POST', headers: modernHeaders({ key }), body: modernBody({}) })

const legacyHeaders = (session: string): Record<string, string> => ({
  'x-gatehouse-apikey': key,
  'mcp-session-id': session,
  'mcp-protocol-version': '2025-11-25',
  accept: 'application/json, text/event-stream',
})

const legacyCall = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'slow', arguments: {} } }

const legacyStream = (slug: string, session: string): Promise<OpenStream> =>
  openStream(url(slug), {
    method: 'POST',
    headers: { ...legacyHeaders(session), 'content-type': 'application/json' },
    body: JSON.stringify(legacyCall),
  })

const eventStream = (slug: string, session: string, agent?: Agent): Promise<OpenStream> => {
  const headers = { ...legacyHeaders(session), accept: 'text/event-stream' }
  return openStream(url(slug), { method: 'GET', headers, ...(agent === undefined ? {} : { agent }) })
}

const note = (text: string): object => ({ jsonrpc: '2.0', method: 'notifications/message', params: { data: text } })

describe('events', () => {
  it('reach the agent one by one, before the answer is complete', async () => {
    let write: (message: unknown) => void = () => undefined
    let end = (): void => undefined
    server.answerWith((_request, response) => {
      write = answerEvents(response)
      end = () => void response.end()
    })
    const stream = await modernStream('each')
    expect(stream.status).toBe(200)
    for (const text of ['first', 'second', 'third']) {
      write(note(text))
      await stream.until(text)
    }
    end()
    await stream.ended
  })

  it('come complete and in order, a thousand in bursts', async () => {
    server.answerWith((_request, response) => {
      const write = answerEvents(response)
      for (let index = 0; index < 1000; index += 1) write(note(`event ${index};`))
      response.end()
    })
    const stream = await modernStream('each')
    await stream.ended
    const seen = [...stream.text().matchAll(/event (\d+);/g)].map(([, index]) => Number(index))
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, index) => index))
  })

  it('keep their bytes: ids, retry, comments and line ends', async () => {
    const bytes =
      ': hello\r\nretry: 20\r\nid: 7\r\n\r\nid: 8\nevent: message\ndata: {"jsonrpc":"2.0",\ndata: "x":1}\n\n'
    server.answerWith((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(bytes)
    })
    const stream = await modernStream('each')
    await stream.ended
    expect(stream.text()).toBe(bytes)
  })

  it('are resumed with the Last-Event-ID that the agent names', async () => {
    const session = await openSession(url('each'), key)
    server.reset()
    const stream = await openStream(url('each'), {
      method: 'GET',
      headers: { ...legacyHeaders(session), accept: 'text/event-stream', 'last-event-id': 'stream-1/41' },
    })
    const request = await server.received(1)
    expect([request.method, request.header('last-event-id')]).toEqual(['GET', 'stream-1/41'])
    stream.leave()
  })
})

describe('an agent that leaves', () => {
  it.each(['each', 'once'])('cancels its request to the server in the era of 2026-07-28 (%s)', async (slug) => {
    server.answerWith((_request, response) => answerEvents(response)(note('begun')))
    const stream = await modernStream(slug)
    await stream.until('begun')
    stream.leave()
    await (
      await server.received(1)
    ).aborted
  })

  it('cancels in the era of 2026-07-28 before there is an answer, too', async () => {
    server.answerWith(() => undefined)
    const leaving = new AbortController()
    const call = callModern(url('each'), { key, signal: leaving.signal }).catch(() => 'left')
    const request = await server.received(1)
    leaving.abort()
    await request.aborted
    expect(await call).toBe('left')
  })

  it.each(['each', 'once'])('does not cancel its request in the era up to 2025-11-25 (%s)', async (slug) => {
    const session = await openSession(url(slug), key)
    server.reset()
    let finish = async (): Promise<string> => 'never begun'
    server.answerWith((request, response) => {
      if (request.method !== 'POST' || !request.body.includes('"slow"')) return false
      const write = answerEvents(response)
      write(note('begun'))
      finish = async () => {
        if (response.destroyed) return 'cancelled'
        const closed = once(response, 'close').then(() => (response.writableFinished ? 'finished' : 'cancelled'))
        for (let index = 0; index < 100; index += 1) write(note(`still ${index}`))
        response.end()
        return closed
      }
      return true
    })
    const stream = await legacyStream(slug, session)
    await stream.until('begun')
    stream.leave()
    await stream.ended
    // Whole calls that come after the disconnect: by then the gateway has seen it.
    for (let round = 0; round < 20; round += 1) expect((await callLegacy(url(slug), { key, session })).status).toBe(200)
    expect(await finish()).toBe('finished')
  })

  it('ends the stream of its session at the server', async () => {
    const session = await openSession(url('each'), key)
    server.reset()
    const stream = await eventStream('each', session)
    const request = await server.received(1)
    stream.leave()
    await request.aborted
  })
})

describe('500 open streams', () => {
  it('hold up no call, of their own caller or another, and each still hears its events', async () => {
    const session = await openSession(url('each'), key)
    server.reset()
    const writers: ((message: unknown) => void)[] = []
    server.answerWith((request, response) => {
      if (request.method !== 'GET') return false
      writers.push(answerEvents(response))
      return true
    })
    const agent = new Agent({ maxSockets: Infinity })
    const streams = await Promise.all(Array.from({ length: 500 }, () => eventStream('each', session, agent)))
    try {
      expect(streams.filter(({ status }) => status !== 200)).toEqual([])
      expect(writers).toHaveLength(500)
      const another = (await gateway.addKey({ name: 'another' })).key
      const calls = Array.from({ length: 40 }, (_, index) =>
        callModern(url('each'), { key: index % 2 ? key : another }),
      )
      const sessions = Array.from({ length: 20 }, () => callLegacy(url('each'), { key, session }))
      const answers = await Promise.all([...calls, ...sessions])
      expect(answers.filter(({ status }) => status !== 200)).toEqual([])
      for (const [index, write] of writers.entries()) write(note(`for stream ${index};`))
      await Promise.all(streams.map((stream) => stream.until('for stream ')))
      const heard = streams.flatMap((stream) =>
        [...stream.text().matchAll(/for stream (\d+);/g)].map(([, n]) => Number(n)),
      )
      expect(heard.sort((a, b) => a - b)).toEqual(Array.from({ length: 500 }, (_, index) => index))
    } finally {
      for (const stream of streams) stream.leave()
      agent.destroy()
    }
  }, 20_000)
})
