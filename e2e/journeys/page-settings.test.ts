/** The settings on the page: each holds at once, and where it can be seen from outside, there too. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumPath, openPage, type OpenPage } from '../peers/page.js'
import { at, send } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

describe.skipIf(chromiumPath === undefined)('the settings on the page', () => {
  let gateway: RunningGateway
  let open: OpenPage

  beforeAll(async () => {
    gateway = await startGateway()
    await gateway.putServer('gone', { url: 'http://127.0.0.1:9/secret-path?key=canary-in-a-query' })
    open = await openPage(gateway)
  })
  afterAll(async () => {
    await open?.close()
    await gateway?.stop()
  })

  it('changes the look at once', async () => {
    const { page } = open
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await page.keyboard.press('Control+,')
    await page.getByRole('radio', { name: 'Dark' }).click()
    await page.locator('html[data-theme="dark"]').waitFor({ state: 'attached' })
    await page.getByRole('switch', { name: 'Less motion' }).click()
    await page.locator('html[data-motion="less"]').waitFor({ state: 'attached' })
    await page.getByRole('radio', { name: 'Comfortable' }).click()
    await open.goTo('/servers')
    const row = page.getByRole('row', { name: /gone/ })
    await row.waitFor()
    expect((await row.boundingBox())?.height).toBe(40)
    await open.goTo('/settings')
    await page.getByRole('radio', { name: 'As the system' }).click()
  })

  it('rebinds keys, says whose they were, and puts all back', async () => {
    const { page } = open
    await open.goTo('/settings?section=keyboard')
    await page.getByRole('button', { name: 'Change the keys of Go to Home' }).click()
    await page.keyboard.press('Control+2')
    await page.getByText('is the key of “Go to Servers”').waitFor()
    await open.picture('settings-keyboard-conflict')
    expect(await open.violations()).toEqual([])
    await page.getByRole('button', { name: 'Use it for “Go to Home”' }).click()
    await page.keyboard.press('Control+2')
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    await open.goTo('/settings?section=keyboard')
    await page.getByRole('button', { name: 'Reset all keys' }).click()
    await page.getByRole('switch', { name: 'Single-letter keys' }).click()
    await page.keyboard.press('Shift+?')
    await page.keyboard.press('Control+2')
    await page.getByRole('heading', { name: 'Servers', level: 1 }).waitFor()
    expect(await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).count()).toBe(0)
  })

  it('pauses and resumes the gateway, as agents see it', async () => {
    const { page } = open
    const ready = async (): Promise<number> => (await send(`${gateway.dataUrl}/readyz`)).status
    expect(await ready()).toBe(200)
    await page.getByRole('button', { name: /^Pause the gateway/ }).click()
    await page.getByRole('button', { name: /^Paused/ }).waitFor()
    expect(await ready()).toBe(503)
    await open.picture('settings-paused')
    await page.keyboard.press('Control+Shift+Period')
    await page.getByRole('button', { name: /^Running/ }).waitFor()
    expect(await ready()).toBe(200)
  })

  it('keeps fewer calls, says what is wrong with a number, and forgets all when asked twice', async () => {
    const { page } = open
    await open.goTo('/settings?section=data')
    await page.getByLabel('At most so many calls').fill('5')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('[aria-invalid=true]').waitFor()
    await page.getByLabel('At most so many calls').fill('5000')
    await page.getByRole('radio', { name: 'In memory only' }).click()
    await page.getByText('forgets all that are kept now').waitFor()
    await page.keyboard.press('Control+s')
    await page.getByText('Saved', { exact: true }).waitFor()
    expect((await gateway.api('GET', '/settings')).body).toMatchObject({
      exchanges: { keep: 'memory', maxExchanges: 5000 },
    })
    await page.getByRole('button', { name: 'Forget all recorded calls' }).click()
    await page.getByRole('button', { name: 'Keep them' }).click()
    await page.getByRole('button', { name: 'Forget all recorded calls' }).click()
    await page.getByRole('button', { name: 'Forget them' }).click()
    await page.getByText('All recorded calls are forgotten').waitFor()
  })

  it('checks the servers, and tells nothing in the diagnostics that is nobody’s business', async () => {
    const { page } = open
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await open.goTo('/settings?section=about')
    await page.getByRole('button', { name: 'Check all servers' }).click()
    await page.getByText('Reachable', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Copy diagnostics' }).click()
    await page.getByText('Copied').waitFor()
    const text = await page.evaluate(() => navigator.clipboard.readText())
    expect(JSON.parse(text)).toMatchObject({ servers: [{ slug: 'gone', origin: 'http://127.0.0.1:9' }] })
    expect(text).not.toMatch(/canary|secret-path/)
  })

  it('makes a recovery key and shows it once, changes the passphrase, and opens with either', async () => {
    const { page } = open
    await open.goTo('/settings?section=security')
    await page.getByRole('button', { name: 'Make a recovery key' }).click()
    await page.getByText('shown this once').waitFor()
    const key = (await page.locator('[data-tone=open] code').textContent()) ?? ''
    await page.getByRole('button', { name: 'I have written it down' }).click()
    await page.getByText('shown this once').waitFor({ state: 'detached' })
    expect(await page.content()).not.toContain(key)
    await page.getByLabel('New passphrase').fill('another passphrase')
    await page.getByLabel('Once more').fill('another passphrase')
    await page.getByRole('button', { name: 'Change passphrase' }).click()
    await page.getByText('The passphrase is changed').waitFor()
    expect(await page.getByLabel('New passphrase').inputValue()).toBe('')
    await page.getByRole('button', { name: 'Lock the vault now' }).click()
    await page.getByRole('heading', { name: 'The vault is locked' }).waitFor()
    await page.getByRole('button', { name: 'Use the recovery key instead' }).click()
    await page.getByLabel('Recovery key').fill(key)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Lock the vault now' }).click()
    await page.getByLabel('Passphrase', { exact: true }).fill('another passphrase')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Security & lock' }).waitFor()
  })

  it('does what the desktop window asks, and opens nothing but places to look at', async () => {
    const { page } = open
    await page.addInitScript(standInForDesktop)
    await page.reload()
    await page.getByRole('dialog', { name: 'Add a server' }).waitFor()
    expect(await page.getByLabel(/Paste a URL/).inputValue()).toBe('https://mcp.example.com/from-a-link')
    expect(await gateway.api('GET', '/servers')).toMatchObject({ body: { items: [{ slug: 'gone' }] } })
    await page.keyboard.press('Escape')
    await page.evaluate(() => dispatchEvent(new CustomEvent('desktop', { detail: { event: 'command', id: 'goHome' } })))
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor()
    const target = { page: 'settings', section: 'desktop' }
    await page.evaluate(
      (detail) => dispatchEvent(new CustomEvent('desktop', { detail: { event: 'open', target: detail } })),
      target,
    )
    await page.getByRole('switch', { name: 'Start at login' }).click()
    await page.getByText('Version 9.9.9 is ready.').waitFor()
    await open.picture('settings-desktop')
    expect(await open.violations()).toEqual([])
    const told = await page.evaluate(() => JSON.parse(document.documentElement.dataset['told'] ?? '[]') as unknown[])
    expect(told).toContainEqual({ startAtLogin: true })
    expect(told).toContainEqual(
      expect.arrayContaining([
        { id: 'palette', label: 'Open the command palette', menu: 'view', accelerator: 'CmdOrCtrl+K' },
        expect.objectContaining({ id: 'pauseGateway', menu: 'gateway' }),
      ]),
    )
    await page.keyboard.press('Control+l')
    await page.getByRole('button', { name: 'Unlock with this computer’s keychain' }).click()
    await page.locator('html[data-told*="unlockWithKeychain"]').waitFor({ state: 'attached' })
    await page.getByLabel('Passphrase', { exact: true }).fill('another passphrase')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor()
  })

  it('chooses the callback host of a profile, with a way back, and a new key for tokens', async () => {
    const { page } = open
    await open.goTo('/settings?section=network')
    const host = async (): Promise<unknown> =>
      at((await gateway.api('GET', '/profiles/local')).body, 'oauth.callback_host')
    await page.getByRole('combobox', { name: 'Callback host of local' }).click()
    await page.getByRole('option', { name: 'localhost' }).click()
    await page.getByText('local uses localhost').waitFor()
    expect(await host()).toBe('localhost')
    await page.getByRole('button', { name: 'Undo' }).last().click()
    await expect.poll(host).toBe('127.0.0.1')
    const keys = async (): Promise<unknown> => at((await send(`${gateway.dataUrl}/oauth/jwks`)).json, 'keys')
    const before = JSON.stringify(await keys())
    await open.goTo('/settings?section=security')
    await page.getByRole('button', { name: 'Use a new key' }).click()
    await page.getByText('Tokens are signed with a new key').waitFor()
    expect(JSON.stringify(await keys())).not.toBe(before)
  })

  it('loses nothing that was begun when the vault is locked', async () => {
    const { page } = open
    const begun = [
      ['/servers/gone/advanced', page.getByLabel(/^Description/), 'half a sentence'],
      ['/settings?section=data', page.getByLabel('At most so many days'), '17'],
      ['/setup', page.getByLabel('URL of the server'), 'https://mcp.example.com/mcp'],
      ['/servers?add=', page.getByRole('dialog').getByRole('textbox'), 'https://begun.example.com/m'],
      ['/profiles?import=true', page.getByLabel(/^Profile name/), 'a-team'],
    ] as const
    for (const [path, field, text] of begun) {
      await open.goTo(path)
      await field.fill(text)
    }
    await gateway.api('POST', '/lock')
    await page.getByRole('heading', { name: 'The vault is locked' }).waitFor()
    await page.getByLabel('Passphrase', { exact: true }).fill('another passphrase')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'The vault is locked' }).waitFor({ state: 'detached' })
    for (const [path, field, text] of begun) {
      await open.goTo(path)
      await field.waitFor()
      expect([path, await field.inputValue()]).toEqual([path, text])
    }
    await open.goTo('/settings')
  })

  it('reads in every section, and in a small window', async () => {
    const { page } = open
    for (const section of ['appearance', 'keyboard', 'security', 'network', 'data', 'about']) {
      await open.goTo(`/settings?section=${section}`)
      await page.locator('a[aria-current=page]', { hasText: new RegExp(section.slice(0, 4), 'i') }).waitFor()
      await open.picture(`settings-${section}`)
      expect(await open.violations()).toEqual([])
    }
    await open.setTheme('dark')
    await open.picture('settings-dark')
    await page.setViewportSize({ width: 880, height: 560 })
    await open.picture('settings-880')
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(880)
    expect(open.complaints).toEqual([])
  })
})

/** What the preload gives, as the page sees it; what it is told is written into the document. Runs in the page. */
function standInForDesktop(): void {
  const told: unknown[] = []
  const targets = [{ page: 'add-server', url: 'https://mcp.example.com/from-a-link' }]
  const tell = async (what: unknown): Promise<void> => {
    told.push(what)
    document.documentElement.dataset['told'] = JSON.stringify(told)
  }
  const preferences = { lockOnIdle: 'window', idleMinutes: 15, lockOnSuspend: 'off', lockOnScreenLock: 'off' }
  Object.assign(window, {
    gatehouseDesktop: {
      platform: 'linux',
      getState: async () => ({
        preferences,
        update: { phase: 'ready', version: '9.9.9' },
        keychain: true,
        locked: false,
      }),
      takeTarget: async () => targets.pop(),
      setMenuCommands: tell,
      setPreferences: async (change: object) => {
        await tell(change)
        return Object.assign(preferences, change)
      },
      unlockWithKeychain: () => tell('unlockWithKeychain'),
      onEvent: (listener: (event: unknown) => void) => {
        const hear = (event: Event): void => listener((event as CustomEvent).detail)
        addEventListener('desktop', hear)
        return () => removeEventListener('desktop', hear)
      },
    },
  })
}
