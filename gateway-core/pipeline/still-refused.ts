/** Why a server may refuse an account's token that was only just refreshed: what can be measured, apart from the guess. */
import type { Diagnosis } from '../contract/diagnosis.js'
import { clocksApart, clockSkew } from '../oauth/clock-skew.js'
import { claimsOf } from '../oauth/request-token.js'
import type { HttpRefusal } from '../servers/transport.js'
import type { Account } from '../vault/account-store.js'
import { readChallenge } from './probe-oauth.js'

/** @param token of which nothing but claims is told, and only where it is a JWT */
export function stillRefused(refusal: HttpRefusal, account: Account, token: string, nowMs: number): Diagnosis {
  const { error, scope } = readChallenge(refusal)
  const claims = claimsOf(token) ?? {}
  const audiences = [claims.aud ?? []].flat().map(String)
  const wanted = (scope ?? '').split(' ').filter((one) => one !== '')
  const missing = wanted.filter((one) => !account.scopes.includes(one))
  const clocks = clocksApart(refusal.headers['date'], nowMs)
  const facts = [
    'The server refuses the access token, though it is new; it was sent as Authorization: Bearer.',
    ...(error === undefined ? [] : [`The server says ${error}.`]),
    ...(account.expiresAt === undefined ? [] : [`The token is good until ${account.expiresAt}.`]),
  ]
  const common = { code: 'AUTH_401_AFTER_OAUTH', title: 'Signed in, but the server still says no' } as const
  if (clocks !== undefined) return clockSkew(clocks, 'the server’s', facts)
  if (missing.length > 0)
    return {
      ...{ ...common, facts, expected: `the scopes ${wanted.join(' ').slice(0, 300)}` },
      received: account.scopes.length === 0 ? 'none' : account.scopes.join(' ').slice(0, 300),
      fix: `Connect again with ${missing.join(' ').slice(0, 300)}.`,
    }
  if (audiences.length > 0 && !audiences.includes(account.resource))
    return {
      ...{ ...common, facts, expected: `a token for ${account.resource}` },
      received: `one for ${audiences.join(', ').slice(0, 300)}`,
      likelyCause: 'the provider does not know this server as a resource.',
      fix: 'Set resource of app_auth to what the server calls itself.',
    }
  return {
    ...{ ...common, facts },
    likelyCause: 'the access was withdrawn, or the account may not use this server.',
    fix: 'Sign in again; if that does not help, ask whoever runs the server.',
  }
}
