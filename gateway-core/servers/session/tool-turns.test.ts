import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CallCancelled } from './call-cancelled.js'
import { ToolTurns } from './tool-turns.js'

const patienceMs = 10_000
const { signal } = new AbortController()

let begun: string[]

beforeEach(() => {
  vi.useFakeTimers()
  begun = []
})

afterEach(() => {
  vi.useRealTimers()
})

function begin(turns: ToolTurns, agentId: string, until = signal): void {
  const call = { agentId, signal: until }
  const turn = turns.begin(call)
  if (turn === undefined) begun.push(agentId)
  else
    turn.then(
      () => begun.push(agentId),
      (reason: unknown) => begun.push(`${agentId}: ${reason instanceof CallCancelled ? 'cancelled' : String(reason)}`),
    )
}

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

describe('turns', () => {
  it('are not taken where a server does not ask', () => {
    const turns = new ToolTurns(false, patienceMs)
    for (const id of ['a', 'b', 'c']) begin(turns, id)
    expect(begun).toEqual(['a', 'b', 'c'])
  })

  it('are taken one agent at a time, first come, first served, calls of one agent side by side', async () => {
    const turns = new ToolTurns(true, patienceMs)
    for (const id of ['a', 'a', 'b', 'c', 'b']) begin(turns, id)
    expect(begun).toEqual(['a', 'a'])
    turns.end({ agentId: 'a', signal })
    await settled()
    expect(begun).toEqual(['a', 'a'])
    turns.end({ agentId: 'a', signal })
    await settled()
    expect(begun).toEqual(['a', 'a', 'b'])
    turns.end({ agentId: 'b', signal })
    await settled()
    turns.end({ agentId: 'c', signal })
    await settled()
    expect(begun).toEqual(['a', 'a', 'b', 'c', 'b'])
  })

  it('that last are waited for no longer than that, and then by nobody', async () => {
    const turns = new ToolTurns(true, patienceMs)
    for (const id of ['a', 'b']) begin(turns, id)
    await vi.advanceTimersByTimeAsync(patienceMs)
    expect(begun).toEqual(['a'])
    await vi.advanceTimersByTimeAsync(1)
    expect(begun).toEqual(['a', 'b'])
    turns.end({ agentId: 'b', signal })
    for (const id of ['c', 'd']) begin(turns, id)
    expect(begun).toEqual(['a', 'b', 'c'])
    turns.end({ agentId: 'c', signal })
    await settled()
    expect(begun).toEqual(['a', 'b', 'c', 'd'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('may all be taken at once by the agents of one caller', () => {
    const turns = new ToolTurns(true, 0)
    for (const id of ['a', 'b', 'c']) begin(turns, id)
    expect(begun).toEqual(['a', 'b', 'c'])
  })

  it('are taken by others of a caller once all that an agent of it is asked at once has come', async () => {
    const turns = new ToolTurns(true, patienceMs, new Set(), () => true)
    const call = (agentId: string) => ({ agentId, callerId: 'one', signal })
    expect(turns.begin(call('a'))).toBeUndefined()
    let allCame: () => void = () => undefined
    turns.asked(() => new Promise<void>((resolve) => (allCame = resolve)))
    void turns.begin(call('b'))?.then(() => begun.push('b'))
    await vi.advanceTimersByTimeAsync(patienceMs / 2)
    expect(begun).toEqual([])
    allCame()
    await settled()
    expect(begun).toEqual(['b'])
    turns.fail(new Error('over'))
  })

  it('are given up by a call that is cancelled, and refused at the end', async () => {
    const turns = new ToolTurns(true, patienceMs)
    const leaving = new AbortController()
    begin(turns, 'a')
    begin(turns, 'b', leaving.signal)
    begin(turns, 'c')
    leaving.abort()
    turns.fail(new Error('over'))
    await settled()
    expect(begun).toEqual(['a', 'b: cancelled', 'c: Error: over'])
    expect(vi.getTimerCount()).toBe(0)
  })
})
