/** Starts the app at login, or no more. */
import { app } from 'electron'
import { homedir } from 'node:os'
import type { DesktopPreferences } from '../../gateway-core/contract/desktop.js'
import { autostartPath, setAutostart } from './xdg-autostart.js'

export const hiddenFlag = '--hidden'

/** Does nothing in a build that is not installed: the login item would start it after it is gone. */
export async function applyLoginItem({
  startAtLogin,
  startHidden,
}: Pick<DesktopPreferences, 'startAtLogin' | 'startHidden'>): Promise<void> {
  if (!app.isPackaged) return
  const args = startHidden ? [hiddenFlag] : []
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: startAtLogin, args })
    return
  }
  // An AppImage runs from a mount that is another at every start.
  const program = process.env['APPIMAGE'] || process.execPath
  await setAutostart(autostartPath(process.env, homedir()), startAtLogin ? [program, ...args] : undefined)
}
