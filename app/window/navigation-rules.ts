/** What the window may load. */

/** Whether a page may go to an address: within the gateway's own origin and nowhere else. */
export function mayNavigate(url: string, pageOrigin: string | undefined): boolean {
  return pageOrigin !== undefined && URL.canParse(url) && new URL(url).origin === pageOrigin
}

/** Whether a page may fetch from an address, script, style and image included. */
export function mayRequest(url: string, pageOrigin: string | undefined): boolean {
  if (!URL.canParse(url)) return false
  const { protocol } = new URL(url)
  return protocol === 'data:' || protocol === 'blob:' || protocol === 'devtools:' || mayNavigate(url, pageOrigin)
}

/** Copying by a button is the one permission that the page uses. */
export function mayUse(permission: string, requestingOrigin: string, pageOrigin: string | undefined): boolean {
  return permission === 'clipboard-sanitized-write' && mayNavigate(requestingOrigin, pageOrigin)
}
