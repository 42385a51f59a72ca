/** The desktop app, put together: gateway, window, tray, menus, notices, locks and updates. */
import { app, clipboard, nativeTheme, safeStorage, session, shell, systemPreferences } from 'electron'
import type { DesktopEvent, LockLevel, LockReason, OpenTarget } from '../../gateway-core/contract/desktop.js'
import { SecretClipboard } from '../clipboard/secret-clipboard.js'
import { parseDeepLink } from '../deep-links/parse-deep-link.js'
import type { ControlConnection } from '../gateway-process/control-connection.js'
import { forkGateway } from '../gateway-process/fork-gateway.js'
import { GatewayProcess } from '../gateway-process/gateway-process.js'
import type { GatewayState } from '../gateway-process/gateway-state.js'
import { AppLog, isLogged } from '../gateway-process/app-log.js'
import type { ReadyLine } from '../gateway-process/ready-line.js'
import { GatewayWatch } from '../gateway-process/watch-gateway.js'
import { hasKeychain, KeyStore } from '../key-store/key-store.js'
import { watchLock } from '../lock/watch-lock.js'
import { applyLoginItem } from '../login-item/login-item.js'
import { menuTemplate } from '../menu/menu-template.js'
import { showMenu } from '../menu/show-menu.js'
import { NotificationRules, type Notice } from '../notifications/notification-rules.js'
import { showNotice } from '../notifications/show-notice.js'
import type { Settings } from '../preferences/preferences.js'
import {
  afterFailedStarts,
  lockedReason,
  reasonFor,
  safeModeAction,
  safeModeUrl,
  type SafeModeAction,
  type SafeModeReason,
} from '../safe-mode/safe-mode-page.js'
import { ShownTray } from '../tray/show-tray.js'
import { trayModel, type TrayAction } from '../tray/tray-menu.js'
import { loadUpdater } from '../updates/load-updater.js'
import { Updates } from '../updates/updates.js'
import { MainWindow } from '../window/main-window.js'
import { restrictSession, type PageRules } from '../window/security-defaults.js'
import { askWhetherToQuit } from './ask-whether-to-quit.js'
import { handlePage, type PageDuties } from './handle-page.js'
import type { Paths } from './paths.js'

const firstUpdateCheckMs = 30_000
const updateCheckMs = 6 * 60 * 60_000
const trayRefreshMs = 60_000

export class DesktopApp implements PageRules, PageDuties {
  readonly updates: Updates
  hasKeychain = false
  hasStopped = false
  isLocked = false
  private isQuitting = false
  private connection: ControlConnection | undefined
  private origin: string | undefined
  private target: OpenTarget | undefined
  private crashes = 0
  private keepsNextPorts = false
  private gateway: GatewayProcess | undefined
  private window: MainWindow | undefined
  private tray: ShownTray | undefined
  private readonly log: AppLog
  private readonly secrets = new SecretClipboard(clipboard)
  private readonly notices: NotificationRules
  private readonly watch: GatewayWatch

  constructor(
    readonly paths: Paths,
    readonly settings: Settings,
    private readonly isSafe: boolean,
  ) {
    this.log = new AppLog(paths.logs)
    this.notices = new NotificationRules(
      () => settings.preferences,
      () => performance.now(),
    )
    this.watch = new GatewayWatch((state, before) => this.gatewayChanged(state, before))
    this.updates = new Updates({
      load: loadUpdater,
      callsInFlight: () => this.callsInFlight(),
      stopGateway: async () => this.gateway?.stop(),
      changed: (state) => {
        this.send({ event: 'update', state })
        if (state.phase === 'ready') this.notify(this.notices.updateReady(state.version))
      },
    })
  }

  /** Call once, after the app is ready. */
  async start({ isHidden, link }: { readonly isHidden: boolean; readonly link: string | undefined }): Promise<void> {
    restrictSession(session.defaultSession, this)
    this.hasKeychain = await hasKeychain(safeStorage, process.platform)
    this.gateway = this.makeGateway()
    this.window = this.makeWindow()
    this.tray = new ShownTray((action) => void this.act(action))
    this.showMenu([])
    handlePage(this)
    this.applyPreferences()
    this.settings.onChange(() => this.applyPreferences())
    watchLock(
      () => this.settings.preferences,
      (level, reason) => void this.lock(level, reason),
    )
    setInterval(() => this.showTray(), trayRefreshMs)
    this.showTray()
    if (this.isSafe) await this.showReason(afterFailedStarts)
    else this.gateway.start()
    if (!isHidden || this.isSafe) this.window.open()
    else if (this.settings.preferences.hideDockIcon) app.dock?.hide()
    if (link !== undefined) this.openLink(link)
    setTimeout(() => this.checkForUpdates(), firstUpdateCheckMs)
    setInterval(() => this.checkForUpdates(), updateCheckMs)
  }

  /** Ends the gateway, letting what is in flight finish. */
  async stop(): Promise<void> {
    this.isQuitting = true
    await this.secrets.clear()
    await this.gateway?.stop()
    this.settings.unfinishedStarts = 0
    await this.log.close()
    this.hasStopped = true
  }

  pageOrigin(): string | undefined {
    return this.origin
  }

  refused(url: string): void {
    const action = safeModeAction(url)
    if (action !== undefined) void this.actSafely(action)
  }

  get webContentsId(): number | undefined {
    return this.window?.webContentsId
  }

  /** Shows the window, and what a link asks for where it is one of ours. */
  openLink(link: string | undefined): void {
    const parsed = link === undefined ? undefined : parseDeepLink(link)
    this.open(parsed?.accepted === true ? parsed.target : undefined)
  }

  takeTarget(): OpenTarget | undefined {
    const { target } = this
    this.target = undefined
    return target
  }

  copySecret(text: string): Promise<void> {
    return this.secrets.copy(text)
  }

  showMenu(commands: Parameters<typeof menuTemplate>[0]): void {
    const platform = process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux'
    showMenu(menuTemplate(commands, platform), {
      command: (id) => this.send({ event: 'command', id }),
      action: (name) => {
        if (name === 'quit') return app.quit()
        this.open({ page: 'settings', section: 'updates' })
        void this.updates.check()
      },
    })
  }

  async lock(level: Exclude<LockLevel, 'off'>, reason: LockReason): Promise<void> {
    await this.secrets.clear()
    this.send({ event: 'lock', level, reason })
    if (level === 'vault') await this.connection?.call('POST', '/lock').catch(() => undefined)
    if (this.origin === undefined || this.isLocked) return
    this.isLocked = true
    await this.window?.signOut(this.origin)
    await this.showReason(lockedReason(level))
  }

  async unlockWithKeychain(): Promise<void> {
    if (!this.hasKeychain) throw new Error('This machine has no keychain that can be used.')
    await askForPerson('open the vault')
    await this.gateway?.unlock()
  }

  private makeGateway(): GatewayProcess {
    return new GatewayProcess({
      fork: () => forkGateway(this.paths.dataDir, this.settings.ports),
      keys: this.hasKeychain ? new KeyStore(safeStorage, this.paths.keys) : undefined,
      log: (line) => {
        if (!isLogged(line)) this.log.write(line)
      },
      onReady: (ready) => void this.gatewayReady(ready),
      onDied: () => this.watch.gone('starting'),
      onGivenUp: (lastLines) => {
        this.watch.gone('stopped')
        void this.showReason(reasonFor(lastLines)).then(() => this.window?.open())
      },
    })
  }

  private makeWindow(): MainWindow {
    return new MainWindow({
      session: session.defaultSession,
      settings: this.settings,
      remembersPlace: !this.isSafe,
      isQuitting: () => this.isQuitting,
      hidden: () => void this.windowHidden(),
      loaded: () => {
        this.settings.unfinishedStarts = 0
        if (this.target !== undefined) this.send({ event: 'open', target: this.target })
      },
      crashed: () => {
        this.crashes += 1
        if (this.crashes <= 3) this.window?.reload()
        else void this.showReason({ title: 'The page ends again and again', lines: [], actions: ['retry', 'quit'] })
      },
    })
  }

  private async gatewayReady(ready: ReadyLine): Promise<void> {
    this.connection = this.watch.ready(ready)
    this.origin = new URL(ready.controlUrl).origin
    this.notify(this.notices.listening(ready.dataUrl, this.settings.lastDataUrl))
    this.settings.lastDataUrl = ready.dataUrl
    // Agents are set up for one address: free ports are taken once, and then kept.
    if (this.keepsNextPorts) this.settings.ports = { data: portOf(ready.dataUrl), control: portOf(ready.controlUrl) }
    this.keepsNextPorts = false
    if (!this.isLocked) await this.showPage()
    // Nobody has opened the window, as after a start at login: then this is all there is to a start.
    if (this.webContentsId === undefined) this.settings.unfinishedStarts = 0
  }

  private async showPage(): Promise<void> {
    const { connection, origin, window } = this
    if (connection === undefined || origin === undefined || window === undefined) return
    try {
      await window.showPage(origin, await connection.openSession())
    } catch (error) {
      await this.showReason(reasonFor([error instanceof Error ? error.message : String(error)]))
    }
  }

  private async showReason(reason: SafeModeReason): Promise<void> {
    await this.window?.showDocument(safeModeUrl(reason))
  }

  private async actSafely(action: SafeModeAction): Promise<void> {
    if (action === 'quit') app.quit()
    else if (action === 'logs') await shell.openPath(this.paths.logs)
    else if (action === 'unlock') {
      await askForPerson('open Gatehouse')
      // Where that fails, the page asks for the passphrase.
      if (this.hasKeychain && this.watch.state.vault === 'locked') await this.gateway?.unlock().catch(() => undefined)
      this.isLocked = false
      await this.showPage()
    } else {
      if (action === 'free-ports') {
        this.settings.ports = { data: 0, control: 0 }
        this.keepsNextPorts = true
      }
      this.crashes = 0
      if (this.watch.state.phase === 'running') await this.showPage()
      else this.gateway?.start()
    }
  }

  private open(target: OpenTarget | undefined): void {
    this.target = target ?? this.target
    void app.dock?.show()
    this.window?.open()
    if (target !== undefined && !this.isLocked) this.send({ event: 'open', target })
  }

  private async act(action: TrayAction): Promise<void> {
    if (action.do === 'open') this.open(action.target)
    else if (action.do === 'copy') await clipboard.writeText(action.text)
    else if (action.do === 'quit') app.quit()
    else if (action.do === 'lock') await this.lock('vault', 'asked')
    else await this.connection?.call('POST', `/${action.do}`).catch(() => undefined)
  }

  private async windowHidden(): Promise<void> {
    if (this.settings.preferences.hideDockIcon) app.dock?.hide()
    if (this.settings.closeExplained) return
    this.settings.closeExplained = true
    if (await askWhetherToQuit()) app.quit()
  }

  private gatewayChanged(state: GatewayState, before: GatewayState): void {
    this.notify(this.notices.signInNeeded(state.signInNeeded, before.signInNeeded))
    const { lastDenial } = state
    if (lastDenial !== undefined && lastDenial.id !== before.lastDenial?.id)
      this.notify(this.notices.denied(lastDenial.id, lastDenial.server))
    this.showTray()
  }

  private showTray(): void {
    this.tray?.show(trayModel(this.watch.state, Date.now()))
  }

  private notify(notice: Notice | undefined): void {
    if (notice !== undefined && this.window?.isFocused !== true) showNotice(notice, (target) => this.open(target))
  }

  private applyPreferences(): void {
    const { preferences } = this.settings
    nativeTheme.themeSource = preferences.theme
    void applyLoginItem(preferences).catch((error: unknown) => this.log.write(String(error)))
    this.send({ event: 'preferences', preferences })
  }

  private checkForUpdates(): void {
    if (this.settings.preferences.fetchUpdates) void this.updates.check()
  }

  private async callsInFlight(): Promise<number | undefined> {
    const status = await this.connection?.call('GET', '/status').catch(() => undefined)
    const isStatus = typeof status === 'object' && status !== null && 'callsInFlight' in status
    return isStatus ? Number(status.callsInFlight) : undefined
  }

  private send(event: DesktopEvent): void {
    this.window?.send(event)
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

/** Where the machine can tell that its owner is there, it is asked. @throws Error where that fails */
async function askForPerson(reason: string): Promise<void> {
  if (process.platform === 'darwin' && systemPreferences.canPromptTouchID())
    await systemPreferences.promptTouchID(reason)
}
