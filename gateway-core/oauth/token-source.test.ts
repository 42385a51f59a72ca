import { generateKeyPairSync } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ClientCredentials } from '../contract/profile.js'
import { json, startHttpPeer, type HttpPeer } from './test/http-peer.js'
import { basicSecret, postSecret, startMachineProvider, type MachineProvider } from './test/machine-provider.js'
import { clientCredentials, createTokenBench, tokenExchange, type TokenBench } from './test/token-bench.js'

const resource = 'https://backend.internal/api'
const failed = (detail: RegExp) =>
  expect.objectContaining({ code: 'token_endpoint_failed', message: expect.stringMatching(detail) })

let bench: TokenBench
beforeEach(() => {
  bench = createTokenBench()
  bench.secrets.set('secret', postSecret)
})
afterEach(() => bench.source.close())

describe('against a real authorization server', () => {
  let provider: MachineProvider
  beforeAll(async () => {
    provider = await startMachineProvider()
  })
  afterAll(() => provider.close())
  beforeEach(() => {
    provider.granted.length = 0
    provider.tokenSeconds = 3600
  })

  const gateway = (more: Partial<ClientCredentials> = {}): ClientCredentials => ({
    token_url: provider.tokenUrl,
    client_id: 'gateway',
    client_secret: { secret: 'secret' },
    client_auth: 'client_secret_post',
    resource,
    scopes: ['internal/write'],
    ...more,
  })

  it('client credentials give a token of the gateway’s own for the resource, with the user nowhere in it', async () => {
    const { value } = await bench.source.obtain(clientCredentials(gateway()), bench.context())
    const { payload } = await jwtVerify(value, createRemoteJWKSet(new URL(provider.jwksUrl)), {
      issuer: provider.issuer,
      audience: resource,
    })
    expect(payload).toMatchObject({ sub: 'gateway', client_id: 'gateway', scope: 'internal/write' })
    expect(JSON.stringify(payload)).not.toContain('ada')
    expect(bench.opened).toEqual([`secret for ${provider.issuer}`])
  })

  it.each([
    ['client_secret_post', 'gateway', postSecret],
    ['client_secret_basic', 'gateway-basic', basicSecret],
  ] as const)('%s proves the client', async (method, id, secret) => {
    bench.secrets.set('secret', secret)
    await bench.source.obtain(clientCredentials(gateway({ client_id: id, client_auth: method })), bench.context())
    const [request] = provider.granted
    expect(request?.parameters['client_secret']).toBe(method === 'client_secret_post' ? secret : undefined)
    expect(request?.authorization === undefined).toBe(method === 'client_secret_post')
  })

  it('private_key_jwt proves the client, with a PEM or a JWK', async () => {
    const { client_secret: _secret, client_auth: _auth, ...client } = gateway({ client_id: 'gateway-key' })
    const demand = clientCredentials({ ...client, private_key: { secret: 'key' } })
    bench.secrets.set('key', provider.clientKeyPem)
    await bench.source.obtain(demand, bench.context())
    const assertion = decodeJwt(String(provider.granted[0]?.parameters['client_assertion']))
    expect(assertion).toMatchObject({ iss: 'gateway-key', sub: 'gateway-key', aud: provider.tokenUrl })
    const jwk = (await import('node:crypto')).createPrivateKey(provider.clientKeyPem).export({ format: 'jwk' })
    bench.secrets.set('key', JSON.stringify(jwk))
    const named = clientCredentials({ ...client, private_key: { secret: 'key' }, issuer: provider.issuer })
    await bench.source.obtain(named, bench.context())
    expect(decodeJwt(String(provider.granted[1]?.parameters['client_assertion'])).aud).toBe(provider.issuer)
  })

  it('a private key that is none, or of another kind than the algorithm, is named and not quoted', async () => {
    const { client_secret: _secret, ...client } = gateway({ client_auth: 'private_key_jwt' })
    const demand = clientCredentials({ ...client, private_key: { secret: 'key' }, signing_algorithm: 'ES256' })
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    for (const value of ['-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----', '{"kty":"EC"}', rsa]) {
      bench.secrets.set('key', String(value))
      const error: unknown = await bench.source.obtain(demand, bench.context()).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'secret_unusable', message: expect.stringContaining('key') })
      expect(JSON.stringify(error)).not.toContain('AAAA')
    }
  })

  it('every request gets a token of its own unless the server’s are kept until they expire', async () => {
    const context = bench.context()
    const get = (cache: boolean) => bench.source.obtain(clientCredentials(gateway({ cache })), context)
    const fresh = [await get(false), await get(false)]
    expect(new Set(fresh.map(({ issuanceId }) => issuanceId)).size).toBe(2)
    expect(provider.granted).toHaveLength(2)
    const kept = await Promise.all(Array.from({ length: 100 }, () => get(true)))
    expect(new Set(kept.map(({ value }) => value)).size).toBe(1)
    expect(provider.granted).toHaveLength(3)
    bench.skewMs = 3600_000
    await Promise.all(Array.from({ length: 100 }, () => get(true)))
    expect(provider.granted).toHaveLength(4)
  })

  it('a token that was refused is got anew once, however many it was refused to', async () => {
    const demand = clientCredentials(gateway({ cache: true }))
    const context = bench.context()
    const { value: first } = await bench.source.obtain(demand, context)
    const renew = async () => {
      await bench.source.refused(demand, context, first)
      return bench.source.obtain(demand, context)
    }
    const renewed = await Promise.all([renew(), renew(), renew()])
    await bench.source.refused(demand, context, first)
    renewed.push(await bench.source.obtain(demand, context))
    expect(new Set(renewed.map(({ issuanceId }) => issuanceId)).size).toBe(1)
    expect(provider.granted).toHaveLength(2)
  })

  it('what is kept of a server is forgotten with it, and where its secret changes', async () => {
    const demand = clientCredentials(gateway({ cache: true }))
    const context = bench.context()
    await bench.source.obtain(demand, context)
    expect(await bench.source.known(demand, context)).toBeDefined()
    bench.source.forgetServer('other')
    expect(await bench.source.known(demand, context)).toBeDefined()
    bench.source.forgetServer('backend')
    expect(await bench.source.known(demand, context)).toBeUndefined()
    await bench.source.obtain(demand, context)
    bench.secrets.set('secret', `${postSecret}-changed`)
    expect(await bench.source.known(demand, context)).toBeUndefined()
    await expect(bench.source.obtain(demand, context)).rejects.toEqual(failed(/invalid_client \(HTTP 401\)/))
    bench.secrets.delete('secret')
    await expect(bench.source.obtain(demand, context)).rejects.toMatchObject({ code: 'secret_missing' })
  })

  it.each([
    [{ scopes: ['internal/admin'] }, /invalid_scope/],
    [{ client_id: 'nobody' }, /invalid_client/],
    [{ token_url: '/nowhere' }, /answered 404/],
  ])('%j fails with the provider’s code', async (change: Partial<ClientCredentials>, detail) => {
    const tokenUrl = change.token_url === undefined ? {} : { token_url: `${provider.issuer}/nowhere` }
    const demand = clientCredentials(gateway({ ...change, ...tokenUrl }))
    const error: unknown = await bench.source.obtain(demand, bench.context()).catch((thrown: unknown) => thrown)
    expect(error).toEqual(failed(detail))
    expect(JSON.stringify(error)).not.toContain(postSecret)
  })

  it('each one is noted with its own claims, and never itself', async () => {
    const caller = {
      id: `${provider.issuer}#user-42`,
      subject: 'user-42',
      issuer: provider.issuer,
      method: 'jwt',
    } as const
    const { value, issuanceId } = await bench.source.obtain(clientCredentials(gateway()), bench.context({ caller }))
    const [noted, ...others] = (await bench.source.issuances.list({ client: 'gateway' })).items
    expect(others).toEqual([])
    expect(noted).toEqual({
      id: issuanceId,
      issuedAt: expect.stringMatching(/Z$/),
      grantType: 'client_credentials',
      issuer: provider.issuer,
      clientId: 'gateway',
      subject: 'gateway',
      audience: resource,
      resource,
      scopes: ['internal/write'],
      server: 'backend',
      caller,
      requestId: 'request-1',
      traceId: 'trace-1',
      expiresAt: expect.stringMatching(/Z$/),
    })
    expect(JSON.stringify(bench.issuances)).not.toContain(value.slice(-20))
  })

  it('an exchange keeps the subject, and each caller gets their own, once', async () => {
    const demand = tokenExchange({
      token_url: provider.tokenUrl,
      client_id: 'gateway',
      client_secret: { secret: 'secret' },
      client_auth: 'client_secret_post',
      audience: 'https://github.example',
      scopes: ['repo'],
    })
    const contextOf = async (subject: string) => {
      const issuer = provider.issuer
      const caller = { id: `${issuer}#${subject}`, subject, issuer, method: 'jwt' } as const
      return bench.context({ caller, subjectToken: await provider.userToken(subject, 'gatehouse') })
    }
    const [ada, bob] = [await contextOf('ada'), await contextOf('bob')]
    const tokens = await Promise.all([ada, bob, ada, bob].map((context) => bench.source.obtain(demand, context)))
    expect(tokens.map(({ value }) => decodeJwt(value).sub)).toEqual(['ada', 'bob', 'ada', 'bob'])
    expect(provider.granted).toHaveLength(2)
    expect(provider.granted[0]?.parameters).toMatchObject({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: ada.subjectToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'https://github.example',
      scope: 'repo',
    })
    expect(provider.granted[0]?.parameters['resource']).toBeUndefined()
    // The same caller with a newer token of the same reach, and then with one of another.
    await bench.source.obtain(demand, await contextOf('ada'))
    expect(provider.granted).toHaveLength(2)
    const narrow = { ...ada, subjectToken: await provider.userToken('ada', 'gatehouse', { scope: 'read' }) }
    await bench.source.obtain(demand, narrow)
    expect(provider.granted).toHaveLength(3)
    await bench.source.issuances.list({})
    expect(bench.issuances.map(({ subject, clientId, audience }) => [subject, clientId, audience])).toEqual([
      ['ada', 'gateway', 'https://github.example'],
      ['bob', 'gateway', 'https://github.example'],
      ['ada', 'gateway', 'https://github.example'],
    ])
  })
})

describe('a token endpoint that answers', () => {
  let peer: HttpPeer
  beforeAll(async () => {
    peer = await startHttpPeer()
  })
  afterAll(() => peer.close())
  beforeEach(() => (peer.seen.length = 0))

  const demand = (more: Partial<ClientCredentials> = {}) =>
    clientCredentials({
      token_url: `${peer.origin}/token`,
      client_id: 'c',
      client_secret: { secret: 'secret' },
      ...more,
    })
  const token = { access_token: 'opaque-token-value', token_type: 'bearer' }

  it.each([
    ['without expires_in', {}, 1, undefined],
    ['with expires_in 3600', { expires_in: 3600 }, 1, 3600],
    ['with expires_in as text', { expires_in: '3600' }, 1, 3600],
    ['with expires_in 0', { expires_in: 0 }, 2, 0],
    ['with a huge expires_in', { expires_in: 1e300 }, 1, undefined],
  ])('%s is used for as long as that says', async (_how, more, fetches, seconds) => {
    peer.answerWith(json(200, { ...token, ...more }))
    const context = bench.context()
    for (let call = 0; call < 2; call++)
      expect((await bench.source.obtain(demand({ cache: true }), context)).value).toBe('opaque-token-value')
    expect(peer.seen).toHaveLength(fetches)
    const [noted] = (await bench.source.issuances.list({})).items
    const lifetimeMs =
      noted?.expiresAt === undefined ? undefined : Date.parse(noted.expiresAt) - Date.parse(noted.issuedAt)
    expect(lifetimeMs).toBe(seconds === undefined ? undefined : seconds * 1000)
  })

  it('a token is never kept for more than a day', async () => {
    peer.answerWith(json(200, { ...token, expires_in: 1e9 }))
    await bench.source.obtain(demand({ cache: true }), bench.context())
    bench.skewMs = 24 * 3_600_000
    await bench.source.obtain(demand({ cache: true }), bench.context())
    expect(peer.seen).toHaveLength(2)
  })

  it.each([
    ['no token', { token_type: 'bearer' }],
    ['an empty one', { ...token, access_token: '' }],
    ['a number', { ...token, access_token: 7 }],
    ['no type', { access_token: 'x' }],
    ['a type that is not known', { ...token, token_type: 'mac' }],
    ['a token bound to a key', { ...token, token_type: 'DPoP' }],
    ['one that would end the header', { ...token, access_token: 'x\r\nx-evil: 1' }],
    ['one that no header can carry', { ...token, access_token: 'ü' }],
    ['one that is too long', { ...token, access_token: 'x'.repeat(40_000) }],
    ['a lifetime below zero', { ...token, expires_in: -1 }],
    ['a list', [token]],
    ['null', null],
  ])('%s is refused, and nothing is noted', async (_what, body) => {
    peer.answerWith(json(200, body))
    await expect(bench.source.obtain(demand(), bench.context())).rejects.toEqual(failed(/./))
    expect((await bench.source.issuances.list({})).items).toEqual([])
  })

  it('repeats neither what the provider wrote nor a secret in place of an error code', async () => {
    const echoes = [postSecret, `x_${postSecret}`, postSecret.slice(0, 12), 'has spaces in it', { code: 'object' }, '']
    for (const error of echoes) {
      peer.answerWith(json(400, { error, error_description: `the secret was ${postSecret}` }))
      const thrown: unknown = await bench.source.obtain(demand(), bench.context()).catch((reason: unknown) => reason)
      expect(thrown).toEqual(failed(/answered 400/))
      expect(`${String(thrown)}${JSON.stringify(thrown)}`).not.toContain(postSecret.slice(0, 12))
    }
    peer.answerWith(json(429, { error: 'quota_exceeded' }))
    await expect(bench.source.obtain(demand(), bench.context())).rejects.toEqual(failed(/quota_exceeded \(HTTP 429\)/))
  })

  it('reads the code also where the answer has a challenge', async () => {
    peer.answerWith(json(401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic realm="as"' }))
    await expect(bench.source.obtain(demand(), bench.context())).rejects.toEqual(failed(/invalid_client \(HTTP 401\)/))
  })

  it('gets id and secret form-encoded before Basic (RFC 6749 §2.3.1)', async () => {
    peer.answerWith(json(200, token))
    bench.secrets.set('secret', 'a b:c%d+e/ü')
    await bench.source.obtain(demand({ client_id: 'my-client_1.x y:z' }), bench.context())
    const basic = Buffer.from(peer.seen[0]?.headers.authorization?.split(' ')[1] ?? '', 'base64').toString()
    expect(basic).toBe('my-client_1.x+y%3Az:a+b%3Ac%25d%2Be%2F%C3%BC')
    expect(new URLSearchParams(peer.seen[0]?.body).get('client_secret')).toBeNull()
  })

  it('is told the resource: the server itself, unless the configuration says otherwise', async () => {
    peer.answerWith(json(200, token))
    const context = bench.context({ serverUrl: 'https://mcp.example.com/' })
    for (const more of [{}, { resource: 'https://other.example/x' }, { audience: 'aud' }, { resource: false } as const])
      await bench.source.obtain(demand(more), context)
    const asked = peer.seen.map(({ body }) => {
      const form = new URLSearchParams(body)
      return [form.get('resource'), form.get('audience')]
    })
    expect(asked).toEqual([['https://mcp.example.com', null], ['https://other.example/x', null], [null, 'aud'], [null, null]])
  }) // prettier-ignore

  it('is asked by a client without a secret by its name alone, and by none without a name', async () => {
    peer.answerWith(json(200, token))
    await bench.source.obtain(
      clientCredentials({ token_url: `${peer.origin}/token`, client_id: 'public' }),
      bench.context(),
    )
    await bench.source.obtain(
      tokenExchange({ token_url: `${peer.origin}/token` }),
      bench.context({ subjectToken: 'a.b.c' }),
    )
    const [named, unnamed] = peer.seen.map(({ body }) => new URLSearchParams(body))
    expect([named?.get('client_id'), named?.get('grant_type')]).toEqual(['public', 'client_credentials'])
    expect([unnamed?.get('client_id'), unnamed?.get('subject_token')]).toEqual([null, 'a.b.c'])
    expect(peer.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined])
  })

  it('with a failure gets one request for all who wait, and another when somebody asks again', async () => {
    peer.answerWith(json(500, {}))
    const get = () => bench.source.obtain(demand({ cache: true }), bench.context())
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, get))
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
    expect(peer.seen).toHaveLength(1)
    peer.answerWith(json(200, token))
    await get()
    expect(peer.seen).toHaveLength(2)
  })

  it('while everything is forgotten leaves nothing behind', async () => {
    let release = (): void => undefined
    const asked = new Promise<void>((resolve) => {
      peer.answerWith((request, response) => {
        release = () => json(200, { ...token, expires_in: 3600 })(request, response)
        resolve()
      })
    })
    const context = bench.context()
    const waiting = bench.source.obtain(demand({ cache: true }), context)
    await asked
    bench.source.forgetAll()
    release()
    expect((await waiting).value).toBe('opaque-token-value')
    expect(await bench.source.known(demand({ cache: true }), context)).toBeUndefined()
  })
})
