/** Callers with a token of an identity provider of their own, and servers whose provider agents sign in to themselves. */
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callModern, refusal, refused } from '../peers/mcp-request.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { send } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let provider: RecordingServer
let otherProvider: RecordingServer
let privateKey: CryptoKey

beforeAll(async () => {
  ;[gateway, server, provider, otherProvider] = await Promise.all([
    startGateway(),
    startRecordingServer(),
    startRecordingServer(),
    startRecordingServer(),
  ])
  const pair = await generateKeyPair('ES256', { extractable: true })
  privateKey = pair.privateKey
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', use: 'sig' }] }
  for (const each of [provider, otherProvider])
    each.answerWith((request, response) => {
      if (request.url === '/.well-known/openid-configuration')
        answerJson(response, 200, { issuer: each.origin, jwks_uri: `${each.origin}/jwks` })
      else if (request.url === '/jwks') answerJson(response, 200, jwks)
      else answerJson(response, 404, {})
      return true
    })
  const profile = {
    gatehouse: 1,
    name: 'team',
    authentication: {
      legacy_bearer: true,
      jwt: [provider, otherProvider].map(({ origin }) => ({ issuer: origin, audience: 'gatehouse' })),
    },
    mcpServers: {
      plain: { url: server.url },
      token: { url: server.url, outbound_headers: [{ type: 'caller_token', header: 'X-User', prefix: 'Bearer ' }] },
      own: { url: server.url, outbound_headers: [{ type: 'stored_credential', header: 'X-Own', secret: 'own', scope: 'user' }] },
      email: { url: server.url, outbound_headers: [{ type: 'caller_identity', header: 'X-Email', claim: 'email' }] },
      checked: { url: server.url, agent_auth: { type: 'passthrough', jwt: { jwks, audience: 'datadog' } } },
      github: { url: server.url, auth_mode: 'oauth_passthrough' },
    },
  } // prettier-ignore
  const applied = await gateway.api('POST', '/profiles', profile)
  if (applied.status !== 200) throw new Error(`the profile was not applied: ${JSON.stringify(applied)}`)
})

afterAll(async () => {
  await gateway?.stop()
  for (const each of [server, provider, otherProvider]) await each?.close()
})

beforeEach(() => server.reset())

const url = (slug: string): string => `${gateway.dataUrl}/mcp/${slug}`
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

function sign(claims: Record<string, unknown> = {}): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 120
  return new SignJWT({ sub: 'ada', iss: provider.origin, aud: 'gatehouse', exp, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(privateKey)
}

describe('a token of a configured issuer', () => {
  it('names the caller, and never leaves unless a header passes it on', async () => {
    const token = await sign()
    expect((await callModern(url('plain'), { headers: bearer(token) })).status).toBe(200)
    expect((await server.received(1)).header('authorization')).toBeUndefined()
    expect((await callModern(url('token'), { headers: bearer(token) })).status).toBe(200)
    expect((await server.received(2)).header('x-user')).toBe(`Bearer ${token}`)
  })

  it.each([{ aud: 'other' }, { iss: 'http://127.0.0.1:1' }, { exp: 1 }])('with %j is 401', async (claims) => {
    const answer = await callModern(url('plain'), { headers: bearer(await sign(claims)), id: 3 })
    expect(refusal(answer)).toEqual(refused(401, 'unauthenticated', 3))
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    expect(server.requests).toEqual([])
  })

  it('carries claims', async () => {
    await callModern(url('email'), { headers: bearer(await sign({ email: 'ada@example.com' })) })
    expect((await server.received(1)).header('x-email')).toBe('ada@example.com')
  })

  it('does not stand for the same subject of another issuer, nor for a key’s', async () => {
    await gateway.putSecret('own', 'of-ada-here', `${provider.origin}#ada`)
    await gateway.putSecret('own', 'of-ada-there', `${otherProvider.origin}#ada`)
    await callModern(url('own'), { headers: bearer(await sign()) })
    await callModern(url('own'), { headers: bearer(await sign({ iss: otherProvider.origin })) })
    expect((await server.received(2)).header('x-own')).toBe('of-ada-there')
    expect(server.requests[0]?.header('x-own')).toBe('of-ada-here')
    const { key } = await gateway.addKey({ name: 'ada', subject: 'ada' })
    expect(refusal(await callModern(url('own'), { key }))).toEqual(refused(502, 'secret_missing'))
  })
})

describe('a caller without a token', () => {
  it('is refused where one would have to be passed on', async () => {
    const { key } = await gateway.addKey({ name: 'agent' })
    expect(refusal(await callModern(url('token'), { key }))).toEqual(refused(502, 'no_caller_token'))
    expect(server.requests).toEqual([])
  })

  it('may use a legacy token that was imported', async () => {
    expect((await callModern(url('plain'), { headers: bearer('a-token-of-old') })).status).toBe(401)
    const imported = await gateway.api('POST', '/keys/import', { name: 'old', key: 'a-token-of-old' })
    expect(imported.status).toBe(201)
    expect((await callModern(url('plain'), { headers: bearer('a-token-of-old') })).status).toBe(200)
  })
})

describe('agent auth passthrough with jwt', () => {
  it('lets in who has a valid token, and nobody else', async () => {
    expect((await callModern(url('checked'), {})).status).toBe(401)
    expect((await callModern(url('checked'), { headers: bearer(await sign()) })).status).toBe(401)
    expect((await callModern(url('checked'), { headers: bearer(await sign({ aud: 'datadog' })) })).status).toBe(200)
  })
})

describe('auth_mode oauth_passthrough', () => {
  it('without a token answers 401 with the metadata of its own, and nothing goes to the server’s MCP endpoint', async () => {
    server.answerWith((request, response) => {
      if (request.url !== '/.well-known/oauth-protected-resource/mcp') return false
      answerJson(response, 200, { resource: server.url, authorization_servers: [provider.origin], scopes_supported: ['repo'] })
      return true
    }) // prettier-ignore
    const answer = await callModern(url('github'), { id: 9 })
    expect(refusal(answer)).toEqual(refused(401, 'unauthenticated', 9))
    const metadataUrl = /resource_metadata="([^"]+)"/.exec(answer.headers['www-authenticate'] ?? '')?.[1] ?? ''
    for (const address of [metadataUrl, `${url('github')}/.well-known/oauth-protected-resource`])
      expect((await send(address)).json).toEqual({
        resource: url('github'),
        authorization_servers: [provider.origin],
        scopes_supported: ['repo'],
      })
    expect(server.requests.filter((request) => request.url === '/mcp')).toEqual([])
  })

  it('forwards the provider’s token unchanged, and a key names the caller', async () => {
    const { key } = await gateway.addKey({ name: 'github-agent' })
    const headers = { ...bearer('gho_theirs'), 'x-gatehouse-apikey': key }
    expect((await callModern(url('github'), { headers })).status).toBe(200)
    const request = await server.received(1)
    expect(request.header('authorization')).toBe('Bearer gho_theirs')
    expect(request.header('x-gatehouse-apikey')).toBeUndefined()
    expect(
      (await callModern(url('github'), { headers: { ...headers, 'x-gatehouse-apikey': 'gh_sk_no' } })).status,
    ).toBe(401)
    expect((await callModern(url('github'), { headers: { 'x-gatehouse-apikey': key } })).status).toBe(401)
  })
})
