/** An agent of the older era that loses a stream asks for the rest with `Last-Event-ID`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '../../../contract/json-rpc.js'
import type { AgentPeer } from '../../../servers/server-session.js'
import type { AgentFaceOptions } from '../agent-face.js'
import { call, eventIdsOf, initialize, messagesOf, open, read, send, until } from './raw-agent.js'
import { ScriptedServer, text } from './scripted-server.js'
import { serveFace, type ServedFace } from './serve-face.js'

let server: ScriptedServer
let served: ServedFace
let url: string

async function serve(options: AgentFaceOptions = {}): Promise<void> {
  server = new ScriptedServer('legacy')
  served = await serveFace(server, options)
  url = served.url
}

beforeEach(() => serve())
afterEach(() => served.close())

const log = (data: unknown): { jsonrpc: '2.0'; method: string; params: { level: string; data: unknown } } => ({
  jsonrpc: '2.0',
  method: 'notifications/message',
  params: { level: 'info', data },
})
const dataOf = (messages: readonly unknown[]): unknown[] =>
  messages.map(
    (message) => (message as { params?: { data?: unknown } }).params?.data ?? (message as { result?: unknown }).result,
  )
const resume = (headers: Record<string, string>, lastEventId = ''): Promise<{ response: Parameters<typeof read>[0] }> =>
  open(url, { httpMethod: 'GET', headers: { ...headers, 'last-event-id': lastEventId } })

/** A call that says what it is told to, and ends when it is told to. */
function steered(): { agent: Promise<AgentPeer>; finish: (answer: Answer) => void } {
  let finish: (answer: Answer) => void = () => undefined
  let begun: (agent: AgentPeer) => void = () => undefined
  const agent = new Promise<AgentPeer>((resolve) => (begun = resolve))
  const answer = new Promise<Answer>((resolve) => (finish = resolve))
  server.scripts.set('tools/call steered', (asked) => {
    begun(asked.agent)
    return answer
  })
  return { agent, finish: (given) => finish(given) }
}

/** Calls, hears two messages and loses the stream. @returns the ids of the two */
async function loseStream(headers: Record<string, string>, agent: Promise<AgentPeer>): Promise<readonly string[]> {
  const { sent, response } = await (async () => {
    const opening = open(url, { headers, body: call('steered') })
    const peer = await agent
    for (const data of [1, 2]) peer.notify(log(data))
    return opening
  })()
  const heard = await until(response, '"data":2')
  expect(dataOf(messagesOf(heard))).toEqual([1, 2])
  sent.destroy()
  return eventIdsOf(heard)
}

describe('the stream of a call that breaks', () => {
  it('goes on from the event that was named: with what came meanwhile, what comes then, and the answer, once', async () => {
    const { headers } = await initialize(url)
    const { agent, finish } = steered()
    const [first, second] = await loseStream(headers, agent)
    const peer = await agent
    peer.notify(log(3))
    const { response } = await resume(headers, second)
    expect(dataOf(messagesOf(await until(response, '"data":3')))).toEqual([3])
    peer.notify(log(4))
    finish(text('done'))
    const rest = await read(response)
    expect(dataOf(rest.messages)).toEqual([4, { content: [{ type: 'text', text: 'done' }] }])
    const again = await read((await resume(headers, first)).response)
    expect(dataOf(again.messages)).toEqual([2, 3, 4, { content: [{ type: 'text', text: 'done' }] }])
    expect(new Set(eventIdsOf(again.text)).size).toBe(4)
    const nothing = await read((await resume(headers, eventIdsOf(again.text).at(-1))).response)
    expect([nothing.status, nothing.text]).toEqual([200, ''])
  })

  it('is answered though the agent comes back after the end', async () => {
    const { headers } = await initialize(url)
    const { agent, finish } = steered()
    const [, second] = await loseStream(headers, agent)
    finish(text('late'))
    await expect.poll(() => served.open).toBe(0)
    expect(dataOf((await read((await resume(headers, second)).response)).messages)).toEqual([
      { content: [{ type: 'text', text: 'late' }] },
    ])
  })

  it('can be asked on again, and by whoever resumed it last alone', async () => {
    const { headers } = await initialize(url, { capabilities: { roots: {} } })
    const { agent, finish } = steered()
    const [, second] = await loseStream(headers, agent)
    const peer = await agent
    const { signal } = new AbortController()
    const first = await resume(headers, second)
    const { response } = await resume(headers, second)
    expect((await read(first.response)).text).toBe('')
    const answer = peer.ask('roots/list', undefined, signal)
    const [asked] = messagesOf(await until(response, 'roots/list')) as [{ id: number }]
    await send(url, { headers, body: { jsonrpc: '2.0', id: asked.id, result: { roots: [] } } })
    expect(await answer).toEqual({ result: { roots: [] } })
    finish(text('done'))
    await read(response)
  })

  it('ends where the call is cancelled', async () => {
    const { headers } = await initialize(url)
    const { agent } = steered()
    const [, second] = await loseStream(headers, agent)
    const { response } = await resume(headers, second)
    const params = { requestId: 1 }
    await send(url, { headers, body: { jsonrpc: '2.0', method: 'notifications/cancelled', params } })
    expect((await read(response)).messages).toEqual([])
  })
})

describe('the stream for what belongs to no call', () => {
  it('goes on from the event that was named, with nothing of a call’s stream', async () => {
    const { headers } = await initialize(url)
    const { agent, finish } = steered()
    const { sent, response } = await open(url, { httpMethod: 'GET', headers })
    for (const data of ['a', 'b']) server.announce('notifications/message', log(data).params)
    const heard = await until(response, '"data":"b"')
    await loseStream(headers, agent)
    sent.destroy()
    await expect.poll(() => served.open).toBe(1)
    server.announce('notifications/message', log('c').params)
    const [first] = eventIdsOf(heard)
    const resumed = await resume(headers, first)
    expect(dataOf(messagesOf(await until(resumed.response, '"data":"c"')))).toEqual(['b', 'c'])
    server.announce('notifications/message', log('d').params)
    expect(dataOf(messagesOf(await until(resumed.response, '"data":"d"')))).toEqual(['d'])
    resumed.response.destroy()
    finish(text('done'))
  })
})

describe('an event that a session does not know', () => {
  it('is refused with 400: another session’s, one to come, and what is no id', async () => {
    const { headers } = await initialize(url)
    const { agent, finish } = steered()
    const [first = ''] = await loseStream(headers, agent)
    const other = await initialize(url)
    const toCome = first.replace(/\d+$/, '99')
    for (const [who, id] of [
      [other.headers, first],
      [headers, toCome],
      [headers, first.replace('-1-', '-7-')],
      [headers, 'x'],
      [headers, ''],
    ] as const) {
      const answer = await send(url, { httpMethod: 'GET', headers: { ...who, 'last-event-id': id } })
      expect([id, answer.status, answer.message]).toMatchObject([id, 400, { error: { code: -32600 } }])
    }
    // The session itself is another caller's.
    const stolen = { ...headers, 'x-caller': 'mallory', 'last-event-id': first }
    expect((await send(url, { httpMethod: 'GET', headers: stolen })).status).toBe(404)
    finish(text('done'))
  })
})

describe('what is kept', () => {
  const limits = { maxEvents: 3, maxBytes: 1000, maxTotalBytes: 2000, maxAgeMs: 60_000 }

  it.each([
    ['events', limits, 'x', [3, 4]],
    ['bytes', { ...limits, maxEvents: 100, maxBytes: 500 }, 'x'.repeat(100), [4]],
  ])('is bounded in %s, and what has gone is not said again', async (_, eventLimits, filling, left) => {
    await served.close()
    await serve({ eventLimits })
    const { headers } = await initialize(url)
    const { agent, finish } = steered()
    const [first] = await loseStream(headers, agent)
    const peer = await agent
    for (const data of [3, 4]) peer.notify(log([data, filling]))
    finish(text('done'))
    await expect.poll(() => served.open).toBe(0)
    const { messages } = await read((await resume(headers, first)).response)
    expect(
      dataOf(messages)
        .slice(0, -1)
        .map((data) => (data as unknown[])[0]),
    ).toEqual(left)
    expect(messages.at(-1)).toMatchObject({ result: {} })
  })

  it('is bounded in time, and over all sessions', async () => {
    let now = 0
    await served.close()
    await serve({ eventLimits: { ...limits, maxTotalBytes: 600 }, nowMs: () => now, keepAliveMs: 5 })
    const { headers } = await initialize(url)
    const { agent, finish } = steered()
    const [first] = await loseStream(headers, agent)
    finish(text('done'))
    await expect.poll(() => served.open).toBe(0)
    expect(dataOf((await read((await resume(headers, first)).response)).messages)).not.toEqual([])
    const other = await initialize(url)
    const { response } = await open(url, { httpMethod: 'GET', headers: other.headers })
    for (const data of ['a', 'b', 'c']) server.announce('notifications/message', log(data + 'x'.repeat(50)).params)
    const heard = await until(response, '"data":"cx')
    expect((await send(url, { httpMethod: 'GET', headers: { ...headers, 'last-event-id': first ?? '' } })).status).toBe(
      400,
    )
    now = 60_001
    await expect
      .poll(async () => {
        const resumed = await resume(other.headers, eventIdsOf(heard)[1])
        server.announce('notifications/message', log('later').params)
        return dataOf(messagesOf(await until(resumed.response, 'later')))
      })
      .toEqual(['later'])
  })
})
