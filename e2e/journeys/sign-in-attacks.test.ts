/** What is no way in: tokens and codes that are another's, used up, forged or late. Each is refused, and recorded. */
import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callModern, refusal, refused } from '../peers/mcp-request.js'
import { answerOf, OAuthAgent, tokensOf, UserBrowser, type Tokens } from '../peers/oauth-agent.js'
import { startOAuthProvider, type OAuthProvider } from '../peers/oauth-provider.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at, send, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let provider: OAuthProvider
let base: string
let agent: OAuthAgent
let tokens: Tokens

beforeAll(async () => {
  ;[gateway, server, provider] = await Promise.all([startGateway(), startRecordingServer(), startOAuthProvider()])
  base = gateway.dataUrl
  for (const slug of ['a', 'b']) await gateway.putServer(slug, { url: server.url, agent_auth: { type: 'interactive' } })
  const passing = { agent_auth: { type: 'passthrough' }, app_auth: { type: 'passthrough' } }
  await gateway.putServer('open', { url: server.url, ...passing })
  await gateway.putServer('forwarded', { url: server.url, app_auth: { type: 'passthrough' } })
  agent = await OAuthAgent.register(base, 'Agent', {
    redirect_uris: ['http://127.0.0.1/callback', 'https://agent.example/back'],
  })
  tokens = await agent.signIn('/mcp/a')
})
afterAll(async () => {
  await gateway?.stop()
  await Promise.all([server?.close(), provider?.close()])
})

const call = (path: string, bearer: string): Promise<Answer> =>
  callModern(`${base}${path}`, { headers: { authorization: `Bearer ${bearer}` } })

interface Recorded {
  readonly request: { readonly path: string; readonly body?: string }
  readonly response: { readonly status: number; readonly body?: string }
  readonly errorCode?: string
}
async function lastExchange(): Promise<Recorded> {
  const { items } = (await gateway.api('GET', '/exchanges?limit=1')).body as { items: readonly { id: string }[] }
  return (await gateway.api('GET', `/exchanges/${items[0]?.id ?? ''}`)).body as Recorded
}

describe('an access token', () => {
  async function expectRefused(bearer: string, path = '/mcp/a'): Promise<void> {
    const answer = await call(path, bearer)
    expect(refusal(answer)).toEqual(refused(401, 'unauthenticated'))
    expect(String(answer.headers['www-authenticate'])).toMatch(/^Bearer error="invalid_token", resource_metadata="http/)
    const recorded = await lastExchange()
    expect(recorded).toMatchObject({ response: { status: 401 }, errorCode: 'unauthenticated', request: { path } })
    expect(JSON.stringify(recorded)).not.toContain(bearer)
  }

  it('is good at its server, and at no other', async () => {
    expect((await call('/mcp/a', tokens.accessToken)).status).toBe(200)
    await expectRefused(tokens.accessToken, '/mcp/b')
    await expectRefused(tokens.accessToken, '/mcp')
    const byName = await callModern(`${base.replace('127.0.0.1', 'localhost')}/mcp/a`, {
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    })
    expect(byName.status).toBe(401)
    const whole = await agent.signIn('/mcp')
    for (const path of ['/mcp/a', '/mcp/b']) expect((await call(path, whole.accessToken)).status).toBe(200)
  })

  it('is worth nothing on an agent’s own path', async () => {
    const { body } = await gateway.api('POST', '/agents', { name: 'cursor' })
    expect(at(body, 'key')).toBeDefined()
    const answer = await call('/agents/cursor/mcp/a', tokens.accessToken)
    expect(refusal(answer)).toEqual(refused(401, 'unauthenticated'))
    expect(String(answer.headers['www-authenticate'])).not.toContain('resource_metadata')
  })

  it('never leaves, nor does a refresh token, where the server takes the agent’s own', async () => {
    server.reset()
    expect((await call('/mcp/open', 'the-servers-own')).status).toBe(200)
    expect(server.requests.at(-1)?.header('authorization')).toBe('Bearer the-servers-own')
    for (const path of ['/mcp/open', '/mcp/forwarded'])
      for (const bearer of [tokens.accessToken, tokens.refreshToken]) {
        await call(path, bearer)
        expect(server.requests.every(({ headers }) => !JSON.stringify(headers).includes(bearer))).toBe(true)
      }
    const whole = await agent.signIn('/mcp')
    const { key } = await gateway.addKey({ name: 'beside' })
    await callModern(`${base}/mcp/forwarded`, { key, headers: { authorization: `Bearer ${whole.accessToken}` } })
    expect(server.requests.at(-1)?.header('authorization')).toBeUndefined()
  })

  it('is refused when another key, no key or another issuer signed it', async () => {
    const [header = '', payload = '', signature = ''] = tokens.accessToken.split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }
    const { privateKey } = await generateKeyPair('ES256')
    const signed = (
      protectedHeader: { alg: string; typ?: string; kid?: string },
      key: Parameters<SignJWT['sign']>[0] = privateKey,
    ) => new SignJWT(claims).setProtectedHeader(protectedHeader).sign(key)
    const { keys } = (await send(`${base}/oauth/jwks`)).json as { keys: readonly Record<string, unknown>[] }
    const published = Buffer.from(JSON.stringify(keys.find((key) => key['kid'] === kid)))
    for (const forged of [
      await signed({ alg: 'ES256', typ: 'at+jwt', kid }),
      await signed({ alg: 'ES256', typ: 'at+jwt', kid: 'unknown' }),
      await signed({ alg: 'HS256', typ: 'at+jwt', kid }, published),
      new UnsecuredJWT(claims).encode(),
      `${header}.${Buffer.from(JSON.stringify({ ...claims, aud: `${base}/mcp/b` })).toString('base64url')}.${signature}`,
    ])
      await expectRefused(forged)
  })

  it('of a server’s own provider is refused', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const foreign = await new SignJWT({ sub: 'alice', aud: `${base}/mcp/a`, iss: provider.origin, client_id: 'x' })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
      .setExpirationTime('5m')
      .sign(privateKey)
    await expectRefused(foreign)
    await expectRefused(tokens.refreshToken)
  })
})

describe('a request to the authorization server', () => {
  it('with a code that was used before is refused, and ends what the code gave', async () => {
    const { code, verifier } = await agent.askForCode('/mcp/b', new UserBrowser())
    const given = tokensOf(await agent.redeem(code, verifier))
    expect((await call('/mcp/b', given.accessToken)).status).toBe(200)
    const again = await agent.redeem(code, verifier)
    expect([again.status, at(again.json, 'error')]).toEqual([400, 'invalid_grant'])
    expect((await call('/mcp/b', given.accessToken)).status).toBe(401)
    const recorded = await lastExchangeAt('/oauth/token')
    expect(recorded).toMatchObject({ response: { status: 400 } })
    expect(recorded.response.body).toContain('invalid_grant')
    expect(JSON.stringify(recorded)).not.toContain(code)
    expect(JSON.stringify(recorded)).not.toContain(verifier)
  })

  it('with another’s code, verifier or redirect URI is refused', async () => {
    const other = await OAuthAgent.register(base)
    const one = await agent.askForCode('/mcp/a', new UserBrowser())
    expect((await other.redeem(one.code, one.verifier)).json).toMatchObject({ error: 'invalid_grant' })
    const two = await agent.askForCode('/mcp/a', new UserBrowser())
    expect((await agent.redeem(two.code, randomBytes(32).toString('base64url'))).json).toMatchObject({
      error: 'invalid_grant',
    })
    const three = await agent.askForCode('/mcp/a', new UserBrowser())
    const elsewhere = { redirect_uri: 'https://agent.example/back' }
    expect((await agent.redeem(three.code, three.verifier, elsewhere)).json).toMatchObject({ error: 'invalid_grant' })
    const four = await agent.askForCode('/mcp/a', new UserBrowser())
    expect((await agent.redeem(four.code, four.verifier, { resource: `${base}/mcp/b` })).json).toMatchObject({
      error: 'invalid_target',
    })
  })

  it('to be sent back elsewhere stays here, and says so in a page', async () => {
    for (const redirect of [
      'https://agent.example/back/more',
      'https://evil.example/',
      'http://127.0.0.1:1/other',
      'http://[::1]/callback',
    ]) {
      const answer = await new UserBrowser().open(
        agent.authorizeUrl('/mcp/a', 'v'.repeat(43), { redirect_uri: redirect }),
      )
      expect([redirect, answer.status]).toEqual([redirect, 400])
      expect(answer.text).toContain('redirect_uri')
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'")
    }
    expect(await lastExchangeAt('/oauth/authorize')).toMatchObject({ response: { status: 400 } })
  })

  it('without PKCE, or for nothing that is here, goes back with an error', async () => {
    const verifier = 'v'.repeat(43)
    const cases = [
      [{ code_challenge: undefined, code_challenge_method: undefined }, 'invalid_request'],
      [{ code_challenge_method: 'plain', code_challenge: verifier }, 'invalid_request'],
      [{ resource: undefined }, 'invalid_target'],
      [{ resource: `${base}/mcp/nothing` }, 'invalid_target'],
      [{ resource: `${base}/mcp/open` }, 'invalid_target'],
      [{ resource: 'https://elsewhere.example/mcp/a' }, 'invalid_target'],
    ] as const
    for (const [change, error] of cases) {
      const answer = await new UserBrowser().open(agent.authorizeUrl('/mcp/a', verifier, change))
      expect([change, answerOf(answer)]).toMatchObject([change, { error, state: 's1', iss: base }])
    }
  })

  it('to register what no agent may be is refused', async () => {
    const register = (metadata: object) =>
      send(`${base}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(metadata),
      })
    for (const redirects of [['http://evil.example/'], ['javascript:alert(1)'], ['http://127.0.0.1/#x'], []])
      expect((await register({ redirect_uris: redirects })).status).toBe(400)
    expect((await register({ redirect_uris: ['cursor://anysphere.cursor/callback'] })).status).toBe(201)
    expect(
      (
        await send(`${base}/oauth/register`, {
          method: 'POST',
          headers: { origin: 'https://evil.example', 'content-type': 'application/json' },
          body: '{}',
        })
      ).status,
    ).toBe(403)
  })
})

async function lastExchangeAt(path: string): Promise<Recorded> {
  const { items } = (await gateway.api('GET', '/exchanges?limit=50')).body as {
    items: readonly (Recorded & { id: string })[]
  }
  const found = items.find(({ request }) => request.path === path)
  return (await gateway.api('GET', `/exchanges/${found?.id ?? ''}`)).body as Recorded
}
