/** Profiles on the page: a setup that is reviewed before it is applied and then called, taken back, and handed on. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEverything, type EverythingServer } from '../peers/everything.js'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { connectV2Legacy } from '../peers/sdk-agents.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

describe.skipIf(chromiumPath === undefined)('profiles on the page', () => {
  let gateway: RunningGateway
  let everything: EverythingServer
  let open: OpenPage
  const give = async (text: string): Promise<void> => {
    const { page } = open
    await open.goTo('/profiles')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await open.goTo('/profiles?import=true')
    await page.locator('input[type=file]').setInputFiles({
      name: 'given.yaml',
      mimeType: 'application/yaml',
      buffer: Buffer.from(text),
    })
    await page.getByRole('button', { name: 'Review' }).click()
  }
  const profile = (): string => `gatehouse: 1
name: team
shield: { enabled: true, on_failure: allow }
mcpServers:
  everything:
    url: ${everything.url}
    app_auth: { type: bearer, token: { secret: TEAM_TOKEN } }
  local:
    transport: stdio
    command: /bin/true
    args: [--flag, "two words"]
`

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

  it('says on which line a file is wrong', async () => {
    const { page } = open
    await open.goTo('/profiles')
    await page.getByText('Share your setup without your secrets').waitFor()
    await give('gatehouse: 1\nname: team\nmcpServers:\n  a:\n    urll: http://x\n')
    await page.getByText('Line 5').first().waitFor()
    await page.locator('.cm-markedLine').first().waitFor()
    await open.picture('profile-errors')
    expect(await open.violations()).toEqual([])
  })

  it('shows what it would change, and calls what it brought', async () => {
    const { page } = open
    await give(profile())
    await page.getByText('two words').first().waitFor()
    await page.getByText('/bin/true --flag').waitFor()
    await open.picture('profile-review')
    expect(await open.violations()).toEqual([])
    expect((await gateway.api('GET', '/servers/everything')).status).toBe(404)
    await page.getByLabel('TEAM_TOKEN').fill('canary-of-the-team')
    await page.getByRole('button', { name: /^Apply \d+ change/ }).click()
    await page.getByText('team is applied').waitFor()
    await page.getByText('Waits for approval: local').waitFor()
    expect(await page.content()).not.toContain('canary-of-the-team')
    const { key } = await gateway.addKey({ name: 'team' })
    const agent = await connectV2Legacy(`${gateway.dataUrl}/mcp/everything`, key)
    expect(JSON.stringify(await agent.request('tools/list'))).toContain('echo')
    await agent.close()
  })

  it('takes an import back', async () => {
    const { page } = open
    await give(
      profile()
        .replace('on_failure: allow', 'on_failure: deny')
        .replace(/ {2}local:[^]*/, ''),
    )
    await page.getByText('removed', { exact: true }).first().waitFor()
    await page.getByText(/"?on_failure"?: "deny"/).waitFor()
    await page.getByRole('button', { name: /^Apply/ }).click()
    await page.getByText('team is applied').waitFor()
    expect((await gateway.api('GET', '/servers/local')).status).toBe(404)
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('team is as it was before').waitFor()
    expect((await gateway.api('GET', '/servers/local')).status).toBe(200)
  })

  it('takes the form of another program, and puts its literal secret into the vault', async () => {
    const { page } = open
    const token = 'ghp_canaryThatGoesToTheVault0123456789ab'
    await give(
      JSON.stringify({
        mcpServers: { tracker: { url: everything.url, headers: { Authorization: `Bearer ${token}` } } },
      }),
    )
    await page.getByRole('button', { name: /^Apply/ }).waitFor()
    expect(await page.getByRole('dialog').textContent()).not.toContain(token)
    await page.getByRole('button', { name: /^Apply/ }).click()
    await page.getByText('is applied').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    expect((await gateway.api('GET', '/servers/tracker')).body).toMatchObject({ app_auth: { type: 'bearer' } })
  })

  it('hands a profile on: what is in it, and what it leaves to the teammate', async () => {
    const { page } = open
    await open.goTo('/profiles?selected=team')
    await page.getByText('Your teammate must provide 1 thing').waitFor()
    await page.getByText('TEAM_TOKEN').first().waitFor()
    await page.locator('.cm-content').waitFor()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ])
    expect(file.suggestedFilename()).toBe('team.yaml')
    const text = await readFile(await file.path(), 'utf8')
    expect(text).toContain('name: team')
    expect(text).not.toContain('canary-of-the-team')
    expect(await open.violationsInThemes('profile')).toEqual([])
    await page.setViewportSize({ width: 880, height: 560 })
    await open.picture('profile-880')
    await page.setViewportSize({ width: 1280, height: 800 })
  })

  it('hands it on with its secrets, encrypted, and takes such a file in', async () => {
    const { page } = open
    await open.goTo('/profiles?selected=team')
    await page.getByRole('button', { name: 'Export with secrets' }).click()
    await page.getByLabel('Passphrase for the file').fill('of the file')
    await page.getByLabel('Once more').fill('of the file')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export', exact: true }).click(),
    ])
    await open.goTo('/profiles?import=true')
    await page.locator('input[type=file]').setInputFiles(await file.path())
    await page.getByLabel('Its passphrase').fill('of the file')
    await page.getByRole('button', { name: 'Review' }).click()
    await page.getByText('keeps its value').waitFor()
    await page.keyboard.press('Escape')
  })

  it('breaks no rule of the content security policy', () => {
    expect(open.complaints).toEqual([])
  })
})
