/** The status page in a real browser: signed in by a one-time link, fed by the gateway, safe from what agents send. */
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { findChromium } from '../setup/find-chromium.mjs'
import { startGateway, testPassphrase, type RunningGateway } from '../peers/start-gateway.js'
import { send } from '../peers/send.js'

const executablePath = findChromium()
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
const linkSchema = z.looseObject({ url: z.string() })

describe.skipIf(executablePath === undefined)('the status page in a browser', () => {
  let gateway: RunningGateway
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    gateway = await startGateway()
    browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args: flags })
    page = await browser.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
    await page.goto(await newLink())
  })
  afterAll(async () => {
    await browser?.close()
    await gateway?.stop()
  })

  async function newLink(): Promise<string> {
    return linkSchema.parse((await gateway.api('POST', '/session-links')).body).url
  }

  it('opens signed in and says where agents call', async () => {
    await page.getByRole('status').getByText(gateway.dataUrl).waitFor()
    expect(await page.locator('#vault').isVisible()).toBe(false)
  })

  it('does not open with a link that was used', async () => {
    const link = await newLink()
    const first = await browser.newContext()
    const second = await browser.newContext()
    expect((await (await first.newPage()).goto(link))?.status()).toBe(200)
    expect((await (await second.newPage()).goto(link))?.status()).toBe(401)
  })

  it('adds a server by its URL, and names the field and the fix where it cannot', async () => {
    await page.getByLabel('URL of an MCP server').fill('https://mcp.example.com/mcp')
    await page.getByRole('button', { name: 'Add server' }).click()
    await page.getByText(`${gateway.dataUrl}/mcp/example`).waitFor()
    await page.getByLabel('URL of an MCP server').fill('ftp://example.com/')
    await page.getByRole('button', { name: 'Add server' }).click()
    await page.locator('#servers .failure').getByText('http').waitFor()
  })

  it('shows a new key once, and the calls of its agent as they happen, markup as text', async () => {
    await page.getByLabel('Name of the agent').fill('<b>Claude</b>')
    await page.getByRole('button', { name: 'Create key' }).click()
    const key = await page.locator('.created code').textContent()
    expect(key).toMatch(/^gh_sk_/)
    const markup = '<img src=x onerror=alert(1)>'
    await send(`${gateway.dataUrl}/mcp/absent`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-gatehouse-apikey': key ?? '' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: markup, arguments: {} } }),
    })
    await page.locator('#exchanges summary').getByText(markup).click()
    await page.getByText('Headers on the way out').waitFor()
    await page.reload()
    await page.locator('#keys').getByText('<b>Claude</b>').waitFor()
    expect(await page.content()).not.toContain(key)
    expect(await page.locator('img').count()).toBe(0)
  })

  it('asks for the passphrase when the vault is locked, and goes on when it is given', async () => {
    await gateway.api('POST', '/lock')
    await page.getByLabel('Passphrase').fill('wrong')
    await page.getByRole('button', { name: 'Unlock' }).click()
    await page.locator('#vault .failure').getByText('passphrase').waitFor()
    await page.getByLabel('Passphrase').fill(testPassphrase)
    await page.getByRole('button', { name: 'Unlock' }).click()
    await page.getByText(`${gateway.dataUrl}/mcp/example`).waitFor()
  })

  it('breaks no rule of its content security policy', () => {
    expect(complaints).toEqual([])
  })
})
