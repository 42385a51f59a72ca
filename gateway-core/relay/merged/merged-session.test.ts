import { describe, expect, it } from 'vitest'
import type { Params } from '../../contract/json-rpc.js'
import type { Member, MemberCall } from './member.js'
import { aboutServer, createMember, everything, hang, toCall, withTools } from './test/scripted-member.js'
import { refuse, startMerged } from './test/start-merged.js'

describe('requests to the merged server', () => {
  it('go to the one server that the name is of, under its own name, with everything else as it was', async () => {
    const [a, b] = [withTools('a', 'x'), withTools('b', 'x')]
    const { resultOf } = startMerged(a, b)
    const params = { name: 'b__x', arguments: { name: 'kept' }, _meta: { progressToken: 7 } }
    expect(await resultOf('tools/call', params)).toEqual({
      echoed: { method: 'tools/call', params: { ...params, name: 'x' } },
    })
    expect(a.asked).toHaveLength(0)
    expect(b.asked).toHaveLength(1)
  })

  it('find a shortened name through the list, which is asked for if need be', async () => {
    const long = 'a'.repeat(100)
    const slug = 's'.repeat(64)
    const listing = startMerged(withTools(slug, long))
    const [merged] = await listing.toolNames()
    expect(merged).toHaveLength(64)
    const { resultOf } = startMerged(withTools(slug, long))
    expect(await resultOf('tools/call', { name: merged })).toMatchObject({ echoed: { params: { name: long } } })
  })

  it('are refused where no server has the name, after a look at its list where that may be old', async () => {
    const member = withTools('s', 'x')
    const { ask, toolNames, clock, resultOf } = startMerged(member)
    await toolNames()
    for (const name of ['s__new', 'other__x', 'x', ''])
      expect(await ask('tools/call', { name })).toEqual({ error: { code: -32602, message: `Unknown tool: ${name}` } })
    expect(await ask('tools/call', {})).toMatchObject({ error: { code: -32602 } })
    expect(await ask('prompts/get', { name: 'y' })).toMatchObject({ error: { message: 'Unknown prompt: y' } })
    expect(member.asked).toHaveLength(1)
    member.answer = ({ params }) => ({ result: { tools: [{ name: 'new' }], params } })
    await clock.advance(600_000)
    expect(await resultOf('tools/call', { name: 's__new' })).toMatchObject({ params: { name: 'new' } })
  })

  it('reach a server that is down, and fail with its own reason', async () => {
    const member = withTools('s', 'x')
    const { ask, toolNames, clock } = startMerged(member)
    await toolNames()
    member.answer = refuse('server_unreachable', 'Connection refused.')
    await clock.advance(600_000)
    await toolNames()
    await expect(ask('tools/call', { name: 's__x' })).rejects.toThrow('Connection refused.')
    await expect(ask('tools/call', { name: 's__other' })).rejects.toThrow('Connection refused.')
    expect(member.asked.map(({ method }) => method)).toEqual(['tools/list', 'tools/list', 'tools/call'])
  })

  it('bring URIs back as those of the merged server', async () => {
    const member = createMember('x', {
      'tools/call': {
        content: [
          { type: 'text', text: 'file:///a' },
          { type: 'resource_link', uri: 'file:///a', name: 'a' },
          { type: 'resource', resource: { uri: 'file:///b', text: 'b' } },
        ],
        structuredContent: { uri: 'file:///a' },
      },
      'prompts/get': { messages: [{ role: 'user', content: { type: 'resource', resource: { uri: 'file:///b' } } }] },
      'resources/read': { contents: [{ uri: 'file:///c', text: 'c' }], ttlMs: 5 },
    })
    const { resultOf } = startMerged(member)
    expect(await resultOf('tools/call', { name: 'x__t' })).toEqual({
      content: [
        { type: 'text', text: 'file:///a' },
        { type: 'resource_link', uri: 'gatehouse+x:file:///a', name: 'a' },
        { type: 'resource', resource: { uri: 'gatehouse+x:file:///b', text: 'b' } },
      ],
      structuredContent: { uri: 'file:///a' },
    })
    expect(await resultOf('prompts/get', { name: 'x__p' })).toEqual({
      messages: [{ role: 'user', content: { type: 'resource', resource: { uri: 'gatehouse+x:file:///b' } } }],
    })
    expect(await resultOf('resources/read', { uri: 'gatehouse+x:file:///c' })).toEqual({
      contents: [{ uri: 'gatehouse+x:file:///c', text: 'c' }],
      ttlMs: 5,
    })
    expect(member.asked.at(-1)?.params).toEqual({ uri: 'file:///c' })
  })

  it('for a resource of no server are refused, and a server’s own refusal names the merged URI', async () => {
    const member = createMember('x', {})
    member.answer = () => ({ error: { code: -32002, message: 'Not found', data: { uri: 'file:///c' } } })
    const { ask } = startMerged(member)
    for (const uri of ['file:///c', 'gatehouse+y:file:///c'])
      expect(await ask('resources/read', { uri })).toEqual({
        error: { code: -32602, message: `Unknown resource: ${uri}`, data: { uri } },
      })
    expect(await ask('resources/read', { uri: 'gatehouse+x:file:///c' })).toEqual({
      error: { code: -32002, message: 'Not found', data: { uri: 'gatehouse+x:file:///c' } },
    })
  })

  it('for completions go where the prompt or the template is from', async () => {
    const { resultOf, ask } = startMerged(createMember('x', {}))
    const argument = { name: 'a', value: 'b' }
    const complete = async (ref: Params) => (await resultOf('completion/complete', { ref, argument }))['echoed']
    expect(await complete({ type: 'ref/prompt', name: 'x__p' })).toMatchObject({
      params: { ref: { type: 'ref/prompt', name: 'p' }, argument },
    })
    expect(await complete({ type: 'ref/resource', uri: 'gatehouse+x:note://{id}' })).toMatchObject({
      params: { ref: { type: 'ref/resource', uri: 'note://{id}' }, argument },
    })
    expect(await ask('completion/complete', { ref: {} })).toMatchObject({ error: { code: -32602 } })
  })

  it('for the log level reach all that declare logging, and wait 5 s at most', async () => {
    const logging = { about: () => aboutServer({ capabilities: { logging: {} } }) }
    const [well, hanging, silent] = [
      createMember('a', {}, logging),
      createMember('b', {}, logging),
      createMember('c', {}),
    ]
    hanging.answer = hang
    const { resultOf, clock } = startMerged(well, hanging, silent)
    const set = resultOf('logging/setLevel', { level: 'error' })
    await clock.advance(5_000)
    expect(await set).toEqual({})
    expect([well, hanging, silent].map(({ asked }) => asked.length)).toEqual([1, 1, 0])
    expect(well.asked[0]?.params).toEqual({ level: 'error' })
  })

  it('answers ping itself, and nothing that it does not know', async () => {
    const { ask } = startMerged()
    expect(await ask('ping')).toEqual({ result: {} })
    expect(await ask('tasks/get')).toEqual({ error: { code: -32601, message: 'Method not found' } })
  })

  it('lets a server notify and ask the agent during its call', async () => {
    const member = withTools('s', 'x')
    member.answer = async ({ agent: peer, params, signal }: MemberCall) => {
      peer.notify({ jsonrpc: '2.0', method: 'notifications/progress', params: { progressToken: 7, progress: 1 } })
      peer.notify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', logger: 'db', data: 1 } })
      return peer.ask('elicitation/create', params, signal)
    }
    const { resultOf, agent } = startMerged(member)
    expect(await resultOf('tools/call', { name: 's__x' })).toEqual({ asked: 'elicitation/create' })
    expect(agent.heard.map(({ params }) => params)).toEqual([
      { progressToken: 7, progress: 1 },
      { level: 'info', logger: 's/db', data: 1 },
    ])
  })
})

describe('what the merged server says of itself', () => {
  it('declares lists always, and what some server does or may do', () => {
    const about = (...given: readonly Member[]) => startMerged(...given).session.about.capabilities
    expect(about()).toEqual(everything)
    expect(about(createMember('a', {}))).toEqual(everything)
    const logs = createMember('b', {}, { about: () => aboutServer({ capabilities: { logging: {} } }) })
    expect(about(createMember('a', {}), logs)).toEqual({ ...everything, logging: {} })
    const unknown = createMember('c', {}, { about: () => undefined })
    expect(about(unknown)).toEqual({ ...everything, logging: {}, completions: {} })
  })

  it('has the instructions of its servers, and whose they are', () => {
    const about = () => aboutServer({ instructions: ' Be brief. ' })
    const { session } = startMerged(createMember('a', {}, { about, title: 'Ant' }), createMember('b', {}))
    expect(session.about.instructions).toBe('# Ant (names begin with a__)\n\nBe brief.')
    expect(startMerged().session.about.instructions).toBeUndefined()
  })
})

describe('what merged servers of one gateway share', () => {
  it('is lists and the memory of dead servers, whichever session asked', async () => {
    const [well, dead] = [withTools('a', 'x'), withTools('b', 'x')]
    dead.answer = refuse('server_unreachable', 'Connection refused.')
    const { open, agent } = startMerged(well, dead)
    for (const _session of [1, 2, 3]) await open().call(toCall(agent, 'tools/list'))
    expect([well.asked.length, dead.asked.length]).toEqual([1, 1])
  })
})
