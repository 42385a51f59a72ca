/** People sign out of a browser, agents are signed out one by one or all at once, and what was revoked stays so. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callModern } from '../peers/mcp-request.js'
import { answerOf, OAuthAgent, tokensOf, UserBrowser } from '../peers/oauth-agent.js'
import { identityClient, startOAuthProvider, type OAuthProvider } from '../peers/oauth-provider.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let team: OAuthProvider
let server: RecordingServer
let base: string
/** Paths at the provider that ended a token. */
const ended: string[] = []

beforeAll(async () => {
  ;[gateway, team, server] = await Promise.all([startGateway(), startOAuthProvider(), startRecordingServer()])
  base = gateway.dataUrl
  team.intercept = ({ url, method }) => {
    if (method === 'POST' && url === '/token/revocation') ended.push(url)
    return false
  }
  const sso = {
    issuer: team.origin,
    client_id: identityClient.client_id,
    client_secret: { secret: 'idp-client' },
  }
  await gateway.api('POST', '/profiles', { gatehouse: 1, name: 'team', authentication: { sso } })
  await gateway.putSecret('idp-client', identityClient.client_secret)
  await gateway.putServer('notes', { url: server.url, agent_auth: { type: 'interactive' } })
})
afterAll(async () => {
  await gateway?.stop()
  await Promise.all([team?.close(), server?.close()])
})

const statusOf = async (bearer: string, url = base): Promise<number> =>
  (await callModern(`${url}/mcp/notes`, { headers: { authorization: `Bearer ${bearer}` } })).status
const grantsOf = async (subject: string): Promise<readonly { readonly id: string }[]> =>
  at((await gateway.api('GET', `/grants?subject=${subject}`)).body, 'items') as readonly { readonly id: string }[]

describe('signing out of a browser', () => {
  it('asks who it is next time, and leaves agents what they were allowed', async () => {
    const browser = new UserBrowser('ada')
    const agent = await OAuthAgent.register(base)
    const tokens = await agent.signIn('/mcp/notes', browser)
    const page = await browser.open(`${base}/oauth/sign-out`)
    expect(page.text).toContain('You are signed in as ada@example.com')
    expect(page.headers).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' })
    const out = await browser.submit(page, 'sign_out')
    expect(out.text).toContain('You are signed out')
    expect(out.text).toContain(`You may still be signed in at ${new URL(team.origin).host}`)
    expect((await browser.open(`${base}/oauth/sign-out`)).text).toContain('Nobody is signed in')
    expect(await statusOf(tokens.accessToken)).toBe(200)
    const asked = await browser.open(agent.authorizeUrl('/mcp/notes', 'v'.repeat(43)))
    expect(asked.text).toContain('Choose an account')
    browser.switchUser('bea')
    expect(answerOf(await browser.submit(asked, 'other_account')).code).not.toBe('')
    expect(await grantsOf('bea')).toHaveLength(1)
    expect((await browser.open(`${base}/oauth/sign-out`)).text).toContain('bea@example.com')
  })

  it('takes everything back where it is asked to, and ends the session at the provider', async () => {
    const browser = new UserBrowser('cyd')
    const [one, two] = [await OAuthAgent.register(base), await OAuthAgent.register(base)]
    const tokens = [await one.signIn('/mcp/notes', browser), await two.signIn('/mcp/notes', browser)]
    ended.length = 0
    await browser.submit(await browser.open(`${base}/oauth/sign-out`), 'everywhere')
    expect(await Promise.all(tokens.map(({ accessToken }) => statusOf(accessToken)))).toEqual([401, 401])
    expect(await grantsOf('cyd')).toEqual([])
    await expect.poll(() => ended).toEqual(['/token/revocation'])
  })

  it('takes no form of another page', async () => {
    const browser = new UserBrowser('dan')
    const agent = await OAuthAgent.register(base)
    await agent.signIn('/mcp/notes', browser)
    const page = await browser.open(`${base}/oauth/sign-out`)
    const forged = { ...page, text: page.text.replace(/name="csrf" value="[^"]*"/, 'name="csrf" value="x"') }
    expect((await browser.submit(forged, 'everywhere')).status).toBe(403)
    expect(await grantsOf('dan')).toHaveLength(1)
  })
})

it('tells the provider when the last agent of a person is signed out, and not before', async () => {
  const browser = new UserBrowser('eve')
  for (const name of ['One', 'Two']) await (await OAuthAgent.register(base, name)).signIn('/mcp/notes', browser)
  const [first, second] = await grantsOf('eve')
  ended.length = 0
  await gateway.api('DELETE', `/grants/${first?.id ?? ''}`)
  await (await OAuthAgent.register(base, 'Three')).signIn('/mcp/notes', new UserBrowser('fay'))
  expect(ended).toEqual([])
  await gateway.api('DELETE', `/grants/${second?.id ?? ''}`)
  await expect.poll(() => ended).toEqual(['/token/revocation'])
})

it('keeps an access token revoked after a start, though its grant goes on', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-revoked-'))
  const first = await startGateway({ dataDir })
  const port = new URL(first.dataUrl).port
  await first.putServer('notes', { url: server.url, agent_auth: { type: 'interactive' } })
  const agent = await OAuthAgent.register(first.dataUrl)
  const tokens = await agent.signIn('/mcp/notes')
  const others = tokensOf(await agent.refresh(tokens.refreshToken))
  await agent.revoke(tokens.accessToken)
  expect(await statusOf(tokens.accessToken, first.dataUrl)).toBe(401)
  await first.kill()
  const again = await startGateway({ dataDir, args: ['--port', port] })
  expect(again.dataUrl).toBe(first.dataUrl)
  expect(await statusOf(others.accessToken, again.dataUrl)).toBe(200)
  expect(await statusOf(tokens.accessToken, again.dataUrl)).toBe(401)
  await again.stop()
  await rm(dataDir, { recursive: true, force: true })
})
