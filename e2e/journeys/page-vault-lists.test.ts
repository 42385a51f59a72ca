/** The vault on the page: accounts that are connected and disconnected, secrets that go in and never come out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AccountFixture, textOf } from '../peers/account-fixture.js'
import { visit } from '../peers/oauth-provider.js'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { send } from '../peers/send.js'

const firstValue = 'canary-first-value-0001'
const secondValue = 'canary-second-value-0002'

describe.skipIf(chromiumPath === undefined)('the vault on the page', () => {
  let fixture: AccountFixture
  let recording: RecordingServer
  let open: OpenPage

  beforeAll(async () => {
    fixture = await AccountFixture.start()
    recording = await startRecordingServer()
    await fixture.gateway.putServer('recorded', {
      url: recording.url,
      app_auth: { type: 'bearer', token: { secret: 'RECORDED_TOKEN' } },
    })
    open = await openPage(fixture.gateway)
  })
  afterAll(async () => {
    await open?.close()
    await recording?.close()
    await fixture?.stop()
  })

  it('connects an account, and goes on by itself once it is allowed', async () => {
    const { page } = open
    await open.goTo('/vault')
    await page.getByText('No account yet').waitFor()
    await page.keyboard.press('Alt+c')
    await page.getByLabel(/^Subject/).fill('alice')
    await page.getByRole('button', { name: 'Continue' }).click()
    const link = page.getByRole('button', { name: 'Open the sign-in page' })
    await link.waitFor()
    await open.picture('connect-account')
    expect(await open.violations()).toEqual([])
    expect((await visit((await link.getAttribute('href')) ?? '', { user: 'alice@provider' })).status).toBe(200)
    await page.getByText('files is connected.').waitFor()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('row', { name: /files, alice, Connected/ }).click()
    await page.getByText('Used by keys').waitFor()
    expect(textOf(await fixture.whoami(fixture.alice))).toContain('alice')
  })

  it('labels an account, and disconnects it after asking', async () => {
    const { page } = open
    await page.getByLabel('Label').fill('work')
    await page.getByRole('button', { name: 'Save label' }).click()
    await page.getByRole('heading', { name: 'files · alice · work' }).waitFor()
    await page.getByRole('tab', { name: 'OAuth apps' }).click()
    await page.getByText('Registered by itself').first().waitFor()
    await page.getByRole('tab', { name: 'Issued tokens' }).click()
    await page.getByRole('row', { name: /files/ }).first().click()
    await page.getByText('Token for files').waitFor()
    await page.getByRole('tab', { name: 'Accounts' }).click()
    await page.getByRole('row', { name: /files, alice/ }).click()
    await page.getByRole('button', { name: 'Disconnect' }).click()
    const dialog = page.getByRole('dialog', { name: /^Disconnect/ })
    await dialog.getByText(fixture.provider.origin).waitFor()
    await dialog.getByRole('button', { name: 'Disconnect' }).click()
    await page.getByText('No account yet').waitFor()
    expect(await fixture.accounts()).toEqual([])
  })

  it('takes a secret, replaces it, tests it where it is used, and shows it nowhere', async () => {
    const { page } = open
    await page.getByRole('tab', { name: 'Keys & tokens' }).click()
    await page.keyboard.press('Alt+s')
    await page.getByLabel('Name', { exact: true }).fill('RECORDED_TOKEN')
    await page.getByLabel('Value', { exact: true }).fill(firstValue)
    await page.getByRole('button', { name: 'Store it' }).click()
    await page.getByRole('row', { name: /RECORDED_TOKEN, recorded/ }).click()
    await page.getByText('mcpServers.recorded.app_auth.token').waitFor()
    await page.getByLabel('New value').fill(secondValue)
    await page.getByRole('button', { name: 'Replace the value' }).click()
    await page.getByText('has another value').waitFor()
    expect(await page.getByLabel('New value').inputValue()).toBe('')
    await page.getByRole('button', { name: 'Test recorded' }).click()
    await page.getByText('Reachable').waitFor()
    await expect.poll(() => JSON.stringify(recording.requests)).toContain(secondValue)
    expect(JSON.stringify(recording.requests)).not.toContain(firstValue)
    for (const value of [firstValue, secondValue]) expect(await page.content()).not.toContain(value)
  })

  it('removes a secret only after naming what needs it', async () => {
    const { page } = open
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Remove RECORDED_TOKEN?' })
    await dialog.getByText('mcpServers.recorded.app_auth.token').waitFor()
    expect(await open.violations()).toEqual([])
    await dialog.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('No secret yet').waitFor()
  })

  it('makes a recovery key that opens the vault, and changes the passphrase', async () => {
    const { page } = open
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Vault settings' }).click()
    await page.getByRole('menuitem', { name: 'Make a recovery key' }).click()
    await page.getByRole('button', { name: 'Make it' }).click()
    await page.getByRole('button', { name: 'Copy Recovery key' }).click()
    const recoveryKey = await page.evaluate(() => navigator.clipboard.readText())
    await page.getByRole('button', { name: 'I have it' }).click()
    await page.getByRole('button', { name: 'Vault settings' }).click()
    await page.getByRole('menuitem', { name: 'Change the passphrase' }).click()
    await page.getByLabel('New passphrase').fill('another passphrase')
    await page.getByLabel('Once more').fill('another passphrase')
    await page.getByRole('button', { name: 'Change passphrase' }).click()
    await page.getByText('The passphrase is changed').waitFor()
    await page.getByRole('button', { name: 'Lock now' }).click()
    await page.getByRole('heading', { name: 'The vault is locked' }).waitFor()
    const { controlUrl, controlToken } = fixture.gateway
    const answer = await send(`${controlUrl}/api/v1/unlock`, {
      method: 'POST',
      headers: { authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ recoveryKey }),
    })
    expect(answer.status).toBe(204)
    await page.getByRole('heading', { name: 'Vault', level: 1 }).waitFor()
  })

  it('reads in every theme, at every size', async () => {
    await fixture.connect('bob')
    await fixture.gateway.putSecret('RECORDED_TOKEN', firstValue)
    for (const [name, path, ready] of [
      ['vault-accounts', '/vault', 'bob'],
      ['vault-secrets', '/vault?tab=secrets&selected=RECORDED_TOKEN', 'Replace the value'],
      ['vault-clients', '/vault?tab=clients', 'Registered by itself'],
      ['vault-issuances', '/vault?tab=issuances', 'authorization_code'],
    ] as const) {
      await open.goTo(path)
      await open.page.getByText(ready).first().waitFor()
      expect({ name, found: await open.violationsInThemes(name) }).toEqual({ name, found: [] })
      await open.page.setViewportSize({ width: 880, height: 560 })
      await open.picture(`${name}-880`)
      await open.page.setViewportSize({ width: 1280, height: 800 })
    }
  })

  it('breaks no rule of the content security policy', () => {
    expect(open.complaints).toEqual([])
  })
})
