/** The one window: the gateway's page, or one of the app's own where there is none or it is locked. */
import { BrowserWindow, screen, type Session } from 'electron'
import { join } from 'node:path'
import type { DesktopEvent } from '../../gateway-core/contract/desktop.js'
import { eventChannel } from '../bridge/bridge-names.js'
import type { SessionCookie } from '../gateway-process/control-connection.js'
import type { Settings } from '../preferences/preferences.js'
import { minimum, openingBounds } from './window-bounds.js'

export interface MainWindowParts {
  readonly session: Session
  readonly settings: Settings
  /** Whether the app is about to end, so that closing is closing. */
  isQuitting(): boolean
  /** The window was closed and is hidden; the app goes on. */
  hidden(): void
  /** The gateway's page is shown. */
  loaded(): void
  /** The page's process has died. */
  crashed(): void
  /** Whether the window is placed where it was. */
  readonly remembersPlace: boolean
}

export class MainWindow {
  private window: BrowserWindow | undefined
  /** What is shown, or is to be when somebody opens the window. */
  private address: string | undefined
  private isWanted = false

  constructor(private readonly parts: MainWindowParts) {}

  get webContentsId(): number | undefined {
    return this.window?.webContents.id
  }

  get isFocused(): boolean {
    return this.window?.isFocused() ?? false
  }

  /** Signs the page in with a cookie and shows it; neither a token nor a link is in its address. */
  async showPage(origin: string, cookie: SessionCookie): Promise<void> {
    await this.parts.session.cookies.set({
      url: origin,
      ...cookie,
      path: '/',
      httpOnly: true,
      sameSite: 'strict',
    })
    await this.load(`${origin}/`)
  }

  /** Ends the page's session, and with it whatever it held. */
  async signOut(origin: string): Promise<void> {
    const cookies = await this.parts.session.cookies.get({ url: origin })
    await Promise.all(cookies.map(({ name }) => this.parts.session.cookies.remove(origin, name)))
  }

  /** Shows a document of the app's own. */
  showDocument(url: string): Promise<void> {
    return this.load(url)
  }

  /** Opens the window, or brings it to the front; as soon as there is something to show. */
  open(): void {
    this.isWanted = this.address === undefined
    if (this.isWanted) return
    if (this.window === undefined) {
      this.window = this.create()
      void this.load(this.address ?? '')
    }
    const { window } = this
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
  }

  send(event: DesktopEvent): void {
    this.window?.webContents.send(eventChannel, event)
  }

  reload(): void {
    this.window?.webContents.reload()
  }

  private async load(url: string): Promise<void> {
    this.address = url
    if (this.isWanted) return this.open()
    // A navigation that a newer one overtakes rejects; the window then shows the newer one.
    await this.window?.loadURL(url).catch(() => undefined)
  }

  private create(): BrowserWindow {
    const { settings, remembersPlace, session } = this.parts
    const kept = remembersPlace ? settings.window : undefined
    const displays = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()]
    const window = new BrowserWindow({
      title: 'Gatehouse',
      ...openingBounds(
        kept,
        displays.map(({ workArea }) => workArea),
      ),
      minWidth: minimum.width,
      minHeight: minimum.height,
      show: false,
      webPreferences: {
        preload: join(import.meta.dirname, '../preload/preload.cjs'),
        session,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
      },
    })
    if (kept?.maximized === true) window.maximize()
    this.follow(window)
    return window
  }

  private follow(window: BrowserWindow): void {
    const { parts } = this
    window.on('close', (event) => {
      parts.settings.window = { ...window.getNormalBounds(), maximized: window.isMaximized() }
      if (parts.isQuitting()) return
      event.preventDefault()
      window.hide()
      parts.hidden()
    })
    window.on('closed', () => (this.window = undefined))
    window.webContents.on('did-finish-load', () => {
      if (window.webContents.getURL().startsWith('http:')) parts.loaded()
    })
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit') parts.crashed()
    })
  }
}
