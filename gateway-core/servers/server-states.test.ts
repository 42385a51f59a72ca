import { expect, it } from 'vitest'
import { createServerStates, type ServerStates } from './server-states.js'

const at = (ms: number): string => new Date(ms).toISOString()

function track(): { states: ServerStates; seen: string[]; clock: { ms: number } } {
  const seen: string[] = []
  const clock = { ms: 0 }
  const states = createServerStates(
    (slug, { status, reason }) => seen.push(`${slug} ${status} ${reason ?? ''}`.trim()),
    () => clock.ms,
  )
  return { states, seen, clock }
}

it('tells each change once, with its reason, and comes back by itself when the server does', () => {
  const { states, seen } = track()
  expect(states.of('a')).toEqual({ status: 'ready' })
  states.failed('a', 'server_unreachable', 'nothing listens')
  states.failed('a', 'server_unreachable', 'nothing listens')
  states.failed('a', 'credential_rejected', 'no')
  expect(states.of('a')).toEqual({ status: 'error', reason: 'no', since: at(0) })
  states.answered('a')
  states.answered('a')
  expect(seen).toEqual(['a unreachable nothing listens', 'a error no', 'a ready'])
  expect(states.of('a')).toEqual({ status: 'ready', since: at(0), lastSuccessAt: at(0) })
})

it('keeps since when a status holds, also where its reason changes', () => {
  const { states, clock } = track()
  clock.ms = 1000
  states.failed('a', 'server_unreachable', 'nothing listens')
  clock.ms = 2000
  states.failed('a', 'server_timeout', 'silence')
  expect(states.of('a')).toEqual({ status: 'unreachable', reason: 'silence', since: at(1000) })
  clock.ms = 3000
  states.answered('a')
  clock.ms = 4000
  states.answered('a')
  expect(states.of('a')).toEqual({ status: 'ready', since: at(3000), lastSuccessAt: at(4000) })
})

it('leaves a server that a person stopped disabled until it is let in again, whatever its open calls come to', () => {
  const { states, seen } = track()
  states.stopped('a', 'by Ann')
  states.answered('a')
  states.failed('a', 'server_unreachable', 'gone')
  expect(states.of('a')).toMatchObject({ status: 'disabled', reason: 'by Ann' })
  states.allowed('a')
  states.allowed('a')
  expect(states.of('a')).toMatchObject({ status: 'ready' })
  expect(seen).toEqual(['a disabled by Ann', 'a ready'])
})

it('says where the local user has to sign in before any call, and is ready with the account', () => {
  const { states, seen } = track()
  states.signInFound('a', 'none yet')
  states.signInFound('a', 'none yet')
  expect(states.of('a')).toMatchObject({ status: 'sign_in_needed', reason: 'none yet' })
  states.signInFound('a', undefined)
  states.failed('a', 'account_needed', 'another caller has none')
  expect(states.of('a')).toMatchObject({ status: 'ready' })
  states.signInFound('a', 'withdrawn')
  expect(seen).toEqual(['a sign_in_needed none yet', 'a ready', 'a sign_in_needed withdrawn'])
})

it('goes by the calls of others while the local user has no account', () => {
  const { states, seen } = track()
  states.signInFound('a', 'none yet')
  states.answered('a')
  states.signInFound('a', 'none yet')
  expect(states.of('a')).toMatchObject({ status: 'ready' })
  states.failed('a', 'account_needed', 'withdrawn')
  states.signedIn('a')
  expect(seen).toEqual(['a sign_in_needed none yet', 'a ready', 'a sign_in_needed withdrawn', 'a ready'])
})

it('has a stopped server come back to where it was: waiting for a sign-in', () => {
  const { states } = track()
  states.stopped('a', 'by Ann')
  states.signInFound('a', 'none yet')
  expect(states.of('a')).toMatchObject({ status: 'disabled' })
  states.allowed('a')
  expect(states.of('a')).toMatchObject({ status: 'sign_in_needed', reason: 'none yet' })
  states.forget('a')
  expect(states.of('a')).toEqual({ status: 'ready' })
})

it('does not blame the server for what the agent or the gateway did', () => {
  const { states } = track()
  states.failed('a', 'no_caller_token', 'x')
  states.failed('a', 'internal', 'x')
  expect(states.of('a')).toEqual({ status: 'ready' })
})
