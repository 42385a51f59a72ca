/** Decides how `npm start` shows Gatehouse: in its own window, in the browser, or as an address to open by hand. */

export interface Surroundings {
  readonly platform: NodeJS.Platform
  /** `DISPLAY` and `WAYLAND_DISPLAY` are looked at, on Linux and the BSDs only. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Path of Electron's executable, where there is one. */
  readonly electron: string | undefined
}

export type HowToOpen =
  | { readonly surface: 'window'; readonly electron: string }
  | { readonly surface: 'browser'; readonly because: string }
  | { readonly surface: 'none'; readonly because: string }

export function howToOpen({ platform, env, electron }: Surroundings): HowToOpen {
  if (!hasDisplay(platform, env)) return { surface: 'none', because: 'There is no display here' }
  if (electron === undefined) return { surface: 'browser', because: 'Electron was not found' }
  return { surface: 'window', electron }
}

function hasDisplay(platform: NodeJS.Platform, env: Surroundings['env']): boolean {
  if (platform === 'darwin' || platform === 'win32') return true
  return Boolean(env['DISPLAY']) || Boolean(env['WAYLAND_DISPLAY'])
}

/** The program that opens a URL in the user's browser, and its arguments. No shell ever sees the URL. */
export function browserCommand(
  platform: NodeJS.Platform,
  url: string,
): { readonly file: string; readonly args: readonly string[] } {
  if (platform === 'darwin') return { file: 'open', args: [url] }
  if (platform === 'win32') return { file: 'rundll32', args: ['url.dll,FileProtocolHandler', url] }
  return { file: 'xdg-open', args: [url] }
}
