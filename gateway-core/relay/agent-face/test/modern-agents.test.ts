import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayError } from '../../../contract/errors.js'
import type { Answer } from '../../../contract/json-rpc.js'
import { begin, modern, open, read, send, until } from './raw-agent.js'
import { ScriptedServer, text } from './scripted-server.js'
import { connectV2 } from './sdk-agents.js'
import { serveFace, type ServedFace } from './serve-face.js'

const never = new AbortController().signal
const prefix = 'io.modelcontextprotocol/'

let server: ScriptedServer
let served: ServedFace
let url: string
const closing: (() => Promise<void>)[] = []

async function serve(era: 'legacy' | 'modern'): Promise<void> {
  server = new ScriptedServer(era)
  served = await serveFace(server)
  url = served.url
  const { close } = served
  closing.push(close)
}

beforeEach(() => serve('legacy'))
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function without(record: Record<string, string>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key))
}

describe('the envelope', () => {
  it('is required in the body', async () => {
    for (const meta of [undefined, {}, { [`${prefix}protocolVersion`]: '2026-07-28' }]) {
      const { headers } = modern('tools/list')
      const params = meta === undefined ? {} : { _meta: meta }
      const answer = await send(url, { headers, body: { jsonrpc: '2.0', id: 3, method: 'tools/list', params } })
      expect(answer).toMatchObject({ status: 400, message: { id: 3, error: { code: -32602 } } })
    }
  })

  it('names a version that there is', async () => {
    const meta = { [`${prefix}protocolVersion`]: '2027-01-01' }
    const { headers, body } = modern('tools/list', {}, { meta })
    const answer = await send(url, { headers: { ...headers, 'mcp-protocol-version': '2027-01-01' }, body })
    const data = { supported: ['2026-07-28'], requested: '2027-01-01' }
    expect(answer).toMatchObject({ status: 400, message: { id: 1, error: { code: -32022, data } } })
  })

  it.each([
    ['mcp-protocol-version', undefined],
    ['mcp-protocol-version', '2025-11-25'],
    ['mcp-method', undefined],
    ['mcp-method', 'tools/list'],
    ['mcp-name', undefined],
    ['mcp-name', 'other'],
    ['mcp-name', '=?base64?%%%?='],
    ['mcp-name', `=?base64?${Buffer.from('other').toString('base64')}?=`],
  ])('is the same in the header %s, which %s is not', async (name, value) => {
    const { headers, body } = modern('tools/call', { name: 'echo', arguments: {} })
    const sent = value === undefined ? without(headers, name) : { ...headers, [name]: value }
    expect(await send(url, { headers: sent, body })).toMatchObject({
      status: 400,
      message: { id: 1, error: { code: -32020 } },
    })
    expect(server.calls).toEqual([])
  })

  it('may have its name encoded', async () => {
    const name = 'größer '
    server.scripts.set(`tools/call ${name}`, () => text('ok'))
    const { headers, body } = modern('tools/call', { name, arguments: {} })
    const encoded = `=?base64?${Buffer.from(name).toString('base64')}?=`
    expect((await send(url, { headers: { ...headers, 'mcp-name': encoded }, body })).status).toBe(200)
  })

  it('stays on its hop', async () => {
    const meta = { [`${prefix}logLevel`]: 'info', [`${prefix}clientInfo`]: { name: 'n', version: '1' }, mine: 1 }
    const request = modern('tools/call', { name: 'echo', arguments: {} }, { meta, capabilities: { roots: {} } })
    await send(url, request)
    expect(server.calls[0]?.params).toEqual({ name: 'echo', arguments: {}, _meta: { mine: 1 } })
    expect(server.calls[0]?.agent).toMatchObject({ capabilities: { roots: {} }, clientInfo: { name: 'n' } })
    await serve('modern')
    await send(url, request)
    expect(server.calls[0]?.params?.['_meta']).toEqual({ [`${prefix}logLevel`]: 'info', mine: 1 })
  })
})

describe('requests', () => {
  it('are POSTs', async () => {
    for (const httpMethod of ['GET', 'DELETE']) {
      const answer = await send(url, { httpMethod, headers: { 'mcp-protocol-version': '2026-07-28' } })
      expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } })
    }
  })

  it('discover the server', async () => {
    expect((await send(url, modern('server/discover'))).message.result).toEqual({
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: expect.not.objectContaining({ tasks: {} }) as unknown,
      instructions: 'Do as you are told.',
      ttlMs: 0,
      cacheScope: 'private',
      _meta: { [`${prefix}serverInfo`]: { name: 'scripted', version: '1.0.0' } },
    })
  })

  it.each(['nothing/known', 'initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'tasks/get'])(
    'for %s find no such method',
    async (method) => {
      const answer = await send(url, modern(method))
      expect(answer).toMatchObject({ status: 404, message: { id: 1, error: { code: -32601 } } })
    },
  )

  it('get a result type, and how long a list may be kept', async () => {
    expect((await send(url, modern('tools/list'))).message.result).toMatchObject({
      resultType: 'complete',
      ttlMs: 0,
      cacheScope: 'private',
    })
    server.scripts.set('tools/call bare', () => ({ result: {} }))
    const called = await send(url, modern('tools/call', { name: 'bare' }))
    expect(called.message.result).toMatchObject({ resultType: 'complete', content: [] })
    expect(called.message.result).not.toHaveProperty('ttlMs')
    await serve('modern')
    const kept = { resultType: 'complete', tools: [], ttlMs: 60_000, cacheScope: 'public' }
    server.scripts.set('tools/list', () => ({ result: kept }))
    expect((await send(url, modern('tools/list'))).message.result).toEqual(kept)
  })

  it.each([-32020, -32021, -32022])('are refused by a server of their era with 400 (%i)', async (code) => {
    await serve('modern')
    server.scripts.set('tools/list', () => ({ error: { code, message: 'refused', data: { mine: 1 } } }))
    const answer = await send(url, modern('tools/list'))
    expect(answer).toMatchObject({ status: 400, message: { error: { code, data: { mine: 1 } } } })
  })

  it('get no error code of the older era', async () => {
    server.scripts.set('resources/read', () => ({ error: { code: -32002, message: 'Resource not found' } }))
    const answer = await send(url, modern('resources/read', { uri: 'test://a' }))
    expect(answer).toMatchObject({ status: 200, message: { error: { code: -32602, message: 'Resource not found' } } })
  })

  it('that need a page to be opened first ask for that, and are made again', async () => {
    const elicitations = [{ mode: 'url', url: 'https://x.invalid/', message: 'Sign in', elicitationId: 'e' }]
    server.scripts.set('tools/call page', () => ({ error: { code: -32042, message: 'No', data: { elicitations } } }))
    const params = { name: 'page', arguments: {} }
    const able = { capabilities: { elicitation: { url: {} } } }
    expect((await send(url, modern('tools/call', params, able))).message.result).toEqual({
      resultType: 'input_required',
      inputRequests: {
        'url-1': {
          method: 'elicitation/create',
          params: { mode: 'url', url: 'https://x.invalid/', message: 'Sign in' },
        },
      },
    })
    expect(await send(url, modern('tools/call', params))).toMatchObject({
      status: 400,
      message: { error: { code: -32021, data: { requiredCapabilities: { elicitation: { url: {} } } } } },
    })
    const respond = (action: string): Promise<{ message: object }> =>
      send(url, modern('tools/call', { ...params, inputResponses: { 'url-1': { action } } }, able))
    expect((await respond('decline')).message).toMatchObject({ error: { code: -32603 } })
    server.scripts.set('tools/call page', () => text('signed in'))
    expect((await respond('accept')).message).toMatchObject({ result: { content: [{ text: 'signed in' }] } })
    expect(server.calls.at(-1)?.params).toEqual(params)
  })

  it('hear log messages only where they ask for them', async () => {
    server.scripts.set('tools/call log', ({ agent }) => {
      for (const level of ['info', 'error'])
        agent.notify({ jsonrpc: '2.0', method: 'notifications/message', params: { level, data: level } })
      agent.notify({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' })
      return text('logged')
    })
    const quiet = await send(url, modern('tools/call', { name: 'log' }))
    expect(quiet.headers['content-type']).toBe('application/json')
    const loud = await send(url, modern('tools/call', { name: 'log' }, { meta: { [`${prefix}logLevel`]: 'warning' } }))
    expect(loud.messages).toMatchObject([{ params: { level: 'error' } }, { id: 1 }])
  })

  it('are cancelled by leaving', async () => {
    server.scripts.set('tools/call wait', () => new Promise<Answer>(() => undefined))
    const called = server.called('tools/call')
    const sent = begin(url, modern('tools/call', { name: 'wait' }))
    await called
    sent.destroy()
    await expect.poll(() => server.calls[0]?.signal.aborted).toBe(true)
    await expect.poll(() => served.open).toBe(0)
  })

  it('that the server cannot take are thrown before, and answered in the stream after it has begun', async () => {
    const down = new GatewayError('server_timeout', { detail: 'Too slow.' })
    server.scripts.set('tools/call down', () => Promise.reject(down))
    server.scripts.set('tools/call later', ({ agent, params }) => {
      agent.notify({
        jsonrpc: '2.0',
        method: 'notifications/progress',
        params: { progress: 1, ...(params?.['_meta'] as object) },
      })
      return Promise.reject(down)
    })
    const error = { id: 1, error: { code: -32023, data: { code: 'server_timeout', detail: 'Too slow.' } } }
    expect(await send(url, modern('tools/call', { name: 'down' }))).toMatchObject({ status: 504, message: error })
    const later = modern('tools/call', { name: 'later' }, { meta: { progressToken: 't' } })
    expect(await send(url, later)).toMatchObject({ status: 200, message: error })
    served.session = () => Promise.reject(down)
    expect(await send(url, modern('server/discover'))).toMatchObject({ status: 504, message: error })
  })

  it('end when their server is closed', async () => {
    server.scripts.set('tools/call wait', () => new Promise<Answer>(() => undefined))
    const called = server.called('tools/call')
    const waiting = send(url, modern('tools/call', { name: 'wait' }))
    await called
    served.face.closeScope('scripted')
    expect(await waiting).toMatchObject({ status: 502, message: { error: { data: { code: 'server_unreachable' } } } })
    expect(server.calls[0]?.signal.aborted).toBe(true)
  })
})

describe('what a server of the older era asks', () => {
  const able = { capabilities: { roots: {}, sampling: {} } }
  const input = { 'ask-1': { roots: [] } }

  beforeEach(() => {
    server.scripts.set('tools/call ask', async ({ agent }) => {
      const answer = await agent.ask('roots/list', { _meta: { progressToken: 1 } }, never)
      return text(JSON.stringify(answer))
    })
  })

  async function ask(headers: Record<string, string> = {}): Promise<string> {
    const request = modern('tools/call', { name: 'ask' }, able)
    const answer = await send(url, { ...request, headers: { ...request.headers, ...headers } })
    expect(answer.message.result).toEqual({
      resultType: 'input_required',
      inputRequests: { 'ask-1': { method: 'roots/list', params: {} } },
      requestState: expect.stringMatching(/^gatehouse-[0-9a-f]{16}-[0-9a-f]{48}$/) as unknown,
    })
    return String(answer.message.result?.['requestState'])
  }

  it('is asked with input_required, and the call goes on with the answer', async () => {
    const requestState = await ask()
    const params = { name: 'ask', inputResponses: input, requestState }
    const answer = await send(url, modern('tools/call', params, { ...able, id: 'next' }))
    expect(answer.message).toMatchObject({ id: 'next', result: { resultType: 'complete' } })
    expect(JSON.stringify(answer.message.result)).toContain('roots')
    expect(server.calls).toHaveLength(1)
    // A state is good for one request.
    const again = await send(url, modern('tools/call', params, able))
    expect(again.message).toMatchObject({ error: { code: -32602 } })
    expect(server.calls).toHaveLength(1)
  })

  it('is no one else’s to answer, nor for another request', async () => {
    const requestState = await ask()
    const params = { name: 'ask', inputResponses: input, requestState }
    const stolen = modern('tools/call', params, able)
    const asMallory = { ...stolen, headers: { ...stolen.headers, 'x-caller': 'mallory' } }
    expect((await send(url, asMallory)).message).toMatchObject({ error: { code: -32602 } })
    expect((await send(url.replace('scripted', 'other'), stolen)).message).toMatchObject({ error: { code: -32602 } })
    const other = modern('tools/call', { ...params, name: 'echo' }, able)
    expect((await send(url, other)).message).toMatchObject({ error: { code: -32602 } })
    expect((await send(url, stolen)).message).toMatchObject({ result: { resultType: 'complete' } })
    expect(server.calls).toHaveLength(1)
  })

  it('is named to an agent that did not declare that it can be asked, where the call fails for it', async () => {
    const params = { name: 'ask', arguments: {} }
    const refusedBy = (answer: Answer): void =>
      void server.scripts.set('tools/call ask', ({ agent }) => {
        agent.notAsked?.('sampling/createMessage', {})
        return answer
      })
    const required = { requiredCapabilities: { sampling: {} } }
    for (const failure of [{ result: { content: [], isError: true } }, { error: { code: -32603, message: 'no' } }]) {
      refusedBy(failure)
      const answer = await send(url, modern('tools/call', params))
      expect(answer).toMatchObject({ status: 400, message: { id: 1, error: { code: -32021, data: required } } })
    }
    refusedBy(text('done without'))
    expect((await send(url, modern('tools/call', params))).message).toMatchObject({
      result: { resultType: 'complete' },
    })
  })

  it('is asked again where the agent did not answer it', async () => {
    const requestState = await ask()
    const wrapped = { 'ask-1': { method: 'roots/list', result: { roots: [] } } }
    const again = await send(url, modern('tools/call', { name: 'ask', inputResponses: wrapped, requestState }, able))
    expect(again.message.result).toMatchObject({ resultType: 'input_required', inputRequests: { 'ask-1': {} } })
    expect(again.message.result?.['requestState']).not.toBe(requestState)
  })

  it('is forgotten, and the call with it, when the agent does not come back', async () => {
    served.timeoutMs = 20
    const requestState = await ask()
    await expect.poll(() => server.calls[0]?.signal.aborted).toBe(true)
    const late = await send(url, modern('tools/call', { name: 'ask', inputResponses: input, requestState }, able))
    expect(late.message).toMatchObject({ error: { code: -32602 } })
  })

  it('is given the answer that came while nobody was there to hear it', async () => {
    const withdrawn = new AbortController()
    server.scripts.set('tools/call ask', async ({ agent }) => {
      const answer = await agent.ask('roots/list', { _meta: {} }, withdrawn.signal)
      return text(JSON.stringify(answer))
    })
    const requestState = await ask()
    withdrawn.abort()
    const answer = await send(url, modern('tools/call', { name: 'ask', inputResponses: input, requestState }, able))
    expect(JSON.stringify(answer.message.result)).toContain('withdrew')
  })

  it('makes no call anew for a state that it does not know; a modern server may know it', async () => {
    const params = { name: 'echo', arguments: {}, inputResponses: {}, requestState: 'gatehouse-other-state' }
    expect((await send(url, modern('tools/call', params, able))).message).toMatchObject({ error: { code: -32602 } })
    expect(server.calls).toEqual([])
    await serve('modern')
    await send(url, modern('tools/call', params, able))
    expect(server.calls[0]).toMatchObject({ params, passInputRequired: true })
  })
})

describe('listening', () => {
  const filter = { toolsListChanged: true, promptsListChanged: true, resourceSubscriptions: ['test://a', 'missing:b'] }

  it.each(['legacy', 'modern'] as const)('to a %s server gives an agent on SDK v2 what it asked for', async (era) => {
    await serve(era)
    const { client, ear, close } = await connectV2(url, 'auto')
    closing.push(close)
    const subscription = await client.listen(filter)
    // Prompts never change here, and one resource does not exist.
    expect(subscription.honoredFilter).toEqual({ toolsListChanged: true, resourceSubscriptions: ['test://a'] })
    server.announce('notifications/prompts/list_changed')
    server.announce('notifications/message', { level: 'error', data: 'x' })
    server.announce('notifications/tools/list_changed')
    server.update('test://a')
    await ear.until('notifications/resources/updated')
    expect(ear.heard.map(({ method }) => method)).toEqual([
      'notifications/tools/list_changed',
      'notifications/resources/updated',
    ])
    await subscription.close()
    await expect.poll(() => server.listeners.size).toBe(0)
    expect(server.subscribers.get('test://a')?.size).toBe(0)
    await expect.poll(() => served.open).toBe(0)
  })

  it('is acknowledged first, and marks everything with the id of the request', async () => {
    const request = modern('subscriptions/listen', { notifications: { toolsListChanged: true } }, { id: 'sub' })
    const { response } = await open(url, request)
    server.announce('notifications/tools/list_changed', { _meta: { mine: 1 } })
    const [ack, changed] = (await until(response, 'list_changed')).trim().split('\n\n')
    const stamp = `"${prefix}subscriptionId":"sub"`
    expect(ack).toContain(
      'notifications/subscriptions/acknowledged","params":{"notifications":{"toolsListChanged":true}',
    )
    expect(ack).toContain(stamp)
    expect(changed).toContain(`"_meta":{"mine":1,${stamp}}`)
    served.face.closeScope('scripted')
    expect((await read(response)).message).toMatchObject({ id: 'sub', result: { resultType: 'complete' } })
    expect(server.listeners.size).toBe(0)
  })

  it('ends at once where there is nothing to listen to', async () => {
    const answer = await send(url, modern('subscriptions/listen', { notifications: { promptsListChanged: true } }))
    expect(answer.messages).toMatchObject([{ params: { notifications: {} } }, { id: 1, result: {} }])
  })

  it.each([undefined, 'x', { toolsListChanged: 1 }, { resourceSubscriptions: 'a' }, { resourceSubscriptions: [1] }])(
    'needs a filter, which %j is not',
    async (notifications) => {
      const answer = await send(url, modern('subscriptions/listen', { notifications }))
      expect(answer.message).toMatchObject({ id: 1, error: { code: -32602 } })
      expect(server.listeners.size).toBe(0)
    },
  )

  it('ends without a word when the server session does, so that the agent listens anew', async () => {
    const { client, close } = await connectV2(url, 'auto')
    closing.push(close)
    const subscription = await client.listen({ toolsListChanged: true })
    server.end(new GatewayError('server_unreachable'))
    expect(await subscription.closed).toBe('remote')
    expect(server.listeners.size).toBe(0)
  })
})
