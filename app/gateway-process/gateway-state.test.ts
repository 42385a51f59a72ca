import { describe, expect, it } from 'vitest'
import { afterEvent, afterServerList, startingState } from './gateway-state.js'

const server = (slug: string, status: string) => ({ slug, state: { status } })
const exchange = { id: 'e1', server: 'github', tool: 'delete_repo', verdict: { decision: 'deny' } }

describe('what the app knows of the gateway', () => {
  it('begins with the whole status and goes on with what changes', () => {
    const first = afterEvent(
      startingState,
      'status',
      { vault: 'unlocked', paused: false, dataUrl: 'http://127.0.0.1:1' },
      0,
    )
    expect(first).toMatchObject({ phase: 'running', vault: 'unlocked', paused: false, dataUrl: 'http://127.0.0.1:1' })
    expect(afterEvent(first, 'status', { vault: 'locked' }, 0)).toMatchObject({
      vault: 'locked',
      dataUrl: 'http://127.0.0.1:1',
    })
    expect(afterEvent(first, 'status', { vault: 'unlocked', paused: true }, 0).paused).toBe(true)
  })

  it('knows which servers wait for a sign-in', () => {
    const two = afterServerList(startingState, {
      items: [server('b', 'sign_in_needed'), server('x', 'ready'), server('a', 'sign_in_needed')],
    })
    expect(two.signInNeeded).toEqual(['a', 'b'])
    expect(afterEvent(two, 'server', server('a', 'ready'), 0).signInNeeded).toEqual(['b'])
    expect(afterEvent(two, 'server', server('b', 'sign_in_needed'), 0).signInNeeded).toEqual(['a', 'b'])
  })

  it('remembers the last denial, and nothing of calls that were allowed', () => {
    const denied = afterEvent(startingState, 'exchange', exchange, 5)
    expect(denied.lastDenial).toEqual({ id: 'e1', server: 'github', tool: 'delete_repo', atMs: 5 })
    const allowed = { ...exchange, id: 'e2', verdict: { decision: 'allow' } }
    expect(afterEvent(denied, 'exchange', allowed, 6).lastDenial?.id).toBe('e1')
  })

  it.each([['status'], ['server'], ['exchange'], ['approval']])(
    'passes over a %s that it does not understand',
    (name) => {
      for (const data of [undefined, null, 7, {}, { vault: 'ajar' }, { slug: 1 }])
        expect(afterEvent(startingState, name, data, 0)).toEqual(startingState)
    },
  )
})
