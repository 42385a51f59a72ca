import { describe, expect, it } from 'vitest'
import { HttpRefusal } from '../servers/transport.js'
import type { Account } from '../vault/account-store.js'
import { stillRefused } from './still-refused.js'

const nowMs = Date.parse('2026-11-21T12:00:00Z')
const account: Account = {
  ...{ id: 'acc_1', server: 's', subject: 'ada', generation: 1, status: 'connected', createdAt: '', updatedAt: '' },
  ...{ destination: 'https://mcp.example', issuer: 'https://as.example', tokenUrl: 'https://as.example/token' },
  client: { id: 'c', registration: 'dcr', redirectUri: 'http://127.0.0.1:1/oauth/callback' },
  resource: 'https://mcp.example/mcp',
  scopes: ['read'],
}
const jwt = (claims: object): string =>
  `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.canary`
const refusal = (challenge: string, date = 'Sat, 21 Nov 2026 12:00:10 GMT'): HttpRefusal =>
  new HttpRefusal(401, '', { 'www-authenticate': challenge, date })

describe('a token that is refused though it is new', () => {
  it.each([
    [
      'Bearer error="invalid_token", scope="read write"',
      {},
      {
        code: 'AUTH_401_AFTER_OAUTH',
        expected: 'the scopes read write',
        received: 'read',
        fix: 'Connect again with write.',
      },
    ],
    [
      'Bearer',
      { aud: 'https://other.example' },
      { code: 'AUTH_401_AFTER_OAUTH', received: 'one for https://other.example' },
    ],
    [
      'Bearer error="invalid_token"',
      { aud: 'https://mcp.example/mcp' },
      { code: 'AUTH_401_AFTER_OAUTH', likelyCause: expect.stringContaining('withdrawn') },
    ],
  ])('is told by what can be measured: %s %j', (challenge, claims, expected) => {
    const told = stillRefused(refusal(challenge), account, jwt(claims), nowMs)
    expect(told).toMatchObject(expected)
    expect(JSON.stringify(told)).not.toContain('canary')
  })

  it('is a matter of clocks where they differ', () => {
    const told = stillRefused(refusal('Bearer', 'Sat, 21 Nov 2026 12:04:00 GMT'), account, 'opaque-canary', nowMs)
    expect(told).toMatchObject({ code: 'CLOCK_SKEW', title: 'Your clock is 4 min behind' })
    expect(JSON.stringify(told)).not.toContain('canary')
  })
})
