import { describe, expect, it } from 'vitest'
import type { Answer } from '../../contract/json-rpc.js'
import { createAgent, createMember, toCall, withTools } from './test/scripted-member.js'
import { namesOf, startMerged } from './test/start-merged.js'

describe('listening to the merged server', () => {
  it('tells once of changes that come together, and asks for the lists anew', async () => {
    const members = ['a', 'b', 'c'].map((slug) => withTools(slug, 'x'))
    const { session, agent, clock, toolNames } = startMerged(...members)
    await toolNames()
    const stop = session.listen({ agent, notify: agent.notify })
    for (const member of members) member.say('notifications/tools/list_changed')
    await clock.advance(100)
    expect(agent.heard).toEqual([{ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }])
    await toolNames()
    expect(members.map(({ asked }) => asked.length)).toEqual([2, 2, 2])
    members[0]?.say('notifications/tools/list_changed')
    stop()
    await clock.advance(1_000)
    expect(agent.heard).toHaveLength(1)
    expect(members.map(({ listeners }) => listeners.size)).toEqual([0, 0, 0])
  })

  it('brings updates of resources under merged URIs, to whoever subscribed', async () => {
    const subscribed: unknown[] = []
    const member = createMember(
      'x',
      {},
      {
        subscribe: async (uri, listener, { params }) => {
          subscribed.push(uri, params, listener)
          return { result: {} }
        },
        unsubscribe: async (uri, listener) => {
          subscribed.push(uri, listener)
          return { result: {} }
        },
      },
    )
    const { session, agent } = startMerged(member)
    const listener = { agent, notify: agent.notify }
    const uri = 'gatehouse+x:file:///a'
    session.listen(listener)
    await session.subscribe(uri, listener, toCall(agent, 'resources/subscribe', { uri }))
    await session.unsubscribe(uri, listener, toCall(agent, 'resources/unsubscribe', { uri }))
    const [heardBy] = member.listeners
    expect(subscribed).toEqual(['file:///a', { uri: 'file:///a' }, heardBy, 'file:///a', heardBy])
    expect(subscribed[2]).toBe(heardBy)
    expect(subscribed[4]).toBe(heardBy)
    member.say('notifications/resources/updated', { uri: 'file:///a' })
    expect(agent.heard[0]?.params).toEqual({ uri })
    expect(await session.subscribe('file:///a', listener, toCall(agent, 'resources/subscribe'))).toMatchObject({
      error: { code: -32602 },
    })
  })

  it('makes requests of subscriptions where a server has no sessions for them', async () => {
    const member = createMember('x', {})
    const { session, agent } = startMerged(member)
    const call = toCall(agent, 'resources/subscribe')
    await session.subscribe('gatehouse+x:file:///a', { agent, notify: agent.notify }, call)
    expect(member.asked[0]).toMatchObject({ method: 'resources/subscribe', params: { uri: 'file:///a' } })
  })

  it('hears servers that are added and no longer those that are removed', async () => {
    const [old, added] = [withTools('old', 'x'), withTools('new', 'x')]
    const { session, agent, members, clock } = startMerged(old)
    session.listen({ agent, notify: agent.notify })
    members.splice(0, 1, added)
    session.membersChanged()
    await clock.advance(100)
    expect(agent.heard.map(({ method }) => method)).toEqual([
      'notifications/tools/list_changed',
      'notifications/prompts/list_changed',
      'notifications/resources/list_changed',
    ])
    expect([old.listeners.size, added.listeners.size]).toEqual([0, 1])
    await session.close()
    expect(added.listeners.size).toBe(0)
    expect(clock.timers).toBe(0)
  })

  it('hears of the list of a server that was too late for the one that it was asked for', async () => {
    const late = withTools('late', 'x')
    const { session, agent, clock, resultOf, toolNames, state } = startMerged(late)
    await toolNames()
    state.lists.invalidate('late', 'tools/list')
    let finish: (answer: Answer) => void = () => undefined
    late.answer = () => new Promise((resolve) => (finish = resolve))
    session.listen({ agent, notify: agent.notify })
    const without = resultOf('tools/list')
    await clock.advance(2_000)
    expect(namesOf(await without)).toEqual([])
    finish({ result: { tools: [{ name: 'y' }] } })
    await clock.advance(100)
    expect(agent.heard.map(({ method }) => method)).toEqual(['notifications/tools/list_changed'])
    expect(await toolNames()).toEqual(['late__y'])
  })

  it('passes on what agents say to all servers', () => {
    const heard: string[] = []
    const members = ['a', 'b'].map((slug) =>
      createMember(slug, {}, { notify: ({ method }) => void heard.push(`${slug} ${method}`) }),
    )
    const { session } = startMerged(...members)
    session.notify({ jsonrpc: '2.0', method: 'notifications/roots/list_changed' }, toCall(createAgent(), '').outbound)
    expect(heard).toEqual(['a notifications/roots/list_changed', 'b notifications/roots/list_changed'])
  })
})
