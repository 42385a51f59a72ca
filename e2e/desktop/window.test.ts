/**
 * The desktop app in a real Electron: the window, the page in it, the tray, links, the keychain, locks, a second start,
 * and closing. Runs where an Electron is found, see `app/setup/find-electron.mjs`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ensureElectronSqlite } from '../../app/setup/electron-sqlite.mjs'
import { findElectron } from '../../app/setup/find-electron.mjs'
import { send } from '../peers/send.js'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const executablePath = findElectron(repository)
const hasDisplay =
  process.platform !== 'linux' || Boolean(process.env['DISPLAY']) || Boolean(process.env['WAYLAND_DISPLAY'])
const entry = join(repository, 'dist/app/main.js')
const runSchema = z.object({ dataUrl: z.string(), controlUrl: z.string(), controlToken: z.string(), pid: z.number() })

interface Desktop {
  readonly electron: ElectronApplication
  readonly page: Page
}

/** What the main process's own modules look like from a test that runs in it. */
type Main = typeof Electron.CrossProcessExports

describe.skipIf(executablePath === undefined || !hasDisplay)('the desktop app in Electron', () => {
  let dataDir: string
  let env: Record<string, string>
  let desktop: Desktop

  const launch = async (): Promise<Desktop> => {
    const electron = await _electron.launch({
      ...(executablePath !== undefined && { executablePath }),
      // A root user, as containers have, may not use Chromium's sandbox.
      args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), entry],
      env,
    })
    const page = await electron.firstWindow()
    await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    return { electron, page }
  }
  const run = async (): Promise<z.infer<typeof runSchema>> =>
    runSchema.parse(JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')))
  const status = async (): Promise<unknown> => {
    const { controlUrl, controlToken } = await run()
    return (await send(`${controlUrl}/api/v1/status`, { headers: { authorization: `Bearer ${controlToken}` } })).json
  }
  /** Starts the program once more, as the system does for a link. */
  const startAgain = async (...args: readonly string[]): Promise<void> => {
    const second = spawn(executablePath ?? '', [entry, ...args], { env, stdio: 'ignore' })
    await once(second, 'exit')
  }
  const isVisible = (): Promise<boolean> =>
    desktop.electron.evaluate(({ BrowserWindow }: Main) => BrowserWindow.getAllWindows()[0]?.isVisible() ?? false)

  beforeAll(async () => {
    const { platform, arch } = process
    const failure = ensureElectronSqlite({ repository, platform, arch })
    if (failure !== undefined) throw new Error(failure)
    dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-window-'))
    await writeFile(join(dataDir, 'settings.json'), JSON.stringify({ ports: { data: 0, control: 0 } }))
    const inherited = Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    )
    env = { ...Object.fromEntries(inherited), GATEHOUSE_DATA_DIR: dataDir }
    desktop = await launch()
  }, 300_000)
  afterAll(async () => {
    await desktop?.electron.close()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('opens a window with the gateway’s page, signed in, with no token in its address', async () => {
    const { controlUrl, controlToken } = await run()
    expect(desktop.page.url()).toBe(`${controlUrl}/`)
    expect(desktop.page.url()).not.toContain(controlToken)
    expect(await desktop.page.evaluate(async () => (await fetch('/api/v1/status')).status)).toBe(200)
  })

  it('gives the page a narrow surface, and neither Node nor Electron', async () => {
    const found = await desktop.page.evaluate(() => ({
      globals: ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter(
        (name) => name in globalThis,
      ),
      surface: Object.keys(Reflect.get(globalThis, 'gatehouseDesktop') as object).toSorted(),
    }))
    expect(found.globals).toEqual([])
    expect(found.surface).toContain('copySecret')
    expect(found.surface).not.toContain('invoke')
  })

  it('keeps the page where it is', async () => {
    const { page, electron } = desktop
    const address = page.url()
    await page.evaluate(() => {
      window.open('https://example.com/')
      location.href = 'https://example.com/'
    })
    expect(await page.evaluate(async () => fetch('https://example.com/').catch(() => 'refused'))).toBe('refused')
    expect([page.url(), electron.windows().length]).toEqual([address, 1])
  })

  it('keeps the vault’s key in the keychain where there is one, and asks for a passphrase where there is none', async () => {
    const keychain = await desktop.electron.evaluate(
      async ({ safeStorage }: Main) =>
        (await safeStorage.isAsyncEncryptionAvailable()) &&
        (process.platform !== 'linux' || !['basic_text', 'unknown'].includes(safeStorage.getSelectedStorageBackend())),
    )
    expect(await status()).toMatchObject({ vault: keychain ? 'unlocked' : 'uninitialized' })
    const kept = stat(join(dataDir, 'app/vault-keys.json')).then(
      () => true,
      () => false,
    )
    expect(await kept).toBe(keychain)
  })

  it('has a menu, and goes on serving when its window is closed', async () => {
    const { electron } = desktop
    const labels = await electron.evaluate(({ Menu }: Main) =>
      Menu.getApplicationMenu()?.items.map(({ label }) => label),
    )
    expect(labels).toEqual(expect.arrayContaining(['File', 'Edit', 'View']))
    await electron.evaluate(({ dialog, BrowserWindow }: Main) => {
      // Nobody is there to press the button.
      Object.assign(dialog, { showMessageBox: async () => ({ response: 0, checkboxChecked: false }) })
      BrowserWindow.getAllWindows()[0]?.close()
    })
    await expect.poll(isVisible).toBe(false)
    expect((await send(`${(await run()).dataUrl}/healthz`)).status).toBe(200)
  })

  it('comes back when it is started again, with the page that a link asks for', async () => {
    await startAgain('gatehouse://v1/servers/add?url=https%3A%2F%2Fmcp.example.com%2Fmcp')
    await expect.poll(isVisible).toBe(true)
    const target = await desktop.page.evaluate(async () => {
      const surface = Reflect.get(globalThis, 'gatehouseDesktop') as { takeTarget(): Promise<unknown> }
      return surface.takeTarget()
    })
    expect(target).toEqual({ page: 'add-server', url: 'https://mcp.example.com/mcp' })
  })

  it('locks its window with the screen, and opens it again', async () => {
    const { electron, page } = desktop
    await electron.evaluate(({ powerMonitor }: Main) => void powerMonitor.emit('lock-screen'))
    await page.getByRole('heading', { name: 'Gatehouse is locked' }).waitFor()
    await page.getByRole('link', { name: 'Open Gatehouse' }).click()
    await page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  })

  it('starts the gateway again when it dies', async () => {
    const before = await run()
    process.kill(before.pid, 'SIGKILL')
    await expect.poll(async () => (await run().catch(() => before)).pid, { timeout: 20_000 }).not.toBe(before.pid)
    await desktop.page.waitForURL(`${(await run()).controlUrl}/`)
  })

  it('ends the gateway when it quits, and opens the same vault the next time', async () => {
    const { pid } = await run()
    const before = await status()
    await desktop.electron.close()
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    desktop = await launch()
    const vault = z.object({ vault: z.string() })
    expect(vault.parse(await status())).toEqual(vault.parse(before))
  })
})
