/** The desktop app's main process: decides which of command line, second instance and app this is. */
import { app } from 'electron'
import { mkdirSync } from 'node:fs'
import { deepLinkIn, scheme } from '../deep-links/parse-deep-link.js'
import { hiddenFlag } from '../login-item/login-item.js'
import { openSettingsFile } from '../preferences/settings-file.js'
import { Settings } from '../preferences/preferences.js'
import { startsSafely } from '../safe-mode/safe-mode-page.js'
import { restrictPages } from '../window/security-defaults.js'
import { DesktopApp } from './desktop-app.js'
import { findPaths } from './paths.js'
import { commandLineOf, runCommandLine } from './run-command-line.js'

async function main(): Promise<void> {
  const commandLine = commandLineOf(process.argv)
  if (commandLine !== undefined) return runCommandLine(commandLine)
  // The name is part of what the keychain's entry is found by: it never changes.
  app.setName('Gatehouse')
  const paths = findPaths(process.env, process.platform)
  for (const folder of [paths.dataDir, paths.browser]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  app.setPath('userData', paths.browser)
  if (!app.requestSingleInstanceLock()) {
    app.quit()
    return
  }
  const settings = new Settings(openSettingsFile(paths.dataDir))
  const isSafe = startsSafely(settings.unfinishedStarts)
  settings.unfinishedStarts += 1
  if (isSafe) app.disableHardwareAcceleration()
  app.enableSandbox()
  if (app.isPackaged) app.setAsDefaultProtocolClient(scheme)
  const desktop = new DesktopApp(paths, settings, isSafe)
  restrictPages(app, desktop)
  app.on('open-url', (event, url) => {
    event.preventDefault()
    desktop.openLink(url)
  })
  app.on('second-instance', (_event, argv) => desktop.openLink(deepLinkIn(argv)))
  app.on('activate', () => desktop.openLink(undefined))
  // The gateway goes on without a window; the tray and starting the app again lead back to it.
  app.on('window-all-closed', () => undefined)
  app.on('before-quit', (event) => {
    if (desktop.hasStopped) return
    event.preventDefault()
    void desktop.stop().then(() => app.quit())
  })
  // The system asks these to end the app when it shuts down.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit())
  await app.whenReady()
  await desktop.start({ isHidden: process.argv.includes(hiddenFlag), link: deepLinkIn(process.argv) })
}

main().catch((error: unknown) => {
  console.error(error)
  app.exit(1)
})
