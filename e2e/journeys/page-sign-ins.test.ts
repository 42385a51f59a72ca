/** Agents that signed in and tokens that were issued, on the page: seen, followed to their calls, signed out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AccountFixture } from '../peers/account-fixture.js'
import { OAuthAgent, UserBrowser, type Tokens } from '../peers/oauth-agent.js'
import { callModern } from '../peers/mcp-request.js'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'

describe.skipIf(chromiumPath === undefined)('sign-ins on the page', () => {
  let fixture: AccountFixture
  let open: OpenPage
  let tokens: Tokens

  beforeAll(async () => {
    fixture = await AccountFixture.start()
    const { gateway, server } = fixture
    for (const slug of ['notes', 'mail'])
      await gateway.putServer(slug, { url: server.url, agent_auth: { type: 'interactive' } })
    const agent = await OAuthAgent.register(gateway.dataUrl, 'Cursor <b>of Ada</b>')
    tokens = await agent.signIn('/mcp', new UserBrowser(), ['notes'])
    const other = await OAuthAgent.register(gateway.dataUrl, 'Another agent')
    await other.signIn('/mcp/mail')
    open = await openPage(gateway)
  })
  afterAll(async () => {
    await open?.close()
    await fixture?.stop()
  })

  const statusOfCall = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${tokens.accessToken}` }
    return (await callModern(`${fixture.gateway.dataUrl}/mcp`, { method: 'tools/list', params: {}, headers })).status
  }

  it('lists each agent with the servers that it was let to, and signs one out', async () => {
    const { page } = open
    expect(await statusOfCall()).toBe(200)
    await open.goTo('/agents?tab=grants')
    const row = page.getByRole('row', { name: /Cursor <b>of Ada<\/b>/ })
    await row.waitFor()
    await page.getByRole('row', { name: /Another agent/ }).waitFor()
    await row.click()
    const pane = page.getByRole('region', { name: /Cursor/ })
    await pane.getByText('notes', { exact: true }).waitFor()
    expect(await pane.getByText('mail').count()).toBe(0)
    await open.picture('grants')
    expect(await open.violations()).toEqual([])
    await pane.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Sign out' }).click()
    await row.waitFor({ state: 'detached' })
    await page.getByRole('row', { name: /Another agent/ }).waitFor()
    expect(await statusOfCall()).toBe(401)
  })

  it('leads from an issued token to the calls that it was for', async () => {
    const { page } = open
    await fixture.connect('alice')
    await open.goTo('/vault?tab=issuances')
    await page.getByRole('row', { name: /files/ }).first().click()
    await page.getByText('Token for files').waitFor()
    await page.getByRole('link', { name: 'The calls that it was for' }).click()
    await page.getByRole('row', { name: /oauth\/token, 200/ }).waitFor()
  })

  it('breaks no rule of the content security policy', () => {
    expect(open.complaints).toEqual([])
  })
})
