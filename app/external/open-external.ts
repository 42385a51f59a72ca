/**
 * The one way from this app to the user's browser. Addresses come from servers and their providers, and the system would
 * start any program that is registered for a scheme, so that nothing but the web is opened.
 */

export type External =
  { readonly allowed: true; readonly url: string } | { readonly allowed: false; readonly because: string }

const maxLength = 8192
const loopbackHosts: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** `https:`, or `http:` on loopback; no user or password in it. The result is written as the URL standard writes it. */
export function checkExternal(text: string): External {
  if (text.length > maxLength) return { allowed: false, because: 'The address is too long.' }
  // The URL parser drops these; whoever opens the address might not.
  if ([...text].some((character) => character <= ' ' || character === '\u007f' || character === '\\'))
    return { allowed: false, because: 'The address holds a space, a control character or a backslash.' }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return { allowed: false, because: 'That is not an address.' }
  const isWeb = url.protocol === 'https:' || (url.protocol === 'http:' && loopbackHosts.has(url.hostname))
  if (!isWeb) return { allowed: false, because: 'Only https: addresses, and http: ones of this machine, are opened.' }
  if (url.username !== '' || url.password !== '')
    return { allowed: false, because: 'The address holds a user name or password.' }
  return { allowed: true, url: url.href }
}

/** @param open opens a checked address; Electron's `shell.openExternal` @throws Error with a message for people */
export async function openExternal(text: string, open: (url: string) => Promise<void>): Promise<void> {
  const external = checkExternal(text)
  if (!external.allowed) throw new Error(external.because)
  await open(external.url)
}
