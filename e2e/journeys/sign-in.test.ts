/** An agent without a credential is let in by the local user, keeps its access, and loses it at once when it is taken back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callModern, refusal, refused } from '../peers/mcp-request.js'
import { answerOf, OAuthAgent, tokensOf, UserBrowser } from '../peers/oauth-agent.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptMcp, scriptedTool } from '../peers/scripted-mcp.js'
import { at, send, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let base: string

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  base = gateway.dataUrl
  for (const slug of ['github', 'datadog'])
    await gateway.putServer(slug, { url: server.url, agent_auth: { type: 'interactive' } })
  await gateway.putServer('plain', { url: server.url })
})
afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

const call = (path: string, token?: string): Promise<Answer> =>
  callModern(`${base}${path}`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })
const challengeOf = (answer: Answer): string => String(answer.headers['www-authenticate'])

interface Grants {
  readonly items: readonly { readonly id: string; readonly clientId: string; readonly servers: readonly string[] }[]
}
const grantOf = async ({ clientId }: OAuthAgent) =>
  ((await gateway.api('GET', '/grants')).body as Grants).items.find((grant) => grant.clientId === clientId)

describe('discovery', () => {
  it('starts with a challenge where agents sign in, and with none elsewhere', async () => {
    const challenged = await call('/mcp/github')
    expect(challenged.status).toBe(401)
    expect(challengeOf(challenged)).toBe(
      `Bearer resource_metadata="${base}/.well-known/oauth-protected-resource/mcp/github", scope="mcp"`,
    )
    expect(challengeOf(await call('/mcp'))).toContain(
      `resource_metadata="${base}/.well-known/oauth-protected-resource/mcp"`,
    )
    for (const path of ['/mcp/plain', '/agents/cursor/mcp', '/agents/cursor/mcp/github'])
      expect(challengeOf(await call(path))).not.toContain('resource_metadata')
  })

  it('leads from the resource to the authorization server, by the name that was asked', async () => {
    const byName = base.replace('127.0.0.1', 'localhost')
    for (const issuer of [base, byName]) {
      for (const path of [
        '/mcp/github/.well-known/oauth-protected-resource',
        '/.well-known/oauth-protected-resource/mcp/github',
      ])
        expect((await send(issuer + path)).json).toMatchObject({
          resource: `${issuer}/mcp/github`,
          authorization_servers: [issuer],
        })
      for (const path of ['', '/mcp/github', '/mcp']) {
        const answer = await send(`${issuer}/.well-known/oauth-authorization-server${path}`)
        expect(answer.json).toMatchObject({
          issuer,
          authorization_endpoint: `${issuer}/oauth/authorize`,
          token_endpoint: `${issuer}/oauth/token`,
          registration_endpoint: `${issuer}/oauth/register`,
          revocation_endpoint: `${issuer}/oauth/revoke`,
          jwks_uri: `${issuer}/oauth/jwks`,
          code_challenge_methods_supported: ['S256'],
          client_id_metadata_document_supported: true,
          authorization_response_iss_parameter_supported: true,
        })
        expect(answer.json).not.toHaveProperty('pushed_authorization_request_endpoint')
        expect(answer.json).not.toHaveProperty('dpop_signing_alg_values_supported')
      }
    }
    for (const path of [
      '/.well-known/oauth-protected-resource/mcp/plain',
      '/.well-known/oauth-authorization-server/mcp/plain',
      '/agents/cursor/mcp/github/.well-known/oauth-protected-resource',
      '/agents/cursor/.well-known/oauth-authorization-server',
    ])
      expect((await send(base + path)).status).toBe(404)
  })

  it('publishes the keys of tokens and those of brokers in one set, without their private halves', async () => {
    const { json, text } = await send(`${base}/oauth/jwks`)
    const keys = at(json, 'keys') as readonly { use: string; alg: string }[]
    expect(new Set(keys.map(({ use }) => use))).toEqual(new Set(['sig', 'enc']))
    expect(text).not.toContain('"d"')
  })
})

describe('approval', () => {
  it('says who asks for what and where it leads, in a page that nobody frames and that runs no script', async () => {
    const agent = await OAuthAgent.register(base, 'Cursor <b>')
    const browser = new UserBrowser()
    const page = await browser.open(agent.authorizeUrl('/mcp', 'v'.repeat(43)))
    expect(page.text).toContain('Cursor &#60;b&#62; asks to use datadog, github and plain')
    expect(page.text).toContain('http://127.0.0.1/callback')
    expect(page.text).not.toContain('<script')
    expect(page.headers).toMatchObject({ 'cache-control': 'no-store', 'x-frame-options': 'DENY' })
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(String(page.headers['set-cookie'])).toMatch(/gatehouse_consent=.*HttpOnly; SameSite=Strict/)
    expect(answerOf(await browser.submit(page, 'deny'))).toMatchObject({
      error: 'access_denied',
      state: 's1',
      iss: base,
    })
    expect(await grantOf(agent)).toBeUndefined()
  })

  it('takes no form but its own, in the browser that was asked', async () => {
    const agent = await OAuthAgent.register(base)
    const browser = new UserBrowser()
    const page = await browser.open(agent.authorizeUrl('/mcp/github', 'v'.repeat(43)))
    const forged = { ...page, text: page.text.replace(/name="csrf" value="[^"]*"/, 'name="csrf" value="x"') }
    expect((await browser.submit(forged, 'approve')).status).toBe(403)
    expect((await new UserBrowser().submit(page, 'approve')).status).toBe(400)
    expect(answerOf(await browser.submit(page, 'approve')).code).not.toBe('')
  })

  it('is asked once of each agent in a browser, and listed', async () => {
    const agent = await OAuthAgent.register(base)
    const browser = new UserBrowser()
    const { accessToken } = await agent.signIn('/mcp/github', browser)
    expect((await call('/mcp/github', accessToken)).status).toBe(200)
    const again = await browser.open(agent.authorizeUrl('/mcp/github', 'v'.repeat(43)))
    expect(answerOf(again).code).not.toBe('')
    const other = await browser.open(agent.authorizeUrl('/mcp/datadog', 'v'.repeat(43)))
    expect(other.text).toContain('Cursor asks to use datadog')
    expect(await grantOf(agent)).toMatchObject({ clientName: 'Cursor', subject: 'local', servers: ['github'] })
  })

  it('lets an agent use the chosen servers only', async () => {
    const agent = await OAuthAgent.register(base)
    const { accessToken } = await agent.signIn('/mcp', new UserBrowser(), ['github'])
    expect((await call('/mcp/github', accessToken)).status).toBe(200)
    const beyond = await call('/mcp/datadog', accessToken)
    expect(refusal(beyond)).toEqual(refused(403, 'insufficient_scope'))
    expect(challengeOf(beyond)).toContain('error="insufficient_scope"')
    const scripted = scriptMcp({ era: 'modern', tools: [scriptedTool('echo')] })
    server.answerWith((request, response) => scripted.respond(request, response))
    const list = await callModern(`${base}/mcp`, {
      method: 'tools/list',
      params: {},
      headers: { authorization: `Bearer ${accessToken}` },
    })
    const names = (at(list.json, 'result.tools') as readonly { name: string }[]).map(({ name }) => name)
    server.reset()
    expect(names).toEqual(['github__echo'])
  })

  it('is over at once when it is taken back', async () => {
    const agent = await OAuthAgent.register(base)
    const browser = new UserBrowser()
    const { accessToken, refreshToken } = await agent.signIn('/mcp/github', browser)
    const grant = await grantOf(agent)
    expect((await gateway.api('DELETE', `/grants/${grant?.id ?? ''}`)).status).toBe(204)
    const answer = await call('/mcp/github', accessToken)
    expect(refusal(answer)).toEqual(refused(401, 'unauthenticated'))
    expect(challengeOf(answer)).toContain('error="invalid_token"')
    expect((await agent.refresh(refreshToken)).json).toMatchObject({ error: 'invalid_grant' })
    expect((await gateway.api('DELETE', `/grants/${grant?.id ?? ''}`)).status).toBe(404)
    expect((await browser.open(agent.authorizeUrl('/mcp/github', 'v'.repeat(43)))).text).toContain('asks to use github')
  })
})

describe('tokens', () => {
  it('are refreshed with another refresh token, and a used one ends everything', async () => {
    const agent = await OAuthAgent.register(base)
    const first = await agent.signIn('/mcp/github')
    const [one, two] = await Promise.all([agent.refresh(first.refreshToken), agent.refresh(first.refreshToken)])
    const second = tokensOf(one)
    // Two windows of one program refresh at the same moment.
    expect(tokensOf(two)).toEqual(second)
    expect(second.refreshToken).not.toBe(first.refreshToken)
    const third = tokensOf(await agent.refresh(second.refreshToken, { resource: `${base}/mcp/github` }))
    expect((await agent.refresh(second.refreshToken)).json).toMatchObject({ error: 'invalid_grant' })
    expect((await call('/mcp/github', third.accessToken)).status).toBe(401)
  })

  it('are not used up by a wrong resource', async () => {
    const agent = await OAuthAgent.register(base)
    const { refreshToken } = await agent.signIn('/mcp/github')
    const wrong = await agent.refresh(refreshToken, { resource: `${base}/mcp/datadog` })
    expect(wrong.json).toMatchObject({ error: 'invalid_target' })
    expect((await agent.refresh(refreshToken)).status).toBe(200)
  })

  it('end when the agent revokes them', async () => {
    const agent = await OAuthAgent.register(base)
    const { accessToken, refreshToken } = await agent.signIn('/mcp/github')
    const refreshed = tokensOf(await agent.refresh(refreshToken))
    expect((await agent.revoke(accessToken)).status).toBe(200)
    expect((await call('/mcp/github', accessToken)).status).toBe(401)
    expect((await call('/mcp/github', refreshed.accessToken)).status).toBe(200)
    expect((await agent.revoke(refreshed.refreshToken)).status).toBe(200)
    expect((await call('/mcp/github', refreshed.accessToken)).status).toBe(401)
  })

  it('are listed as issuances, and name the agent on every exchange', async () => {
    const agent = await OAuthAgent.register(base, 'Named')
    const { accessToken } = await agent.signIn('/mcp/github')
    await call('/mcp/github', accessToken)
    const issuances = (await gateway.api('GET', `/issuances?client=${agent.clientId}`)).body
    expect(at(issuances, 'items.0')).toMatchObject({
      grantType: 'authorization_code',
      issuer: base,
      clientId: agent.clientId,
      subject: 'local',
      audience: `${base}/mcp/github`,
      server: 'github',
      caller: { method: 'oauth' },
    })
    const exchanges = (await gateway.api('GET', '/exchanges?limit=1')).body
    expect(at(exchanges, 'items.0')).toMatchObject({
      agent: 'Named',
      caller: { subject: 'local', method: 'oauth', client: agent.clientId },
    })
    expect(JSON.stringify([issuances, exchanges])).not.toContain(accessToken.slice(0, 100))
  })
})

it('is needed for a replay too: what was taken back is not done again in the agent’s name', async () => {
  const agent = await OAuthAgent.register(base, 'Repeated')
  const { accessToken } = await agent.signIn('/mcp/github')
  await call('/mcp/github', accessToken)
  const { body } = await gateway.api('GET', '/exchanges?limit=1')
  const path = `/exchanges/${String(at(body, 'items.0.id'))}/replay`
  const replay = () => gateway.api('POST', path, { confirm: true })
  expect(await replay()).toMatchObject({ status: 200, body: { caller: { client: agent.clientId } } })
  await gateway.api('DELETE', `/grants/${(await grantOf(agent))?.id ?? ''}`)
  const reached = server.requests.length
  expect(await replay()).toMatchObject({ status: 409, body: { detail: expect.stringContaining('taken back') } })
  expect(server.requests).toHaveLength(reached)
})

it('takes keys on the same server as before, and either kind of auth changes without the other', async () => {
  const { key } = await gateway.addKey({ name: 'k' })
  expect((await callModern(`${base}/mcp/github`, { key })).status).toBe(200)
  const agent = await OAuthAgent.register(base)
  const { accessToken } = await agent.signIn('/mcp/datadog')
  await gateway.api('PATCH', '/servers/datadog', { agent_auth: { type: 'gateway' } })
  expect((await call('/mcp/datadog', accessToken)).status).toBe(200)
  expect(challengeOf(await call('/mcp/datadog'))).not.toContain('resource_metadata')
  await gateway.putSecret('dd', 'dd-value')
  await gateway.api('PATCH', '/servers/datadog', {
    agent_auth: { type: 'interactive' },
    app_auth: { type: 'bearer', token: { secret: 'dd' } },
  })
  expect((await call('/mcp/datadog', accessToken)).status).toBe(200)
  expect(server.requests.at(-1)?.header('authorization')).toBe('Bearer dd-value')
})
