/** From a URL alone to a tool result: agents on the official SDK with their user in a real browser, and what happens later. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, startEverything, type EverythingServer } from '../peers/everything.js'
import { callModern, refusal, refused } from '../peers/mcp-request.js'
import { OAuthAgent, tokensOf, UserBrowser, type Tokens } from '../peers/oauth-agent.js'
import { identityClient, startOAuthProvider, type OAuthProvider } from '../peers/oauth-provider.js'
import { AgentMemory, callersOnSdk, listenForCallback, type CallbackListener } from '../peers/sdk-sign-in.js'
import { send, type Answer } from '../peers/send.js'
import { startGateway, testPassphrase, type RunningGateway } from '../peers/start-gateway.js'
import { findChromium } from '../setup/find-chromium.mjs'

const executablePath = findChromium()
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

let dataDir: string
let port: number
let gateway: RunningGateway
let everything: EverythingServer

const start = (): Promise<RunningGateway> => startGateway({ dataDir, args: ['--port', String(port)] })

beforeAll(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'gatehouse-signin-')), 'data')
  port = await freePort()
  ;[gateway, everything] = await Promise.all([start(), startEverything()])
  await gateway.putServer('everything', { url: everything.url, agent_auth: { type: 'interactive' } })
})
afterAll(async () => {
  await gateway?.stop()
  await everything?.close()
  await rm(join(dataDir, '..'), { recursive: true, force: true })
})

describe.skipIf(executablePath === undefined)('an agent that knows nothing but the URL', () => {
  let browser: Browser
  let page: Page
  let callback: CallbackListener
  let team: OAuthProvider
  const complaints: string[] = []

  beforeAll(async () => {
    ;[callback, team] = await Promise.all([listenForCallback(), startOAuthProvider()])
    browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args: flags })
    page = await browser.newPage()
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
  })
  afterAll(async () => {
    await browser?.close()
    callback?.close()
    await team?.close()
  })

  const allow = async (asked: URL): Promise<URLSearchParams> => {
    const back = callback.next()
    await page.goto(asked.href)
    await page.getByRole('button', { name: 'Allow' }).click()
    return back
  }
  const answered = { content: [{ type: 'text', text: 'Echo: hello' }] }

  for (const [version, call] of Object.entries(callersOnSdk)) {
    it(`gets to a tool result on the SDK ${version}, and needs no browser again`, async () => {
      const memory = new AgentMemory(callback.url)
      expect(await call(`${gateway.dataUrl}/mcp/everything`, memory, allow)).toMatchObject(answered)
      const nobody = async (): Promise<never> => Promise.reject(new Error('the user was asked again'))
      expect(await call(`${gateway.dataUrl}/mcp/everything`, memory, nobody)).toMatchObject(answered)
      // Its access token is gone; the refresh token does.
      memory.saveTokens({ ...(memory.tokens() ?? { token_type: 'Bearer' }), access_token: 'ended' })
      expect(await call(`${gateway.dataUrl}/mcp/everything`, memory, nobody)).toMatchObject(answered)
    })
  }

  it('narrows what all servers together give', async () => {
    await gateway.putServer('other', { url: everything.url })
    const memory = new AgentMemory(callback.url)
    const narrow = async (asked: URL): Promise<URLSearchParams> => {
      const back = callback.next()
      await page.goto(asked.href)
      await page.getByLabel('other').uncheck()
      await page.getByRole('button', { name: 'Allow' }).click()
      return back
    }
    const call = callersOnSdk['v2']
    await expect(call?.(`${gateway.dataUrl}/mcp`, memory, narrow)).rejects.toThrow(/echo/)
    const list = await callModern(`${gateway.dataUrl}/mcp`, {
      method: 'tools/list',
      params: {},
      headers: { authorization: `Bearer ${memory.tokens()?.access_token ?? ''}` },
    })
    expect(list.text).toContain('everything__echo')
    expect(list.text).not.toContain('other__')
  })

  it('signs its user in at the identity provider of the team', async () => {
    await gateway.putSecret('idp-client', identityClient.client_secret)
    const sso = { issuer: team.origin, client_id: identityClient.client_id, client_secret: { secret: 'idp-client' } }
    const profile = { gatehouse: 1, name: 'team', authentication: { sso }, mcpServers: {} }
    expect((await gateway.api('POST', '/profiles', profile)).status).toBe(200)
    await gateway.putSecret('idp-client', identityClient.client_secret)
    await page.context().addCookies([{ name: 'user', value: 'ada', url: team.origin }])
    const memory = new AgentMemory(callback.url)
    const call = callersOnSdk['v1']
    expect(await call?.(`${gateway.dataUrl}/mcp/everything`, memory, allow)).toMatchObject(answered)
    const { body } = await gateway.api('GET', '/grants?subject=ada')
    expect(body).toMatchObject({ items: [{ clientName: 'SDK agent', email: 'ada@example.com' }] })
    await gateway.api('POST', '/profiles', { gatehouse: 1, name: 'team', mcpServers: {} })
  })

  it('meets no rule of the content security policy', () => {
    expect(complaints).toEqual([])
  })
})

describe('in the middle of a session', () => {
  let agent: OAuthAgent
  let tokens: Tokens
  const call = (): Promise<Answer> =>
    callModern(`${gateway.dataUrl}/mcp/everything`, {
      method: 'tools/list',
      params: {},
      headers: { authorization: `Bearer ${tokens.accessToken}` },
    })

  beforeAll(async () => {
    agent = await OAuthAgent.register(gateway.dataUrl)
    tokens = await agent.signIn('/mcp/everything')
  })

  it('another key signs from now on, and what the one before signed is still good', async () => {
    const { body } = await gateway.api('POST', '/oauth-keys/rotate')
    expect((await call()).status).toBe(200)
    tokens = tokensOf(await agent.refresh(tokens.refreshToken))
    const [header = ''] = tokens.accessToken.split('.')
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject(body as object)
    expect((await call()).status).toBe(200)
  })

  it('the gateway is started again', async () => {
    await gateway.kill()
    gateway = await start()
    expect((await call()).status).toBe(200)
    tokens = tokensOf(await agent.refresh(tokens.refreshToken))
    expect((await call()).status).toBe(200)
  })

  it('the vault is locked: agents are told how to go on, and do', async () => {
    const halfWay = new UserBrowser()
    const page = await halfWay.open(agent.authorizeUrl('/mcp/everything', 'v'.repeat(43)))
    await gateway.api('POST', '/lock')
    const answer = await call()
    expect(refusal(answer)).toEqual(refused(503, 'vault_locked'))
    expect(answer.text).toContain('gatehouse unlock')
    const refresh = await agent.refresh(tokens.refreshToken)
    expect([refresh.status, refresh.json]).toMatchObject([503, { error: 'temporarily_unavailable' }])
    expect((await halfWay.submit(page, 'approve')).status).toBe(503)
    expect((await send(`${gateway.dataUrl}/oauth/jwks`)).status).toBe(503)
    await gateway.api('POST', '/unlock', { passphrase: testPassphrase })
    expect((await call()).status).toBe(200)
    expect((await agent.refresh(tokens.refreshToken)).status).toBe(200)
    expect((await halfWay.submit(page, 'approve')).url).toContain('code=')
  })
})
