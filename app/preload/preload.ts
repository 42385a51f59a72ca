/** `window.gatehouseDesktop`. Runs in a sandbox beside the page, and hands over neither Node nor Electron. */
import { contextBridge, ipcRenderer } from 'electron'
import type { DesktopEvent, DesktopPlatform, GatehouseDesktop } from '../../gateway-core/contract/desktop.js'
import { callChannel, eventChannel, type BridgeAnswer, type BridgeName } from '../bridge/bridge-names.js'

async function call<Answer>(name: BridgeName, input?: unknown): Promise<Answer> {
  const answer: BridgeAnswer = await ipcRenderer.invoke(callChannel(name), input)
  if (!answer.ok) throw new Error(answer.message)
  // Both sides are one build, by one table of names.
  return answer.value as Answer
}

const desktop: GatehouseDesktop = {
  platform: process.platform as DesktopPlatform,
  getState: () => call('getState'),
  takeTarget: () => call('takeTarget'),
  copySecret: (text) => call('copySecret', text),
  openExternal: (url) => call('openExternal', url),
  revealFolder: (folder) => call('revealFolder', folder),
  setPreferences: (change) => call('setPreferences', change),
  setMenuCommands: (commands) => call('setMenuCommands', commands),
  lock: (level) => call('lock', level),
  unlockWithKeychain: () => call('unlockWithKeychain'),
  checkForUpdate: () => call('checkForUpdate'),
  installUpdate: () => call('installUpdate'),
  onEvent(listener) {
    // Electron's own event object stays here: it leads to everything that the sender can do.
    const listen = (_event: unknown, event: DesktopEvent): void => listener(event)
    ipcRenderer.on(eventChannel, listen)
    return () => void ipcRenderer.off(eventChannel, listen)
  },
}

contextBridge.exposeInMainWorld('gatehouseDesktop', desktop)
