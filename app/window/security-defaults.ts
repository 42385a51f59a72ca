/**
 * What no page of this app may ever do, whatever it holds: leave the gateway's origin, open windows, embed others, or
 * use a device.
 *
 * @see [Electron: Security](https://www.electronjs.org/docs/latest/tutorial/security)
 */
import { session, type App } from 'electron'

/**
 * Call before any window is made.
 *
 * @param pageOrigin the origin of the gateway's page; undefined while there is none
 */
export function forbidWhatThePageNeverNeeds(app: App, pageOrigin: () => string | undefined): void {
  app.on('web-contents-created', (_event, contents) => {
    const stayOnPage = (event: { readonly url: string; preventDefault(): void }): void => {
      if (!URL.canParse(event.url) || new URL(event.url).origin !== pageOrigin()) event.preventDefault()
    }
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.on('will-navigate', stayOnPage)
    contents.on('will-frame-navigate', stayOnPage)
    contents.on('will-redirect', stayOnPage)
  })
  void app.whenReady().then(() => {
    session.defaultSession.setPermissionRequestHandler((_contents, permission, answer) => answer(isAllowed(permission)))
    session.defaultSession.setPermissionCheckHandler((_contents, permission) => isAllowed(permission))
    session.defaultSession.setDevicePermissionHandler(() => false)
  })
}

/** Copying by a button is the one permission that the page uses. */
function isAllowed(permission: string): boolean {
  return permission === 'clipboard-sanitized-write'
}
