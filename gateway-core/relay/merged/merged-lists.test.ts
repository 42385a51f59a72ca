import { describe, expect, it } from 'vitest'
import type { Answer } from '../../contract/json-rpc.js'
import { compileToolView } from '../tools/tool-view.js'
import type { Member } from './member.js'
import { aboutServer, createMember, hang, withTools } from './test/scripted-member.js'
import { namesOf, refuse, startMerged } from './test/start-merged.js'

describe('lists of the merged server', () => {
  it('hold the tools of all servers, by slug and then in each server’s order, on one page', async () => {
    const { resultOf, ask } = startMerged(withTools('zoo', 'b', 'a'), withTools('ant', 'y', 'x'))
    expect(await resultOf('tools/list')).toEqual({
      tools: ['ant__y', 'ant__x', 'zoo__b', 'zoo__a'].map((name) => ({ name })),
      ttlMs: 60_000,
      cacheScope: 'private',
    })
    expect(await ask('tools/list', { cursor: 'x' })).toEqual({ error: { code: -32602, message: 'Invalid cursor' } })
  })

  it('hold prompts named as tools are, and resources and templates under URIs of their own', async () => {
    const { resultOf } = startMerged(
      createMember('x', {
        'prompts/list': { prompts: [{ name: 'p', title: 'P' }] },
        'resources/list': { resources: [{ uri: 'file:///a', name: 'a' }] },
        'resources/templates/list': { resourceTemplates: [{ uriTemplate: 'note://{id}', name: 't' }] },
      }),
    )
    expect((await resultOf('prompts/list'))['prompts']).toEqual([{ name: 'x__p', title: 'P' }])
    expect((await resultOf('resources/list'))['resources']).toEqual([{ uri: 'gatehouse+x:file:///a', name: 'a' }])
    expect((await resultOf('resources/templates/list'))['resourceTemplates']).toEqual([
      { uriTemplate: 'gatehouse+x:note://{id}', name: 't' },
    ])
  })

  it('ask no server for what it does not declare, and take Method not found for an empty list', async () => {
    const quiet = createMember('quiet', {}, { about: () => aboutServer({ capabilities: { tools: {} } }) })
    const partial = createMember('partial', {})
    partial.answer = () => ({ error: { code: -32601, message: 'Method not found' } })
    const { resultOf } = startMerged(quiet, partial)
    expect(await resultOf('resources/templates/list')).toMatchObject({ resourceTemplates: [] })
    expect(await resultOf('resources/templates/list')).not.toHaveProperty('_meta')
    expect(quiet.asked).toHaveLength(0)
    expect(partial.asked).toHaveLength(1)
  })

  it('may be kept as long as the shortest-lived of the lists', async () => {
    const modern = aboutServer({ era: 'modern' })
    const list = (ttlMs: number) => ({ 'tools/list': { tools: [], ttlMs, cacheScope: 'public' } })
    const { resultOf, clock } = startMerged(
      createMember('a', list(30_000), { about: () => modern }),
      createMember('b', list(20_000), { about: () => modern }),
    )
    expect(await resultOf('tools/list')).toMatchObject({ ttlMs: 20_000, cacheScope: 'private' })
    await clock.advance(15_000)
    expect(await resultOf('tools/list')).toMatchObject({ ttlMs: 5_000 })
  })

  it('ask a server at once that is configured otherwise, whatever what it was asked before comes to', async () => {
    const member = withTools('s', 'x')
    const { toolNames, state, clock } = startMerged(member)
    const { answer } = member
    member.answer = hang
    const before = toolNames()
    await clock.advance(5_000)
    state.forget('s')
    member.answer = answer
    expect(await toolNames()).toEqual(['s__x'])
    await clock.advance(5_000)
    expect(await before).toEqual([])
    state.lists.invalidate('s', 'tools/list')
    expect(await toolNames()).toEqual(['s__x'])
  })

  it('leave out servers that are down, and name them with the reason', async () => {
    const dead = withTools('dead', 'x')
    dead.answer = refuse('server_unreachable', 'Connection refused.')
    const broken = withTools('broken', 'x')
    broken.answer = () => ({ error: { code: -32603, message: 'token sk-123 is wrong' } })
    const failed = withTools('failed', 'x')
    failed.answer = () => Promise.reject(new Error('a detail of ours'))
    const { resultOf } = startMerged(dead, broken, failed, withTools('well', 'x'))
    expect(await resultOf('tools/list')).toEqual({
      tools: [{ name: 'well__x' }],
      ttlMs: 5_000,
      cacheScope: 'private',
      _meta: {
        'gatehouse/unavailable': [
          {
            server: 'broken',
            code: 'server_unreachable',
            reason: 'The server answered tools/list with error -32603.',
          },
          { server: 'dead', code: 'server_unreachable', reason: 'Connection refused.' },
          { server: 'failed', code: 'internal', reason: 'Gatehouse failed.' },
        ],
      },
    })
  })

  it('do not ask a dead server again for 5 s, then twice as long, then at once when it is back', async () => {
    const dead = withTools('dead', 'x')
    dead.answer = refuse('server_unreachable', 'Connection refused.')
    const { toolNames, clock } = startMerged(dead)
    const asks = async (afterMs: number) => {
      await clock.advance(afterMs)
      const before = dead.asked.length
      await toolNames()
      return dead.asked.length - before
    }
    expect([await asks(0), await asks(4_999), await asks(1), await asks(9_999), await asks(1)]).toEqual([1, 0, 1, 0, 1])
    expect([await asks(19_999), await asks(1), await asks(40_000), await asks(59_999), await asks(1)]).toEqual([
      0, 1, 1, 0, 1,
    ])
    dead.answer = () => ({ result: { tools: [{ name: 'x' }] } })
    expect(await asks(60_000)).toBe(1)
    expect(await toolNames()).toEqual(['dead__x'])
  })

  it('ask again each time where only this caller’s credential was refused', async () => {
    const member = withTools('s', 'x')
    member.answer = refuse('credential_rejected', 'No.')
    const { toolNames } = startMerged(member)
    await toolNames()
    await toolNames()
    expect(member.asked).toHaveLength(2)
  })

  it('wait 10 s for a server that is new, and 2 s for one that has answered before', async () => {
    const slow = createMember('slow', {}, { about: () => aboutServer({ era: 'modern' }) })
    slow.answer = hang
    const { resultOf, clock, toolNames } = startMerged(slow, withTools('well', 'x'))
    let settled = 0
    const first = resultOf('tools/list').finally(() => settled++)
    await clock.advance(9_999)
    expect(settled).toBe(0)
    await clock.advance(1)
    expect((await first)['_meta']).toEqual({
      'gatehouse/unavailable': [
        { server: 'slow', code: 'server_timeout', reason: 'The server did not answer tools/list in time.' },
      ],
    })
    await clock.advance(5_000)
    slow.answer = () => ({ result: { tools: [{ name: 'y' }] } })
    expect(await toolNames()).toEqual(['slow__y', 'well__x'])
    slow.answer = hang
    const second = resultOf('tools/list').finally(() => settled++)
    await clock.advance(1_999)
    expect(settled).toBe(1)
    await clock.advance(1)
    expect(namesOf(await second)).toEqual(['well__x'])
    await clock.advance(60_000)
    expect(slow.asked.at(-1)?.signal.aborted).toBe(true)
    expect(clock.timers).toBe(0)
  })

  it('cost nothing for 30 dead of 100 servers, once it is known', async () => {
    const members = Array.from({ length: 100 }, (_, n) => withTools(`s${100 + n}`, 'x'))
    for (const member of members.slice(0, 30)) member.answer = hang
    const { resultOf, clock } = startMerged(...members)
    const first = resultOf('tools/list')
    // Two waves of those that hang hold up the rest for 2 s each, and are waited for 10 s.
    await clock.advance(12_000)
    expect(namesOf(await first)).toHaveLength(70)
    const asked = members.reduce((sum, member) => sum + member.asked.length, 0)
    expect(asked).toBe(100)
    const second = await resultOf('tools/list')
    expect(namesOf(second)).toHaveLength(70)
    expect(second['_meta']).toMatchObject({ 'gatehouse/unavailable': { length: 30 } })
    expect(members.reduce((sum, member) => sum + member.asked.length, 0)).toBe(asked)
  })

  it('ask at most 16 servers at once', async () => {
    let now = 0
    let most = 0
    const members = Array.from({ length: 50 }, (_, n) => withTools(`s${100 + n}`, 'x'))
    for (const member of members)
      member.answer = async () => {
        most = Math.max(most, ++now)
        await new Promise(setImmediate)
        now--
        return { result: { tools: [] } }
      }
    await startMerged(...members).resultOf('tools/list')
    expect(most).toBe(16)
  })

  it('end with the request of an agent that leaves, while others go on waiting', async () => {
    const slow = withTools('slow', 'x')
    let finish: (answer: Answer) => void = () => undefined
    slow.answer = () => new Promise((resolve) => (finish = resolve))
    const { ask, resultOf, clock } = startMerged(slow)
    const leaving = new AbortController()
    const left = ask('tools/list', undefined, { signal: leaving.signal })
    const stayed = resultOf('tools/list')
    await clock.advance(1)
    leaving.abort(new Error('left'))
    await expect(left).rejects.toThrow('left')
    finish({ result: { tools: [{ name: 'x' }] } })
    expect(namesOf(await stayed)).toEqual(['slow__x'])
    expect(slow.asked).toHaveLength(1)
    expect(clock.timers).toBe(0)
  })

  it('tell nothing to the agent whose request it was, as others wait for the same', async () => {
    const member = withTools('s', 'x')
    member.answer = async ({ agent: peer }) => {
      peer.notify({ jsonrpc: '2.0', method: 'notifications/message', params: {} })
      return peer.ask('sampling/createMessage', {}, new AbortController().signal)
    }
    const { resultOf, agent } = startMerged(member)
    // What cannot be asked is answered with Method not found, which is an empty list here.
    expect(await resultOf('tools/list')).toMatchObject({ tools: [] })
    expect(agent.heard).toEqual([])
  })

  it('show tools as their view and the caller’s key have them', async () => {
    const view = compileToolView({ tools: { purge: { hidden: true }, write: { rename: 'save' } } })
    const mayUse = (tool: string) => tool !== 'read'
    const member: Member = { ...withTools('s', 'read', 'write', 'purge', 'stat'), view, mayUse }
    const { toolNames, resultOf, ask } = startMerged(member)
    // Before the list and after it.
    for (const _round of [1, 2]) {
      expect(await resultOf('tools/call', { name: 's__save' })).toMatchObject({ echoed: { params: { name: 'write' } } })
      for (const name of ['s__write', 's__purge', 's__read'])
        expect(await ask('tools/call', { name })).toEqual({ error: { code: -32602, message: `Unknown tool: ${name}` } })
      expect(await toolNames()).toEqual(['s__save', 's__stat'])
    }
  })

  it('name the servers whose lists had no end', async () => {
    const member = withTools('s')
    member.answer = () => ({ result: { tools: [{ name: 'x' }], nextCursor: 'same' } })
    expect(await startMerged(member).resultOf('tools/list')).toMatchObject({
      tools: [{ name: 's__x' }],
      _meta: { 'gatehouse/cutOff': ['s'] },
    })
  })
})
