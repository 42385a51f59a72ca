/** electron-updater, loaded when it is first needed, and only in a build that was installed. */
import { app } from 'electron'
import type { Updater } from './updates.js'

export async function loadUpdater(): Promise<Updater | undefined> {
  if (!app.isPackaged) return undefined
  const { default: module } = await import('electron-updater')
  const { autoUpdater } = module
  // What it says goes to standard output otherwise.
  autoUpdater.logger = null
  return autoUpdater
}
