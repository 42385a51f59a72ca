/** What the page may ask of the app, each tied to what does it. */
import { ipcMain, shell } from 'electron'
import { mkdirSync } from 'node:fs'
import type { LockLevel, LockReason, MenuCommand, OpenTarget } from '../../gateway-core/contract/desktop.js'
import { handleCalls, type Sender } from '../bridge/handle-calls.js'
import { openExternal } from '../external/open-external.js'
import type { Settings } from '../preferences/preferences.js'
import type { Updates } from '../updates/updates.js'
import type { Paths } from './paths.js'

export interface PageDuties {
  readonly paths: Paths
  readonly settings: Settings
  readonly updates: Updates
  readonly hasKeychain: boolean
  readonly isLocked: boolean
  readonly webContentsId: number | undefined
  pageOrigin(): string | undefined
  takeTarget(): OpenTarget | undefined
  copySecret(text: string): Promise<void>
  showMenu(commands: readonly MenuCommand[]): void
  lock(level: Exclude<LockLevel, 'off'>, reason: LockReason): Promise<void>
  unlockWithKeychain(): Promise<void>
}

export function handlePage(duties: PageDuties): void {
  const { settings, updates, paths } = duties
  const source = {
    handle: (channel: string, listener: (sender: Sender, input: unknown) => Promise<unknown>): void =>
      ipcMain.handle(channel, (event, input: unknown) => listener(senderOf(event), input)),
  }
  handleCalls(source, () => ({ origin: duties.pageOrigin(), webContentsId: duties.webContentsId }), {
    getState: () => ({
      preferences: settings.preferences,
      update: updates.state,
      keychain: duties.hasKeychain,
      locked: duties.isLocked,
    }),
    takeTarget: () => duties.takeTarget(),
    copySecret: (text) => duties.copySecret(text),
    openExternal: (url) => openExternal(url, (checked) => shell.openExternal(checked)),
    revealFolder: async (folder) => {
      const path = folder === 'logs' ? paths.logs : paths.dataDir
      mkdirSync(path, { recursive: true, mode: 0o700 })
      const failure = await shell.openPath(path)
      if (failure !== '') throw new Error(failure)
    },
    setPreferences: (change) => settings.change(change),
    setMenuCommands: (commands) => duties.showMenu(commands),
    lock: (level) => duties.lock(level, 'asked'),
    unlockWithKeychain: () => duties.unlockWithKeychain(),
    checkForUpdate: () => updates.check(),
    installUpdate: () => updates.install(),
  })
}

function senderOf(event: Electron.IpcMainInvokeEvent): Sender {
  const { senderFrame: frame, sender } = event
  return { origin: frame?.origin, isTopFrame: frame !== null && frame.parent === null, webContentsId: sender.id }
}
