import { beforeEach, expect, it } from 'vitest'
import { GatewayError } from '../contract/errors.js'
import { HangingServers } from './hanging-servers.js'

let now: number
let servers: HangingServers
const silence = new GatewayError('server_timeout', { detail: 'It was silent (initialize).' })

beforeEach(() => {
  now = 0
  servers = new HangingServers(() => now)
})

function outcome(slug = 'a'): string {
  try {
    servers.begin(slug)
    return 'tried'
  } catch (error) {
    return error instanceof GatewayError ? `${error.code}: ${error.detail ?? ''}` : String(error)
  }
}

it('refuses calls at once while a server is known to hang, with the reason, and lets one try after a pause', () => {
  expect([outcome(), outcome()]).toEqual(['tried', 'tried'])
  servers.failed('a', silence)
  expect(outcome()).toBe('server_timeout: The server hangs, and is tried again in 1 s. It was silent (initialize).')
  expect(outcome('b')).toBe('tried')
  now = 1000
  expect(outcome()).toBe('tried')
  expect(outcome()).toBe(
    'server_timeout: The server hangs, and is being tried again just now. It was silent (initialize).',
  )
  servers.opened('a')
  expect([outcome(), outcome()]).toEqual(['tried', 'tried'])
})

it('doubles the pause up to 15 s, counts what failed together once, and forgets where the failure was another one', () => {
  servers.failed('a', silence)
  servers.failed('a', silence)
  for (const pauseMs of [1000, 2000, 4000, 8000, 15_000, 15_000]) {
    now += pauseMs - 1
    expect(outcome()).toContain('tried again in 1 s')
    now += 1
    expect(outcome()).toBe('tried')
    servers.failed('a', silence)
  }
  now += 15_000
  expect(outcome()).toBe('tried')
  servers.failed('a', new GatewayError('server_unreachable'))
  expect([outcome(), outcome()]).toEqual(['tried', 'tried'])
})
