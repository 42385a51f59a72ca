/**
 * The built main process with a stand-in for `electron` and the real gateway in a real process: that everything is tied to
 * what it should be tied to. What Electron itself does is seen in `window.test.ts`, where there is an Electron.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../peers/send.js'
import { startMain, type StandInState, type StartedMain } from './start-main.js'

const isSignedIn = (state: StandInState): boolean => state.address?.startsWith('http:') === true
const documentOf = (state: StandInState): string => decodeURIComponent(state.address ?? '')

describe('the app with a keychain', () => {
  let main: StartedMain
  beforeAll(async () => {
    main = await startMain()
    await main.until((state) => isSignedIn(state) && state.tray[0]?.startsWith('running') === true)
  })
  afterAll(() => main?.stop())

  it('shows the gateway’s page, signed in by a cookie, with no token in its address', async () => {
    const { controlUrl, controlToken } = await main.run()
    const { address, cookies, visible } = await main.state()
    expect([address, visible]).toEqual([`${controlUrl}/`, true])
    expect(cookies).toEqual([
      expect.objectContaining({ url: controlUrl, httpOnly: true, sameSite: 'strict', path: '/' }),
    ])
    const [cookie] = cookies
    const page = await send(`${controlUrl}/`, { headers: { cookie: `${cookie?.name}=${cookie?.value}` } })
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('<title>')])
    expect(JSON.stringify(await main.state())).not.toContain(controlToken)
  })

  it('makes the vault with a key that the keychain keeps, and tells nobody the key', async () => {
    expect(await main.api('GET', '/status')).toMatchObject({ status: 200, body: { vault: 'unlocked' } })
    const kept = join(main.dataDir, 'app/vault-keys.json')
    expect((await stat(kept)).mode & 0o777).toBe(0o600)
    expect(Object.keys(JSON.parse(await readFile(kept, 'utf8')) as object)).toHaveLength(1)
    const { forkedWith } = await main.state()
    expect(forkedWith).toEqual([['serve', '--json', '--data-dir', main.dataDir, '--port', '0', '--control-port', '0']])
  })

  it('gives the page a sandbox, and keeps it where it is', async () => {
    const { controlUrl, dataUrl } = await main.run()
    const { preferences, opensWindows } = await main.state()
    expect(preferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
    })
    expect(opensWindows).toEqual({ action: 'deny' })
    expect(await main.ask('navigate', `${controlUrl}/servers`)).toBe(false)
    for (const url of ['https://example.com/', `${dataUrl}/`, 'file:///etc/passwd', 'data:text/html,x'])
      expect([url, await main.ask('navigate', url)]).toEqual([url, true])
    expect(await main.ask('request', `${controlUrl}/assets/a.js`)).toEqual({ cancel: false })
    expect(await main.ask('request', 'https://example.com/a.png')).toEqual({ cancel: true })
    expect(await main.ask('permission', 'media')).toBe(false)
    expect(await main.ask('permission', 'clipboard-sanitized-write')).toBe(true)
  })

  it('answers its page only', async () => {
    expect(await main.ask('invoke', 'getState', undefined, 'https://evil.example')).toMatchObject({ ok: false })
    expect(await main.ask('invoke', 'getState')).toMatchObject({ ok: true, value: { keychain: true, locked: false } })
    expect(await main.ask('invoke', 'openExternal', 'file:///etc/passwd')).toMatchObject({ ok: false })
    expect(await main.ask('invoke', 'openExternal', 'https://example.com/consent')).toEqual({ ok: true })
    expect((await main.state()).opened).toEqual(['https://example.com/consent'])
  })

  it('keeps preferences in settings.json, and shows the page’s commands in its menu', async () => {
    expect(await main.ask('invoke', 'setPreferences', { theme: 'dark' })).toMatchObject({ value: { theme: 'dark' } })
    expect(JSON.parse(await readFile(join(main.dataDir, 'settings.json'), 'utf8'))).toMatchObject({
      preferences: { theme: 'dark' },
    })
    await main.ask('invoke', 'setMenuCommands', [{ id: 'palette', label: 'Command palette', menu: 'go' }])
    expect((await main.state()).menus).toContain('Go')
  })

  it('pauses and resumes from the tray', async () => {
    const { dataUrl } = await main.run()
    await main.ask('clickTray', 'Pause')
    await main.until(({ tray }) => tray[0] === 'paused')
    const refused = await send(`${dataUrl}/mcp/x`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
    })
    expect([refused.status, refused.text]).toEqual([503, expect.stringContaining('gateway_paused')])
    expect((await send(`${dataUrl}/readyz`)).status).toBe(503)
    await main.ask('clickTray', 'Resume')
    await main.until(({ tray }) => tray[0]?.startsWith('running') === true)
    expect((await send(`${dataUrl}/readyz`)).status).toBe(200)
  })

  it('opens a link’s page for review, and nothing for one that carries a secret', async () => {
    await main.ask('emitApp', 'second-instance', [
      'x',
      'gatehouse://v1/servers/add?url=https%3A%2F%2Fmcp.example.com%2F',
    ])
    const target = { page: 'add-server', url: 'https://mcp.example.com/' }
    expect((await main.state()).sent).toContainEqual({ event: 'open', target })
    expect(await main.ask('invoke', 'takeTarget')).toEqual({ ok: true, value: target })
    expect(await main.ask('invoke', 'takeTarget')).toEqual({ ok: true })
    await main.ask('emitApp', 'open-url', 'gatehouse://v1/servers/add?url=https%3A%2F%2Fuser:planted@mcp.example.com')
    expect(JSON.stringify(await main.state())).not.toContain('planted')
    expect((await main.api('GET', '/servers')).body).toEqual({ items: [] })
  })

  it('locks the window with the screen, so that the page’s session is gone, and opens it again', async () => {
    const { controlUrl } = await main.run()
    await main.ask('invoke', 'copySecret', 'planted-secret')
    expect((await main.state()).clipboard).toBe('planted-secret')
    await main.ask('emitPower', 'lock-screen')
    const locked = await main.until((state) => documentOf(state).includes('Gatehouse is locked'))
    expect([locked.cookies, locked.clipboard]).toEqual([[], ''])
    expect((await main.api('GET', '/status')).body).toMatchObject({ vault: 'unlocked' })
    expect(await main.ask('navigate', 'gatehouse-app:unlock')).toBe(true)
    const open = await main.until(isSignedIn)
    expect([open.address, open.cookies.length]).toEqual([`${controlUrl}/`, 1])
  })

  it('locks the vault where that is asked, and opens it with the kept key', async () => {
    await main.ask('invoke', 'lock', 'vault')
    await main.until(({ tray }) => tray[0] === 'locked')
    expect((await main.api('GET', '/status')).body).toMatchObject({ vault: 'locked' })
    await main.ask('navigate', 'gatehouse-app:unlock')
    await main.until((state) => isSignedIn(state) && state.tray[0]?.startsWith('running') === true)
    // Somebody has locked it with the command line; the page asks.
    await main.api('POST', '/lock')
    await main.until(({ tray }) => tray[0] === 'locked')
    expect(await main.ask('invoke', 'unlockWithKeychain')).toEqual({ ok: true })
    expect((await main.api('GET', '/status')).body).toMatchObject({ vault: 'unlocked' })
  })

  it('goes on serving when its window is closed, and says so once', async () => {
    const { dataUrl } = await main.run()
    await main.ask('closeWindow')
    await main.until(({ visible, asked }) => visible === false && asked === 1)
    expect((await send(`${dataUrl}/readyz`)).status).toBe(200)
    await main.ask('emitApp', 'activate')
    await main.until(({ visible }) => visible === true)
    await main.ask('closeWindow')
    expect((await main.state()).asked).toBe(1)
    await main.ask('clickTray', 'Open Gatehouse')
    await main.until(({ visible }) => visible === true)
  })

  it('starts the gateway again when it dies, opens the vault and signs the page in anew', async () => {
    const before = await main.run()
    await main.ask('closeWindow')
    process.kill(before.pid, 'SIGKILL')
    await main.until((state) => state.forkedWith.length === 2 && isSignedIn(state) && state.tray[0] !== 'starting…')
    await main.until(({ address }) => address !== `${before.controlUrl}/`)
    const after = await main.run()
    expect(after.pid).not.toBe(before.pid)
    // Free ports are other ones after a restart, and nobody looks at the window.
    expect((await main.state()).notified).toEqual([
      expect.objectContaining({ title: `Agents now call ${after.dataUrl}` }),
    ])
    expect((await main.state()).address).toBe(`${after.controlUrl}/`)
    expect((await main.api('GET', '/status')).body).toMatchObject({ vault: 'unlocked' })
  })

  it('ends the gateway with it, and leaves neither run.json nor a secret in the clipboard', async () => {
    const { pid } = await main.run()
    await main.ask('invoke', 'copySecret', 'planted-secret')
    void main.ask('quit').catch(() => undefined)
    expect(await main.ended).toBe(0)
    await expect(stat(join(main.dataDir, 'run.json'))).rejects.toThrow('ENOENT')
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(main.output()).not.toContain('planted')
    const log = await readFile(join(main.dataDir, 'logs/gateway.log'), 'utf8')
    expect(log).toContain('"by":"app"')
  })
})

describe('the app in other circumstances', () => {
  it('waits for a passphrase where the keychain is none', async () => {
    const main = await startMain({ backend: 'basic_text' })
    await main.until((state) => isSignedIn(state) && state.tray[0] === 'waiting for a passphrase')
    expect((await main.api('GET', '/status')).body).toMatchObject({ vault: 'uninitialized' })
    expect(await main.ask('invoke', 'getState')).toMatchObject({ value: { keychain: false } })
    await expect(stat(join(main.dataDir, 'app/vault-keys.json'))).rejects.toThrow('ENOENT')
    await main.stop()
  })

  it('starts safely, without the gateway, after three starts that came to nothing', async () => {
    const main = await startMain({ settings: { unfinishedStarts: 3 } })
    const safe = await main.until((state) => documentOf(state).includes('failed to start several times'))
    expect([safe.forkedWith, safe.visible]).toEqual([[], true])
    await main.ask('navigate', 'gatehouse-app:retry')
    await main.until(isSignedIn)
    await main.stop()
  })

  it('says why where the port is taken, and takes free ones when it is told to', async () => {
    const holder = await startMain()
    await holder.until(isSignedIn)
    const taken = Number(new URL((await holder.run()).dataUrl).port)
    const main = await startMain({ settings: { ports: { data: taken, control: 0 } } })
    const down = await main.until((state) => documentOf(state).includes(`Port ${taken} is taken`))
    expect(documentOf(down)).toContain('free-ports')
    await main.ask('navigate', 'gatehouse-app:free-ports')
    await main.until(isSignedIn)
    const { dataUrl, controlUrl } = await main.run()
    const ports = { data: Number(new URL(dataUrl).port), control: Number(new URL(controlUrl).port) }
    expect(JSON.parse(await readFile(join(main.dataDir, 'settings.json'), 'utf8'))).toMatchObject({ ports })
    await Promise.all([main.stop(), holder.stop()])
  }, 60_000)

  it('serves without a window after a start at login, which counts as a whole start', async () => {
    const main = await startMain({ args: ['--hidden'] })
    const hidden = await main.until(({ tray }) => tray[0]?.startsWith('running') === true)
    expect(hidden.visible).toBeUndefined()
    const settings = (): Promise<string> => readFile(join(main.dataDir, 'settings.json'), 'utf8')
    await expect
      .poll(async () => JSON.parse(await settings()), { timeout: 10_000 })
      .toMatchObject({ unfinishedStarts: 0 })
    await main.ask('clickTray', 'Open Gatehouse')
    await main.until((state) => isSignedIn(state) && state.visible === true)
    await main.stop()
  })

  it('is the command line where it is told to be', async () => {
    const main = await startMain({ args: ['--cli', '--', '--version'] })
    expect([await main.ended, main.output().trim()]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+$/)])
  })
})
