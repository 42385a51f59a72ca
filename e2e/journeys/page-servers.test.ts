/** Servers on the page: added from what people have at hand, tried out, removed and put back; and all of it by keyboard. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEverything, type EverythingServer } from '../peers/everything.js'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

describe.skipIf(chromiumPath === undefined)('servers on the page', () => {
  let gateway: RunningGateway
  let everything: EverythingServer
  let open: OpenPage

  beforeAll(async () => {
    gateway = await startGateway()
    everything = await startEverything()
    open = await openPage(gateway)
  })
  afterAll(async () => {
    await open?.close()
    await everything?.close()
    await gateway?.stop()
  })

  it('adds one by its URL with four clicks, and shows what the gateway finds there', async () => {
    const { page } = open
    await open.goTo('/servers')
    await page.getByRole('heading', { name: 'Servers', level: 1 }).waitFor()
    await page.getByRole('main').getByRole('button', { name: 'Add server' }).last().click()
    await page.getByLabel(/Paste a URL/).fill(everything.url)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('Name').fill('everything')
    await page.getByRole('dialog').getByRole('button', { name: 'Add server' }).click()
    await page.getByText('Speaks MCP', { exact: true }).waitFor()
    await open.picture('add-server-done')
    await page.getByRole('button', { name: 'Open server' }).click()
    await page.getByText(`${gateway.dataUrl}/mcp/everything`).waitFor()
  })

  it('says what is wrong with what it does not know, and with a name', async () => {
    const { page } = open
    await open.goTo('/servers?add=hello')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('neither a URL').waitFor()
    await page.getByLabel(/Paste a URL/).fill('https://mcp.example.com/mcp')
    await page.keyboard.press('Enter')
    await page.getByLabel('Name').fill('Not A Slug')
    await page.keyboard.press('Enter')
    await page.getByText('expected 1 to 64 of a-z').first().waitFor()
    await page.keyboard.press('Escape')
  })

  it('takes a claude mcp add line, stores its token as a secret and shows it nowhere', async () => {
    const { page } = open
    const token = 'canary-token-that-nobody-sees-1234'
    await open.goTo('/servers?add=')
    await page
      .getByLabel(/Paste a URL/)
      .fill(`claude mcp add --transport http tracker ${everything.url} --header "Authorization: Bearer ${token}"`)
    await page.keyboard.press('Enter')
    await page.getByText('Will be added').waitFor()
    await open.picture('add-server-review')
    expect(await page.getByRole('dialog').textContent()).not.toContain(token)
    await page.getByRole('button', { name: 'Add 1 server' }).click()
    await page.getByText('Speaks MCP', { exact: true }).waitFor()
    expect((await gateway.api('GET', '/servers/tracker')).body).toMatchObject({ app_auth: { type: 'bearer' } })
    await page.getByRole('button', { name: 'Done' }).click()
  })

  it('runs no command of a configuration that nobody approved', async () => {
    const { page } = open
    await open.goTo('/servers?add=')
    await page
      .getByLabel(/Paste a URL/)
      .fill('{"mcpServers":{"local":{"command":"/bin/true","env":{"API_TOKEN":"${T}"}}}}')
    await page.keyboard.press('Enter')
    await page.getByText('These commands will run').waitFor()
    await page.getByLabel('Secret T').waitFor()
    await page.getByRole('button', { name: 'Add 1 server' }).click()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('row', { name: /local/ }).click()
    await page.getByRole('button', { name: 'Approve' }).waitFor()
  })

  it('removes one at once, and puts it back', async () => {
    const { page } = open
    await page.getByRole('row', { name: /tracker/ }).click()
    await page.getByRole('button', { name: 'Remove server' }).click()
    await page.getByText('tracker was removed').waitFor()
    await page.getByRole('row', { name: /tracker/ }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('row', { name: /tracker/ }).waitFor()
  })

  it('moves the choice with j and k, and never because rows come', async () => {
    const { page } = open
    await open.goTo('/servers')
    await page.getByRole('grid').focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('j')
    const chosen = page.getByRole('row', { selected: true })
    await chosen.getByText('local').waitFor()
    await gateway.putServer('aaa', { url: 'https://mcp.example.com/mcp' })
    await page.getByRole('row', { name: /aaa/ }).waitFor()
    expect(await chosen.textContent()).toContain('local')
    await page.keyboard.press('k')
    await chosen.getByText('everything').waitFor()
  })

  it('finds everything by the keyboard alone', async () => {
    const { page } = open
    await page.keyboard.press('Control+1')
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox').waitFor()
    expect(await open.violations()).toEqual([])
    await open.picture('palette')
    await page.keyboard.type('aaa')
    await page.keyboard.press('Enter')
    await page.getByText(`${gateway.dataUrl}/mcp/aaa`).waitFor()
    await page.keyboard.press('Shift+?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    expect(await open.violations()).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('Alt+n')
    await page.getByRole('dialog', { name: 'Add a server' }).waitFor()
    await page.keyboard.press('Escape')
  })

  it('breaks no rule of the content security policy', () => {
    expect(open.complaints).toEqual([])
  })
})
