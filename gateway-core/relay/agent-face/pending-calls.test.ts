import { describe, expect, it } from 'vitest'
import { ModernCall } from './modern-call.js'
import { PendingCalls, type Continuation } from './pending-calls.js'

const of: Continuation = { callerId: 'alice', scope: 's', method: 'tools/call', name: 't' }

function newCall(): ModernCall {
  return new ModernCall({ capabilities: {}, clientInfo: {}, logLevel: undefined, progressToken: undefined }, 'alice')
}

describe('calls that wait for input', () => {
  it('are 1000 at most for a caller, whose room comes back when they go on', () => {
    const pending = new PendingCalls()
    const states = Array.from({ length: 1000 }, () => pending.keep(newCall(), of, 60_000))
    expect(new Set(states).size).toBe(1000)
    expect(pending.keep(newCall(), of, 60_000)).toBeUndefined()
    expect(pending.keep(newCall(), { ...of, callerId: 'bob' }, 60_000)).toBeDefined()
    expect(pending.take(String(states[0]), of)).toBeInstanceOf(ModernCall)
    expect(pending.keep(newCall(), of, 60_000)).toBeDefined()
    pending.endScope(undefined)
  })

  it('end with their scope', () => {
    const pending = new PendingCalls()
    const [ours, others] = [newCall(), newCall()]
    pending.keep(ours, of, 60_000)
    const state = pending.keep(others, { ...of, scope: 'other' }, 60_000)
    pending.endScope('s')
    expect(ours.controller.signal.aborted).toBe(true)
    expect(pending.take(String(state), { ...of, scope: 'other' })).toBe(others)
  })
})
