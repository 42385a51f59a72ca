/** A team signs in at its identity provider once, and every action runs under each person's own account at every server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linkIn, textOf } from '../peers/account-fixture.js'
import { runGatehouse } from '../peers/command-line.js'
import { callModern } from '../peers/mcp-request.js'
import { answerOf, OAuthAgent, tokensOf, UserBrowser, type Tokens } from '../peers/oauth-agent.js'
import { identityClient, startOAuthProvider, visit, type OAuthProvider } from '../peers/oauth-provider.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at, send, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'
import { startTokenServer, type TokenServer } from '../peers/token-server.js'

let gateway: RunningGateway
let team: OAuthProvider
let githubProvider: OAuthProvider
let github: TokenServer
let search: RecordingServer
let base: string

beforeAll(async () => {
  ;[gateway, team, githubProvider, search] = await Promise.all([
    startGateway(),
    startOAuthProvider(),
    startOAuthProvider(),
    startRecordingServer(),
  ])
  github = await startTokenServer(githubProvider.origin)
  base = gateway.dataUrl
  await gateway.putSecret('idp-client', identityClient.client_secret)
  await gateway.putSecret('exchange-client', 'the secret of the gateway at the exchange')
  const profile = {
    gatehouse: 1,
    name: 'team',
    authentication: {
      sso: {
        issuer: team.origin,
        client_id: identityClient.client_id,
        client_secret: { secret: 'idp-client' },
        scopes: ['openid', 'email', 'profile'],
      },
    },
    mcpServers: {
      github: {
        url: github.url,
        agent_auth: { type: 'interactive' },
        app_auth: { type: 'oauth2_authorization_code', per: 'user' },
      },
      exchanged: {
        url: `${search.origin}/mcp`,
        agent_auth: { type: 'interactive' },
        app_auth: {
          type: 'token_exchange',
          token_url: `${search.origin}/token`,
          client_id: 'gateway',
          client_secret: { secret: 'exchange-client' },
          audience: 'search',
        },
      },
      search: {
        url: search.url,
        agent_auth: { type: 'interactive' },
        outbound_headers: [
          { type: 'caller_token', header: 'x-user-token', prefix: 'Bearer ' },
          { type: 'caller_identity', claim: 'department', header: 'x-department' },
        ],
      },
    },
  }
  await gateway.api('POST', '/profiles', profile)
  // The secret was there before the profile that sends it to the provider.
  for (const slug of ['github', 'search', 'exchanged']) await gateway.api('POST', `/servers/${slug}/approve`)
  await gateway.putSecret('idp-client', identityClient.client_secret)
})
afterAll(async () => {
  await gateway?.stop()
  await Promise.all([team, githubProvider, github, search].map((peer) => peer?.close()))
})

const call = (path: string, { accessToken }: Tokens, tool = 'whoami'): Promise<Answer> =>
  callModern(`${base}${path}`, {
    params: { name: tool, arguments: {} },
    headers: { authorization: `Bearer ${accessToken}` },
  })

describe('two people with one agent each', () => {
  it('connect once, and get each their own', async () => {
    for (const name of ['alice', 'bob']) {
      const agent = await OAuthAgent.register(base)
      const tokens = await agent.signIn('/mcp/github', new UserBrowser(name))
      const asked = await call('/mcp/github', tokens)
      await visit(linkIn(String(textOf(asked))), { user: `${name}@github` })
      for (let times = 0; times < 2; times++)
        expect(textOf(await call('/mcp/github', tokens))).toBe(`whoami as ${name}@github`)
      const { items } = (await gateway.api('GET', `/exchanges?caller=${encodeURIComponent(`${team.origin}#${name}`)}`))
        .body as { items: readonly object[] }
      expect(items[0]).toMatchObject({
        caller: {
          id: `${team.origin}#${name}`,
          subject: name,
          issuer: team.origin,
          email: `${name}@example.com`,
          method: 'oauth',
          client: agent.clientId,
        },
      })
    }
    const accounts = (await gateway.api('GET', `/accounts?subject=alice`)).body as { items: readonly object[] }
    expect(accounts.items).toMatchObject([{ server: 'github', subject: `${team.origin}#alice` }])
  })

  it('are known to servers by the identity provider’s token and claims, never by the gateway’s token', async () => {
    const agent = await OAuthAgent.register(base)
    const tokens = await agent.signIn('/mcp/search', new UserBrowser('carol'))
    search.reset()
    await call('/mcp/search', tokens, 'echo')
    const [request] = search.requests
    const sent = String(request?.header('x-user-token')).replace('Bearer ', '')
    expect(team.issued).toContain(sent)
    expect(request?.header('x-department')).toBe('carols')
    expect(JSON.stringify(request?.headers)).not.toContain(tokens.accessToken)
    const { body } = await gateway.api('GET', '/exchanges?limit=1')
    expect(JSON.stringify(body)).not.toContain(sent)
  })
})

it('exchanges the identity provider’s token, which was kept from signing in, and never its own', async () => {
  const agent = await OAuthAgent.register(base)
  const tokens = await agent.signIn('/mcp/exchanged', new UserBrowser('kim'))
  search.reset()
  search.answerWith((request, response) => {
    if (request.url !== '/token') return false
    answerJson(response, 200, {
      access_token: 'downstream-of-kim',
      token_type: 'Bearer',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    })
    return true
  })
  expect((await call('/mcp/exchanged', tokens, 'echo')).status).toBe(200)
  const exchange = search.requests.find(({ url }) => url === '/token')
  const parameters = new URLSearchParams(exchange?.body.toString())
  expect(parameters.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:token-exchange')
  expect(team.issued).toContain(parameters.get('subject_token'))
  expect(search.requests.at(-1)?.header('authorization')).toBe('Bearer downstream-of-kim')
  expect(JSON.stringify(search.requests.map(({ headers }) => headers))).not.toContain(tokens.accessToken)
  search.answerWith(() => false)
})

it('tells who did what per person: on the command line, and to Prometheus', async () => {
  const tokens = await (await OAuthAgent.register(base, 'Of Lou')).signIn('/mcp/github', new UserBrowser('lou'))
  await visit(linkIn(String(textOf(await call('/mcp/github', tokens)))), { user: 'lou@github' })
  const gatehouse = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse(await runGatehouse(gateway, ...args, '--json'))
  const lou = `${team.origin}#lou`
  const accounts = at(await gatehouse('accounts', 'list', '--subject', 'lou'), 'items')
  expect(accounts).toMatchObject([{ server: 'github', subject: lou }])
  const grants = at(await gatehouse('grants', 'list', '--subject', 'lou'), 'items') as readonly { id: string }[]
  expect(grants).toMatchObject([{ clientName: 'Of Lou', email: 'lou@example.com' }])
  const { text } = await send(`${base}/metrics`)
  expect(text).toContain(`gatehouse_caller_requests_total{subject="${lou}",method="oauth"} 1`)
  expect(await gatehouse('grants', 'remove', grants[0]?.id ?? '')).toMatchObject({ removed: true })
  expect((await call('/mcp/github', tokens)).status).toBe(401)
  expect(gateway.stderr()).not.toContain(tokens.accessToken)
})

it('asks for consent before anybody goes to the provider, signs in once, and lets people change who they are', async () => {
  const browser = new UserBrowser('dave')
  const first = await OAuthAgent.register(base, 'First')
  const page = await browser.open(first.authorizeUrl('/mcp/github', 'v'.repeat(43)))
  expect(page.url).toContain(`${base}/oauth/consent/`)
  expect(page.text).toContain(`You will sign in at ${new URL(team.origin).host} next`)
  expect(answerOf(await browser.submit(page, 'approve')).code).not.toBe('')
  const second = await OAuthAgent.register(base, 'Second')
  const again = await browser.open(second.authorizeUrl('/mcp/github', 'v'.repeat(43)))
  expect(again.text).toContain('You are signed in as dave@example.com')
  const seen = team.counts.get('authorization_code')
  expect(answerOf(await browser.submit(again, 'approve')).code).not.toBe('')
  expect(team.counts.get('authorization_code')).toBe(seen)
  const third = await OAuthAgent.register(base, 'Third')
  const other = await browser.open(third.authorizeUrl('/mcp/github', 'v'.repeat(43)))
  let asked = ''
  team.intercept = ({ url }) => {
    if (url?.startsWith('/auth?') === true) asked = url
    return false
  }
  browser.switchUser('heidi')
  expect(answerOf(await browser.submit(other, 'other_account')).code).not.toBe('')
  team.intercept = undefined
  expect(asked).toContain('prompt=select_account')
  const fourth = await OAuthAgent.register(base, 'Fourth')
  const last = await browser.open(fourth.authorizeUrl('/mcp/github', 'v'.repeat(43)))
  expect(last.text).toContain('You are signed in as heidi@example.com')
  // What dave allowed is not asked of heidi's session.
  const asDave = await browser.open(first.authorizeUrl('/mcp/github', 'v'.repeat(43)))
  expect(asDave.text).toContain('First asks to use github')
})

it('believes no answer that it did not ask for', async () => {
  const attacker = new UserBrowser('mallory')
  const agent = await OAuthAgent.register(base)
  const page = await attacker.open(agent.authorizeUrl('/mcp/github', 'v'.repeat(43)))
  // The attacker signs in, and has the victim's browser open what the provider answered.
  const callback = await attacker.submit(page, 'approve', { stopAt: '/oauth/callback' })
  expect(new URL(callback.url).searchParams.get('iss')).toBe(team.origin)
  const victim = await new UserBrowser('victim').open(callback.url)
  expect([victim.status, victim.url.includes('/oauth/consent/')]).toEqual([400, true])
  // It was good once.
  expect((await attacker.open(callback.url)).status).toBe(400)
  expect((await send(`${base}/oauth/callback?state=nonsense&code=x`)).status).toBe(400)
  const mixedUp = await attacker.open(agent.authorizeUrl('/mcp/github', 'v'.repeat(43)))
  const real = await attacker.submit(mixedUp, 'approve', { stopAt: '/oauth/callback' })
  const wrong = new URL(real.url)
  wrong.searchParams.set('iss', 'https://other.example')
  expect((await attacker.open(wrong.href)).status).toBe(400)
  // The real one is still good.
  expect(answerOf(await attacker.open(real.url)).code).not.toBe('')
})

describe('sessions', () => {
  it('end with the provider’s', async () => {
    const agent = await OAuthAgent.register(base)
    team.accessTokenSeconds = 20
    const tokens = await agent.signIn('/mcp/search', new UserBrowser('erin'))
    team.accessTokenSeconds = 3600
    const refreshes = team.counts.get('refresh_token') ?? 0
    const both = await Promise.all([call('/mcp/search', tokens, 'echo'), call('/mcp/search', tokens, 'echo')])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    // One refresh for both.
    expect(team.counts.get('refresh_token')).toBe(refreshes + 1)
    team.accessTokenSeconds = 20
    const next = await OAuthAgent.register(base)
    const shortLived = await next.signIn('/mcp/search', new UserBrowser('frank'))
    team.accessTokenSeconds = 3600
    team.ended.add('frank')
    const refused = await call('/mcp/search', shortLived, 'echo')
    expect(refused.status).toBe(401)
    expect(String(refused.headers['www-authenticate'])).toContain('error="invalid_token"')
    expect((await next.refresh(shortLived.refreshToken)).json).toMatchObject({ error: 'invalid_grant' })
    expect((await gateway.api('GET', '/grants?subject=frank')).body).toEqual({ items: [] })
  })

  it('are forgotten when the last agent is signed out', async () => {
    const agent = await OAuthAgent.register(base)
    const tokens = tokensOf(
      await agent.refresh((await agent.signIn('/mcp/github', new UserBrowser('grace'))).refreshToken),
    )
    const listed = (await gateway.api('GET', '/grants?subject=grace')).body
    const id = String(at(listed, 'items.0.id'))
    expect(at(listed, 'items.0')).toMatchObject({ issuer: team.origin, email: 'grace@example.com' })
    expect((await gateway.api('DELETE', `/grants/${id}`)).status).toBe(204)
    expect((await call('/mcp/github', tokens)).status).toBe(401)
  })
})
