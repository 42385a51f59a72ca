/** The page before and behind the vault: the first passphrase, locking, unlocking, and who may open the page at all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const linkSchema = z.looseObject({ url: z.string() })
const passphrase = 'a passphrase of the page'

describe.skipIf(chromiumPath === undefined)('the page and the vault', () => {
  let gateway: RunningGateway
  let open: OpenPage

  beforeAll(async () => {
    gateway = await startGateway({ withoutPassphrase: true })
    open = await openPage(gateway)
  })
  afterAll(async () => {
    await open?.close()
    await gateway?.stop()
  })

  it('asks for the first passphrase twice, and makes the vault', async () => {
    const { page } = open
    await page.getByRole('heading', { name: 'Choose a passphrase' }).waitFor()
    expect(await open.violations()).toEqual([])
    await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await page.getByLabel('Once more').fill('another one')
    await page.keyboard.press('Enter')
    await page.getByText('The two passphrases differ.').waitFor()
    await page.getByLabel('Once more').fill(passphrase)
    await page.getByRole('button', { name: 'Create vault' }).click()
    await page.getByRole('heading', { name: 'Home' }).waitFor()
  })

  it('locks by the keyboard, says when a passphrase is wrong, and goes on where it was', async () => {
    const { page } = open
    await open.goTo('/servers')
    await page.getByText('No server yet').waitFor()
    await page.keyboard.press('Control+l')
    await page.getByRole('heading', { name: 'The vault is locked' }).waitFor()
    await page.keyboard.type('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('That passphrase does not open this vault').waitFor()
    expect(await open.violations()).toEqual([])
    await open.picture('locked')
    await page.getByLabel('Passphrase', { exact: true }).fill(passphrase)
    await page.keyboard.press('Enter')
    await page.getByText('No server yet').waitFor()
  })

  it('follows a vault that was locked elsewhere', async () => {
    await gateway.api('POST', '/lock')
    await open.page.getByRole('heading', { name: 'The vault is locked' }).waitFor()
    await gateway.api('POST', '/unlock', { passphrase })
    await open.page.getByText('No server yet').waitFor()
  })

  it('does not open with a link that was used', async () => {
    const link = linkSchema.parse((await gateway.api('POST', '/session-links')).body).url
    const first = await openPage(gateway)
    const signOut = async (): Promise<void> => {
      await first.page.goto('about:blank')
      await first.page.context().clearCookies()
    }
    await signOut()
    expect((await first.page.goto(link))?.status()).toBe(200)
    await signOut()
    expect((await first.page.goto(link))?.status()).toBe(401)
    await first.close()
  })

  it('says that the session has ended, and what helps', async () => {
    await open.page.context().clearCookies()
    await open.page.keyboard.press('Control+l')
    await open.page.getByRole('heading', { name: 'This session has ended' }).waitFor()
    await open.page.getByText('gatehouse ui').waitFor()
  })

  it('breaks no rule of the content security policy', () => {
    expect(open.complaints).toEqual([])
  })
})
