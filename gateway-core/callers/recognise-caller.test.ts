import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { GatewayError } from '../contract/errors.js'
import type { JwtIssuer } from '../contract/profile.js'
import type { MintedTokens } from '../contract/minted-token.js'
import type { GatewayKey } from '../vault/vault.js'
import { keyHash } from './key-hash.js'
import { recogniseCaller, type CallerQuestion } from './recognise-caller.js'
import { createTokenVerifier, type TokenVerifier } from './token-verifier.js'

const audience = 'http://127.0.0.1:4283/mcp/x'
let nowMs = Date.parse('2026-11-21T12:00:00Z')
let privateKey: CryptoKey
let published: JWK[] = []
let fetches = 0
let jwksServer: Server
let issuer = ''
let tokens: TokenVerifier

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true })
  privateKey = pair.privateKey
  published = [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }]
  jwksServer = createServer((request, response) => {
    if (request.url === '/.well-known/openid-configuration')
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }))
    else if (request.url === '/jwks') {
      fetches++
      response.end(JSON.stringify({ keys: published }))
    } else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => jwksServer.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(jwksServer.address() as AddressInfo).port}`
})
afterAll(() => new Promise((resolve) => jwksServer.close(resolve)))
beforeEach(() => {
  nowMs = Date.parse('2026-11-21T12:00:00Z')
  fetches = 0
  tokens = createTokenVerifier(() => nowMs)
  tokens.configure([{ issuer, audience: 'gatehouse' }])
})
afterEach(() => tokens.close())

function key(value: string, fields: Partial<GatewayKey> = {}): GatewayKey {
  return {
    id: `id-${value}`,
    name: value,
    hash: keyHash(value),
    kind: 'service',
    hint: '',
    subject: 'local',
    createdAt: '',
    ...fields,
  }
}

const keys = [
  key('gh_sk_good', { email: 'a@b.c' }),
  key('gh_sk_old', { expiresAt: '2026-11-21T11:59:59Z' }),
  key('gh_sk_cursor', { agent: 'cursor' }),
  key('hf_sk_imported'),
  key('an-old-token', { kind: 'legacy' }),
]

/** Knows one token, whose grant may have ended. */
const minted: MintedTokens = {
  isOurs: async (bearer) => bearer.startsWith('minted.'),
  identify: async (bearer, baseUrl, slug) => {
    if (bearer !== 'minted.good.token') throw new Error('the access has been revoked')
    const caller = { id: `${baseUrl}#local`, subject: 'local', method: 'oauth', client: 'cursor' } as const
    return { caller, claims: { sub: 'local' }, grant: { id: 'g1', clientName: 'Cursor', servers: [slug] } }
  },
}

function ask(headers: Record<string, string>, question: Partial<CallerQuestion> = {}, legacyBearer = false) {
  return recogniseCaller(
    {
      headers,
      agentAuth: { type: 'gateway' },
      appAuth: { type: 'none' },
      agent: undefined,
      audiences: [audience],
      baseUrl: 'http://127.0.0.1:4283',
      slug: 'files',
      ...question,
    },
    { keysByHash: new Map(keys.map((one) => [one.hash, one])), legacyBearer, tokens, minted, nowMs: () => nowMs },
  )
}

async function refusal(asked: Promise<unknown>): Promise<string> {
  const error: unknown = await asked.then(
    () => new Error('was recognised'),
    (reason: unknown) => reason,
  )
  if (error instanceof GatewayError && error.code === 'unauthenticated') return error.detail ?? 'nothing came'
  throw error
}

function sign(claims: Record<string, unknown> = {}, header: { alg?: string; kid?: string } = {}): Promise<string> {
  const seconds = nowMs / 1000
  return new SignJWT({ sub: 'u1', iss: issuer, aud: 'gatehouse', exp: seconds + 60, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k1', ...header })
    .sign(privateKey)
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

describe('keys', () => {
  it('in either API key header name the caller, and win over Authorization', async () => {
    for (const name of ['x-gatehouse-apikey', 'x-highflame-apikey'])
      expect((await ask({ [name]: 'gh_sk_good', authorization: 'Bearer other' })).caller).toEqual({
        id: 'id-gh_sk_good',
        subject: 'local',
        email: 'a@b.c',
        method: 'api_key',
      })
  })
  it('as Bearer name the caller, an imported one too', async () => {
    expect((await ask(bearer('gh_sk_good'))).caller.method).toBe('service_key')
    expect((await ask({ authorization: 'bearer hf_sk_imported' })).caller.id).toBe('id-hf_sk_imported')
  })
  it('that are not valid are refused, and nothing else is tried after them', async () => {
    expect(await refusal(ask({ 'x-gatehouse-apikey': 'gh_sk_bad', authorization: 'Bearer gh_sk_good' }))).toMatch(
      'not known',
    )
    expect(await refusal(ask(bearer('gh_sk_bad')))).toMatch('not known')
    expect(await refusal(ask(bearer('gh_sk_old')))).toMatch('expired')
    expect(await refusal(ask({ 'x-gatehouse-apikey': 'an-old-token' }))).toMatch('not known')
  })
  it('are the agent’s own on its path', async () => {
    expect((await ask(bearer('gh_sk_cursor'), { agent: 'cursor' })).key?.agent).toBe('cursor')
    expect(await refusal(ask(bearer('gh_sk_good'), { agent: 'cursor' }))).toMatch('another agent')
    expect(await refusal(ask({}, { agent: 'cursor', agentAuth: { type: 'passthrough' } }))).toMatch('own key')
  })
})

describe('legacy tokens', () => {
  it('are refused unless the profile turned them on', async () => {
    expect(await refusal(ask(bearer('an-old-token')))).toMatch('not known')
    expect((await ask(bearer('an-old-token'), {}, true)).caller.method).toBe('legacy')
    expect(await refusal(ask(bearer('another-token'), {}, true))).toMatch('not known')
  })
})

describe('JWTs', () => {
  it('of a configured issuer name the caller by issuer and subject', async () => {
    const token = await sign({ email: 'u1@b.c' })
    expect(await ask(bearer(token))).toMatchObject({
      caller: { id: `${issuer}#u1`, subject: 'u1', issuer, email: 'u1@b.c', method: 'jwt' },
      token,
      authorizationIsOurs: true,
    })
  })
  it.each([
    [{ aud: 'other' }, 'unexpected "aud" claim value'],
    [{ exp: undefined }, 'missing required "exp" claim'],
    [{ sub: undefined }, 'missing required "sub" claim'],
  ])('with %j are refused: %s', async (claims, reason) => {
    expect(await refusal(sign(claims).then((token) => ask(bearer(token))))).toMatch(reason)
  })
  it('have 30 seconds of leeway on exp and nbf, and no more', async () => {
    const seconds = nowMs / 1000
    expect((await ask(bearer(await sign({ exp: seconds - 29 })))).caller.subject).toBe('u1')
    expect(await refusal(ask(bearer(await sign({ exp: seconds - 31 }))))).toMatch('"exp"')
    expect((await ask(bearer(await sign({ nbf: seconds + 29 })))).caller.subject).toBe('u1')
    expect(await refusal(ask(bearer(await sign({ nbf: seconds + 31 }))))).toMatch('"nbf"')
  })
  it('of nobody’s issuer are refused, and no key is fetched for them', async () => {
    expect(await refusal(ask(bearer(await sign({ iss: 'https://evil.example' }))))).toMatch('no configured issuer')
  })
  it('without a signature, or with a symmetric one, are refused', async () => {
    const unsecured = new UnsecuredJWT({ sub: 'u1', iss: issuer, aud: 'gatehouse', exp: nowMs / 1000 + 60 }).encode()
    expect(await refusal(ask(bearer(unsecured)))).toBeTruthy()
    const symmetric = await new SignJWT({ sub: 'u1', iss: issuer, aud: 'gatehouse', exp: nowMs / 1000 + 60 })
      .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
      .sign(Buffer.from(JSON.stringify(published[0])))
    expect(await refusal(ask(bearer(symmetric)))).toMatch('"alg"')
  })
  it('signed with a weak key are refused though the issuer publishes it', async () => {
    const weak = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(weak.publicKey)
    published.push(
      { ...jwk, kid: 'enc', use: 'enc' },
      { kty: 'RSA', kid: 'short', n: Buffer.alloc(128, 255).toString('base64url'), e: 'AQAB' },
    )
    const token = await new SignJWT({ sub: 'u1', iss: issuer, aud: 'gatehouse', exp: nowMs / 1000 + 60 })
      .setProtectedHeader({ alg: 'ES256', kid: 'enc' })
      .sign(weak.privateKey)
    expect(await refusal(ask(bearer(token)))).toMatch('no applicable key')
    published.length = 1
  })
  it('are verified once and then remembered until they expire', async () => {
    const token = await sign()
    await ask(bearer(token))
    published[0] = { ...published[0], kid: 'gone' } as JWK
    expect((await ask(bearer(token))).caller.subject).toBe('u1')
    published[0] = { ...published[0], kid: 'k1' } as JWK
    nowMs += 91_000
    expect(await refusal(ask(bearer(token)))).toMatch('"exp"')
  })
  it('with a thousand unknown key ids cause one fetch', async () => {
    await ask(bearer(await sign()))
    const before = fetches
    const strange = await sign({}, { kid: 'unknown' })
    await Promise.all(Array.from({ length: 1000 }, (_, i) => refusal(ask(bearer(strange), { audiences: [String(i)] }))))
    expect(fetches - before).toBeLessThanOrEqual(1)
  })
  it('are meant for this gateway where the issuer’s configuration names no audience', async () => {
    tokens.configure([{ issuer, jwks_url: `${issuer}/jwks` } satisfies JwtIssuer])
    expect((await ask(bearer(await sign({ aud: audience })))).caller.subject).toBe('u1')
    expect(await refusal(ask(bearer(await sign({ aud: 'gatehouse' }))))).toMatch('"aud"')
  })
})

describe('agent auth passthrough', () => {
  const passthrough = { agentAuth: { type: 'passthrough' } } as const
  it('tells callers with different credentials apart and keeps none', async () => {
    const ids = await Promise.all(
      [{}, bearer('a'), bearer('b'), bearer('a')].map(async (headers) => (await ask(headers, passthrough)).caller.id),
    )
    expect(ids[0]).toBe('none')
    expect(ids[1]).toBe(ids[3])
    expect(new Set(ids).size).toBe(3)
  })
  it('still takes no invalid gateway key', async () => {
    expect(await refusal(ask({ 'x-gatehouse-apikey': 'nonsense' }, passthrough))).toMatch('not known')
  })
  it('with jwt requires a valid token', async () => {
    const question = {
      agentAuth: {
        type: 'passthrough',
        jwt: { jwks: { keys: published as Record<string, unknown>[] }, issuer: 'https://other' },
      },
    } as const
    expect(await refusal(ask({}, question))).toMatch('requires a JWT')
    expect((await ask(bearer(await sign({ iss: 'https://other' })), question)).caller.id).toBe('https://other#u1')
    expect(await refusal(ask(bearer(await sign({ iss: 'https://more' })), question))).toMatch('"iss"')
  })
})

describe('a token of the gateway’s own', () => {
  it('names the caller, the agent, and how far it reaches', async () => {
    expect(await ask(bearer('minted.good.token'))).toMatchObject({
      caller: { id: 'http://127.0.0.1:4283#local', subject: 'local', method: 'oauth', client: 'cursor' },
      grant: { clientName: 'Cursor', servers: ['files'] },
      authorizationIsOurs: true,
    })
  })
  it('is refused where it is not good any more, also where nothing is needed', async () => {
    expect(await refusal(ask(bearer('minted.ended.token')))).toMatch('revoked')
    expect(await refusal(ask(bearer('minted.ended.token'), { agentAuth: { type: 'passthrough' } }))).toMatch('revoked')
  })
  it('is the gateway’s also beside a key, and is worth nothing on an agent’s own path', async () => {
    const both = { ...bearer('minted.good.token'), 'x-gatehouse-apikey': 'gh_sk_good' }
    expect(await ask(both)).toMatchObject({ caller: { method: 'api_key' }, authorizationIsOurs: true })
    expect(await refusal(ask(bearer('minted.good.token'), { agent: 'cursor' }))).toMatch('own key')
  })
})

describe('app auth passthrough', () => {
  const forwarded = { appAuth: { type: 'passthrough' } } as const
  it('leaves Authorization to the server and takes the key from its header', async () => {
    const recognised = await ask({ authorization: 'Bearer theirs', 'x-gatehouse-apikey': 'gh_sk_good' }, forwarded)
    expect(recognised).toMatchObject({ caller: { method: 'api_key' }, authorizationIsOurs: false })
    expect(await refusal(ask(bearer('theirs'), forwarded))).toBe('nothing came')
  })
  it('keeps a gateway key and a configured issuer’s token here', async () => {
    expect((await ask(bearer('gh_sk_good'), forwarded)).authorizationIsOurs).toBe(true)
    expect((await ask(bearer(await sign()), forwarded)).authorizationIsOurs).toBe(true)
    const both = await ask({ ...bearer(await sign()), 'x-gatehouse-apikey': 'gh_sk_good' }, forwarded)
    expect(both.authorizationIsOurs).toBe(true)
  })
})
