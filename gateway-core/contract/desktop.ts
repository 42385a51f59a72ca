/**
 * What the desktop window gives the page beside the control API: `window.gatehouseDesktop`, undefined in a browser. Only
 * what a browser cannot do is here. Types alone; `app/bridge` checks every value that crosses.
 */

export type DesktopPlatform = 'darwin' | 'win32' | 'linux'

/** A page that a deep link, a notification or the tray asks for. It is shown for review; nothing is done by opening it. */
export type OpenTarget =
  | { readonly page: 'add-server'; readonly url: string }
  | { readonly page: 'exchange'; readonly id: string }
  | { readonly page: 'server'; readonly slug: string }
  | { readonly page: 'settings'; readonly section: string }
  | { readonly page: 'home' }

/** What a lock closes: the window alone, so that agents go on working, or the vault, so that nothing does. */
export type LockLevel = 'off' | 'window' | 'vault'
export type LockReason = 'idle' | 'suspend' | 'screen' | 'asked'

/** Kept in `settings.json`. Nothing secret. */
export interface DesktopPreferences {
  readonly startAtLogin: boolean
  /** At login, without a window. */
  readonly startHidden: boolean
  /** macOS: no icon in the Dock while no window is open. */
  readonly hideDockIcon: boolean
  readonly lockOnIdle: LockLevel
  readonly idleMinutes: number
  readonly lockOnSuspend: LockLevel
  readonly lockOnScreenLock: LockLevel
  readonly notifySignIn: boolean
  readonly notifyDenials: boolean
  readonly notifyUpdates: boolean
  /** Whether updates are looked for and fetched in the background. */
  readonly fetchUpdates: boolean
  readonly theme: DesktopTheme
}

export type DesktopTheme = 'system' | 'light' | 'dark'

export type UpdateState =
  | { readonly phase: 'off'; readonly because: string }
  | { readonly phase: 'current' | 'checking' }
  | { readonly phase: 'downloading'; readonly percent: number }
  | { readonly phase: 'ready'; readonly version: string }
  | { readonly phase: 'failed'; readonly message: string }

/** A command of the page that the application's menu shows. */
export interface MenuCommand {
  readonly id: string
  readonly label: string
  readonly menu: 'file' | 'edit' | 'view' | 'go' | 'gateway' | 'help'
  /** As Electron writes it, e.g. `CmdOrCtrl+K`. */
  readonly accelerator?: string | undefined
}

export interface DesktopState {
  readonly preferences: DesktopPreferences
  readonly update: UpdateState
  /** Whether the vault's key can be kept by the operating system. */
  readonly keychain: boolean
  readonly locked: boolean
}

export type DesktopEvent =
  | { readonly event: 'open'; readonly target: OpenTarget }
  | { readonly event: 'command'; readonly id: string }
  | { readonly event: 'lock'; readonly level: Exclude<LockLevel, 'off'>; readonly reason: LockReason }
  | { readonly event: 'update'; readonly state: UpdateState }
  | { readonly event: 'preferences'; readonly preferences: DesktopPreferences }

/** Every promise rejects with an Error whose message is for people, and holds nothing secret. */
export interface GatehouseDesktop {
  readonly platform: DesktopPlatform
  getState(): Promise<DesktopState>
  /** The page that was asked for before the listener was there, once. */
  takeTarget(): Promise<OpenTarget | undefined>
  /** Copies, and empties the clipboard after 30 s, on lock and on quit, where it still holds this. */
  copySecret(text: string): Promise<void>
  /** In the user's browser: `https:`, or `http:` on loopback. */
  openExternal(url: string): Promise<void>
  revealFolder(folder: 'data' | 'logs'): Promise<void>
  setPreferences(change: Partial<DesktopPreferences>): Promise<DesktopPreferences>
  /** Replaces what the application's menu shows of the page's commands. */
  setMenuCommands(commands: readonly MenuCommand[]): Promise<void>
  lock(level: Exclude<LockLevel, 'off'>): Promise<void>
  /** Opens the vault with the key that the operating system keeps. */
  unlockWithKeychain(): Promise<void>
  checkForUpdate(): Promise<UpdateState>
  /** Restarts into the update once no call is in flight. */
  installUpdate(): Promise<void>
  /** Returns the function that ends it. */
  onEvent(listener: (event: DesktopEvent) => void): () => void
}
