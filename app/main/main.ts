/** The desktop app's main process, read as a list: it starts the gateway, shows its page in a window, and ends it. */
import { app, BrowserWindow } from 'electron'
import { forbidWhatThePageNeverNeeds } from './security-defaults.js'
import { startGatewayProcess } from './start-gateway-process.js'
import { openWindow } from './open-window.js'

async function main(): Promise<void> {
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  app.enableSandbox()
  let pageOrigin: string | undefined
  forbidWhatThePageNeverNeeds(app, () => pageOrigin)
  await app.whenReady()

  const gateway = startGatewayProcess()
  gateway.onReady(({ uiUrl }) => {
    pageOrigin = new URL(uiUrl).origin
    openWindow(uiUrl)
  })
  gateway.onGivenUp(() => app.exit(1))

  app.on('second-instance', showWindow)
  app.on('activate', showWindow)
  app.on('window-all-closed', () => app.quit())
  app.on('before-quit', (event) => {
    if (gateway.ended) return
    event.preventDefault()
    void gateway.stop().then(() => app.quit())
  })
}

function showWindow(): void {
  const window = BrowserWindow.getAllWindows()[0]
  if (window?.isMinimized() === true) window.restore()
  window?.focus()
}

main().catch((error: unknown) => {
  console.error(error)
  app.exit(1)
})
