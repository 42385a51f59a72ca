/** From an empty data directory, and so from the first passphrase, to the first call, in clicks and seconds. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startEverything, type EverythingServer } from '../peers/everything.js'
import { startOAuthProvider, type OAuthProvider } from '../peers/oauth-provider.js'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'
import { startTokenServer, type TokenServer } from '../peers/token-server.js'

describe.skipIf(chromiumPath === undefined)('the first run', () => {
  let gateway: RunningGateway
  let everything: EverythingServer
  let provider: OAuthProvider
  let tokenServer: TokenServer
  let open: OpenPage
  let startedMs: number

  beforeAll(async () => {
    ;[everything, provider] = await Promise.all([startEverything(), startOAuthProvider()])
    tokenServer = await startTokenServer(provider.origin)
  })
  afterAll(async () => {
    await open?.close()
    await gateway?.stop()
    await Promise.all([everything?.close(), provider?.close(), tokenServer?.close()])
  })
  beforeEach(async () => {
    await open?.close()
    await gateway?.stop()
    gateway = await startGateway({ withoutPassphrase: true })
    open = await openPage(gateway)
    await countClicks(open.page)
    await open.page.getByRole('heading', { name: 'Choose a passphrase' }).waitFor()
    startedMs = performance.now()
    await open.page.keyboard.type('a passphrase of a first run')
    await open.page.getByLabel('Once more').fill('a passphrase of a first run')
    await open.page.getByRole('button', { name: 'Create vault' }).click()
    await open.page.getByRole('heading', { name: 'Make your first call' }).waitFor()
  })

  it('reaches the demo server with 3 clicks in 15 s, and shows the call with its hops', async () => {
    const { page } = open
    await page.getByRole('button', { name: 'Try with the demo server' }).click()
    await page.getByRole('button', { name: 'Send test call' }).click()
    await page.getByText('Headers that the server got').waitFor()
    const tookMs = performance.now() - startedMs
    await page.getByRole('img', { name: /Agent to Gateway.*working.*Gateway to demo.*working/ }).waitFor()
    // The server's own answer, in which it tells of a header that the gateway made.
    await page.getByRole('region', { name: 'What it answered' }).getByText('x-request-id:').waitFor()
    await open.picture('first-run-demo')
    expect(await open.violations()).toEqual([])
    expect(await clicks(page)).toBeLessThanOrEqual(3)
    expect(tookMs).toBeLessThan(15_000)
    const exchange = at((await gateway.api('GET', '/exchanges?server=demo')).body, 'items.0')
    expect(exchange).toMatchObject({
      tool: 'show_headers',
      caller: { subject: 'local', method: 'none' },
      response: { status: 200 },
    })
    expect(open.complaints).toEqual([])
  })

  it('reaches a pasted URL with 4 clicks in 30 s', async () => {
    const { page } = open
    await paste(page, everything.url)
    await page.getByRole('button', { name: 'Add server' }).last().click()
    await page.getByRole('button', { name: 'Send test call' }).click()
    await page.getByText('Headers that the server got').waitFor()
    const tookMs = performance.now() - startedMs
    await page.getByRole('heading', { name: 'Point your agents here' }).waitFor()
    await page.getByText('Speaks MCP', { exact: true }).waitFor()
    await open.picture('first-run-url')
    expect(await clicks(page)).toBeLessThanOrEqual(4)
    expect(tookMs).toBeLessThan(30_000)
    await page.getByRole('button', { name: 'Go to Home' }).click()
    await page.getByText('Recent denials and failures').waitFor()
  })

  it('reaches a server that wants a sign-in with 6 clicks in 60 s', async () => {
    const { page } = open
    await paste(page, tokenServer.url)
    await page.getByRole('button', { name: 'Add server' }).last().click()
    const opened = page.context().waitForEvent('page')
    await page.getByRole('button', { name: 'Connect account' }).click()
    const consent = await opened
    await page.getByText('The account is connected.').waitFor()
    await page.getByRole('button', { name: 'Send test call' }).click()
    await page.getByText('Headers that the server got').waitFor()
    const tookMs = performance.now() - startedMs
    await page.getByRole('img', { name: /Gateway to .*working/ }).waitFor()
    await open.picture('first-run-account')
    expect(await open.violations()).toEqual([])
    expect(await clicks(page)).toBeLessThanOrEqual(6)
    expect(tookMs).toBeLessThan(60_000)
    await page.getByText(/^Bearer \*{4}/).waitFor()
    expect(tokenServer.seen.at(-1)).toMatchObject({ method: 'tools/list', subject: 'nobody' })
    for (const token of provider.issued) expect(await page.content()).not.toContain(token)
    await consent.close()
  })

  it('offers a server by its name, and says of one that was left how it goes on', async () => {
    const { page } = open
    await open.picture('first-run')
    expect(await open.violations()).toEqual([])
    await page.getByRole('button', { name: /Add DeepWiki/ }).click()
    expect(await page.getByLabel('Name').inputValue()).toBe('deepwiki')
    await page.getByRole('button', { name: 'Change it' }).click()
    await gateway.putServer('gone', { url: 'http://127.0.0.1:9/mcp' })
    await open.goTo('/?first=gone')
    await page.getByRole('button', { name: 'Send test call' }).click()
    await page.getByRole('img', { name: /Agent to Gateway.*working.*Gateway to gone.*broken here/ }).waitFor()
    await page.setViewportSize({ width: 880, height: 560 })
    await open.setTheme('dark')
    await open.picture('first-run-880')
  })
})

/** Counts presses of the pointer from now on, and keys that press a button. */
async function countClicks(page: Page): Promise<void> {
  await page.evaluate(() => {
    let count = 0
    document.addEventListener('click', () => (document.documentElement.dataset['clicks'] = String(++count)), true)
  })
}

async function clicks(page: Page): Promise<number> {
  return page.evaluate(() => Number(document.documentElement.dataset['clicks'] ?? 0))
}

/** As the paste command of the browser does it, from a clipboard that holds this text. */
async function paste(page: Page, text: string): Promise<void> {
  await page.getByLabel(/Paste a URL/).evaluate((field, data) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', data)
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text)
}
