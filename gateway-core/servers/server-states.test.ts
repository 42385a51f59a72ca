import { expect, it } from 'vitest'
import { createServerStates } from './server-states.js'

it('tells each change once, with its reason, and comes back by itself when the server does', () => {
  const seen: string[] = []
  const states = createServerStates(
    (slug, { status, reason }) => seen.push(`${slug} ${status} ${reason ?? ''}`.trim()),
    () => 0,
  )
  expect(states.of('a')).toEqual({ status: 'ready' })
  states.failed('a', 'server_unreachable', 'nothing listens')
  states.failed('a', 'server_unreachable', 'nothing listens')
  states.failed('a', 'credential_rejected', 'no')
  expect(states.of('a')).toEqual({ status: 'error', reason: 'no' })
  states.answered('a')
  states.answered('a')
  expect(seen).toEqual(['a unreachable nothing listens', 'a error no', 'a ready'])
  expect(states.of('a')).toEqual({ status: 'ready', lastSuccessAt: '1970-01-01T00:00:00.000Z' })
})

it('does not blame the server for what the agent or the gateway did', () => {
  const states = createServerStates(
    () => undefined,
    () => 0,
  )
  states.failed('a', 'no_caller_token', 'x')
  states.failed('a', 'internal', 'x')
  expect(states.of('a')).toEqual({ status: 'ready' })
})
