import { describe, expect, it } from 'vitest'
import { isRequest, type JsonRpcRequest, type Params } from '../../contract/json-rpc.js'
import { CallCancelled } from './call-cancelled.js'
import { sentToken } from './request-params.js'
import { modernServer, type ScriptedServer } from './test/memory-transport.js'
import { openTestSession } from './test/open-test-session.js'
import { TestAgent } from './test/test-agent.js'

function serverThat(result: (request: JsonRpcRequest, round: number) => Params): ScriptedServer {
  let round = 0
  return modernServer((message, server) => {
    if (isRequest(message)) server.result(message.id, result(message, round++))
  })
}

const elicit = (key: string): Params => ({ [key]: { method: 'elicitation/create', params: { message: key } } })
const wants = (inputRequests: unknown, requestState?: string): Params => ({
  resultType: 'input_required',
  ...(inputRequests === undefined ? {} : { inputRequests }),
  ...(requestState === undefined ? {} : { requestState }),
})

describe('input_required', () => {
  it('is answered with the same request under a new id, with the inputs and the state as it was given', async () => {
    const server = serverThat((_, round) => {
      if (round === 0) return wants({ ...elicit('one'), root: { method: 'roots/list' } }, 'opaque=1')
      return round === 1 ? wants(elicit('two')) : { resultType: 'complete', ok: true }
    })
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    const agent = new TestAgent('a', ({ method, params }) => ({ result: { method, said: params?.['message'] } }))
    expect(await session.call(agent.tool('x', { n: 1 }))).toEqual({ result: { resultType: 'complete', ok: true } })
    const sent = server.requests('tools/call')
    expect(new Set(sent.map(({ id }) => id)).size).toBe(3)
    const inputs = sent.map(({ params }) => [params?.['name'], params?.['inputResponses'], params?.['requestState']])
    expect(inputs).toEqual([
      ['x', undefined, undefined],
      [
        'x',
        {
          one: { method: 'elicitation/create', said: 'one' },
          root: { method: 'roots/list', said: undefined },
        },
        'opaque=1',
      ],
      ['x', { two: { method: 'elicitation/create', said: 'two' } }, undefined],
    ])
    for (const { id, params } of sent) expect(params?.['_meta']).toMatchObject({ progressToken: sentToken(Number(id)) })
  })

  it('is answered at most 10 times', async () => {
    const server = serverThat(() => wants(elicit('more')))
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    expect(await session.call(new TestAgent('a').tool('x'))).toMatchObject({ error: { code: -32603 } })
    expect(server.requests('tools/call')).toHaveLength(11)
  })

  it('may ask for nothing but the state', async () => {
    const server = serverThat((_, round) => (round === 0 ? wants(undefined, 's') : { resultType: 'complete' }))
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    await session.call(new TestAgent('a').tool('x'))
    expect(server.requests('tools/call')[1]?.params).toMatchObject({ requestState: 's' })
    expect(server.requests('tools/call')[1]?.params).not.toHaveProperty('inputResponses')
  })

  it.each([
    ['nothing at all', wants(undefined)],
    ['what is no request', wants({ a: 1 })],
    ['more than 32 at once', wants(Object.assign({}, ...Array.from({ length: 33 }, (_, at) => elicit(`k${at}`))))],
  ])('for %s is an error', async (_, result) => {
    const session = await openTestSession(
      serverThat(() => result),
      { rememberedEra: 'modern' },
    )
    expect(await session.call(new TestAgent('a').tool('x'))).toMatchObject({ error: { code: -32603 } })
  })

  it('is not put to an agent that cannot answer it, and an agent’s error is the call’s', async () => {
    const session = await openTestSession(
      serverThat(() => wants(elicit('q'))),
      { rememberedEra: 'modern' },
    )
    const unable = new TestAgent('a', undefined, { sampling: {} })
    expect(await session.call(unable.tool('x'))).toMatchObject({ error: { code: -32601 } })
    expect(unable.asked).toEqual([])
    const failing = new TestAgent('b', () => ({ error: { code: -7, message: 'no' } }))
    expect(await session.call(failing.tool('x'))).toEqual({ error: { code: -7, message: 'no' } })
  })

  it('under the key __proto__ is answered under that key', async () => {
    const hostile = JSON.parse('{"__proto__":{"method":"roots/list"}}') as unknown
    const server = serverThat((_, round) => (round === 0 ? wants(hostile) : { resultType: 'complete' }))
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    await session.call(new TestAgent('a').tool('x'))
    const responses = server.requests('tools/call')[1]?.params?.['inputResponses']
    expect(JSON.stringify(responses)).toBe('{"__proto__":{}}')
  })

  it('is dropped when the agent leaves while it is asked', async () => {
    const server = serverThat(() => wants(elicit('q')))
    const session = await openTestSession(server, { rememberedEra: 'modern' })
    const leaving = new AbortController()
    const agent = new TestAgent('a', () => {
      leaving.abort()
      return { result: {} }
    })
    const call = session.call(agent.tool('x', {}, { signal: leaving.signal }))
    await expect(call).rejects.toBeInstanceOf(CallCancelled)
    expect(server.requests('tools/call')).toHaveLength(1)
  })
})
