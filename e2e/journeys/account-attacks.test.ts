/** Sign-ins that somebody meddles with: no token is stored, and the genuine one completes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AccountFixture } from '../peers/account-fixture.js'
import { visit } from '../peers/oauth-provider.js'
import { at, send } from '../peers/send.js'

let peers: AccountFixture

beforeAll(async () => {
  peers = await AccountFixture.start()
})
afterAll(() => peers?.stop())
afterEach(() => peers.reset())

describe('a sign-in that is attacked', () => {
  const callbackOf = async (authorizationUrl: string): Promise<URL> =>
    new URL((await visit(authorizationUrl, { user: 'alice@provider', stopAtCallback: true })).url)

  it.each([
    ['a wrong issuer', (query: URLSearchParams) => query.set('iss', 'https://evil.example')],
    ['the issuer with a slash', (query: URLSearchParams) => query.set('iss', `${query.get('iss')}/`)],
    ['no issuer', (query: URLSearchParams) => query.delete('iss')],
    ['two issuers', (query: URLSearchParams) => query.append('iss', 'https://evil.example')],
    ['a wrong state', (query: URLSearchParams) => query.set('state', 'A'.repeat(43))],
    ['no state', (query: URLSearchParams) => query.delete('state')],
    ['two states', (query: URLSearchParams) => query.append('state', 'A'.repeat(43))],
  ])('stores nothing for %s, and the real answer still connects', async (_what, spoil) => {
    const { authorizationUrl, attemptId } = await peers.begin('alice')
    const real = await callbackOf(authorizationUrl)
    const spoilt = new URL(real)
    spoil(spoilt.searchParams)
    expect((await send(spoilt.href)).status).toBe(400)
    expect(await peers.accounts()).toEqual([])
    expect(await peers.attempt(attemptId)).toMatchObject({ status: 'pending' })
    expect((await send(real.href)).status).toBe(200)
    expect(await peers.attempt(attemptId)).toMatchObject({ status: 'connected' })
  })

  it('survives a flood of wrong states', async () => {
    const { authorizationUrl } = await peers.begin('alice')
    const real = await callbackOf(authorizationUrl)
    const flood = Array.from({ length: 200 }, (_, n) =>
      send(`${peers.gateway.dataUrl}/oauth/callback?code=x&state=${Buffer.alloc(32, n).toString('base64url')}`),
    )
    expect(new Set((await Promise.all(flood)).map(({ status }) => status))).toEqual(new Set([400]))
    expect((await send(real.href)).status).toBe(200)
  })

  it('takes an answer once', async () => {
    const { authorizationUrl } = await peers.begin('alice')
    const real = await callbackOf(authorizationUrl)
    expect((await send(real.href)).status).toBe(200)
    expect((await send(real.href)).status).toBe(400)
    expect(peers.provider.counts.get('authorization_code')).toBe(1)
  })

  it.each([
    ['announces no PKCE', (document: Record<string, unknown>) => delete document['code_challenge_methods_supported']],
    [
      'announces plain PKCE only',
      (document: Record<string, unknown>) => (document['code_challenge_methods_supported'] = ['plain']),
    ],
    ['names another issuer', (document: Record<string, unknown>) => (document['issuer'] = 'https://evil.example')],
    [
      'names a page that is a script',
      (document: Record<string, unknown>) => (document['authorization_endpoint'] = 'javascript:alert(1)'),
    ],
    [
      'names a file',
      (document: Record<string, unknown>) => (document['authorization_endpoint'] = 'file:///etc/passwd'),
    ],
  ])('is not begun at a provider that %s', async (_what, edit) => {
    peers.provider.editMetadata = (document) => void edit(document)
    const { status, body } = await peers.gateway.api('POST', '/servers/files/connect')
    expect([status, at(body, 'code')]).toEqual([502, 'token_endpoint_failed'])
  })
})
