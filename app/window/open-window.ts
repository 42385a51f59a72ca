/** The one window: a sandboxed page of the gateway's control port, without any bridge to Node. */
import { BrowserWindow } from 'electron'

/** Opens the window, or shows the page anew in the one that is there. `uiUrl` works once. */
export function openWindow(uiUrl: string): void {
  const window = BrowserWindow.getAllWindows()[0] ?? createWindow()
  // A navigation that a newer one overtakes rejects; the window then shows the newer one.
  window.loadURL(uiUrl).catch(() => undefined)
}

function createWindow(): BrowserWindow {
  const window = new BrowserWindow({
    title: 'Gatehouse',
    width: 1100,
    height: 760,
    minWidth: 480,
    minHeight: 400,
    show: false,
    webPreferences: { contextIsolation: true, sandbox: true, nodeIntegration: false, webviewTag: false },
  })
  window.once('ready-to-show', () => window.show())
  return window
}
