/**
 * What no page of this app may ever do, whatever it holds: leave the gateway's origin, fetch from elsewhere, open
 * windows, embed others, or use a device.
 *
 * @see [Electron: Security](https://www.electronjs.org/docs/latest/tutorial/security)
 */
import type { App, Session } from 'electron'
import { mayNavigate, mayRequest, mayUse } from './navigation-rules.js'

export interface PageRules {
  /** Origin of the gateway's page; undefined while there is none. */
  pageOrigin(): string | undefined
  /** An address that a page was not allowed to go to: the links of the app's own pages are such. */
  refused(url: string): void
}

/** Call before any window is made. */
export function restrictPages(app: App, rules: PageRules): void {
  app.on('web-contents-created', (_event, contents) => {
    const stayOnPage = (event: { readonly url: string; preventDefault(): void }): void => {
      if (mayNavigate(event.url, rules.pageOrigin())) return
      event.preventDefault()
      rules.refused(event.url)
    }
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.on('will-navigate', stayOnPage)
    contents.on('will-frame-navigate', (event) => {
      if (!event.isMainFrame) event.preventDefault()
    })
    contents.on('will-redirect', stayOnPage)
  })
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, answer) => {
    event.preventDefault()
    answer(false)
  })
  app.on('select-client-certificate', (event) => event.preventDefault())
  app.on('login', (event) => event.preventDefault())
}

/** Call after the app is ready. */
export function restrictSession(session: Session, rules: Pick<PageRules, 'pageOrigin'>): void {
  session.setPermissionRequestHandler((contents, permission, answer) =>
    answer(mayUse(permission, contents.getURL(), rules.pageOrigin())),
  )
  session.setPermissionCheckHandler((_contents, permission, origin) => mayUse(permission, origin, rules.pageOrigin()))
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest((details, answer) => {
    // The app's own pages are data: documents; pages cannot go to one, see above.
    answer({ cancel: !mayRequest(details.url, rules.pageOrigin()) })
  })
  session.on('will-download', (event, item) => {
    if (!mayRequest(item.getURL(), rules.pageOrigin())) event.preventDefault()
  })
}
