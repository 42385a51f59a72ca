/**
 * What the window shows when there is no page of the gateway: it does not start, or the app has not got as far as its
 * page several times in a row. One document without script, style file or image; its links are asked of the app.
 */

export type SafeModeAction = 'retry' | 'free-ports' | 'logs' | 'unlock' | 'quit'

export interface SafeModeReason {
  readonly title: string
  /** What it means for agents and the vault; the usual sentence where it is left out. */
  readonly meaning?: string
  /** Lines of the gateway's standard error, or what failed. */
  readonly lines: readonly string[]
  readonly actions: readonly SafeModeAction[]
}

const actionScheme = 'gatehouse-app:'
const labels: Readonly<Record<SafeModeAction, string>> = {
  retry: 'Try again',
  'free-ports': 'Use free ports, and tell me which',
  logs: 'Show the log',
  unlock: 'Open Gatehouse',
  quit: 'Quit',
}

const gatewayIsDown = 'Agents get no answer until the gateway runs. Your vault is as it was.'

/** Starts in a row that did not get as far as the page, after which the app does as little as it can. */
const maxUnfinishedStarts = 3

/** @param unfinishedStarts before this one */
export function startsSafely(unfinishedStarts: number): boolean {
  return unfinishedStarts >= maxUnfinishedStarts
}

/** Why the gateway was given up, and what can be done. @param lastLines of its standard error */
export function reasonFor(lastLines: readonly string[]): SafeModeReason {
  const portTaken = lastLines.find((line) => /^Port \d+ is taken/.test(line))
  const another = lastLines.find((line) => /^A gateway runs for .* already/.test(line))
  if (portTaken !== undefined)
    return {
      title: 'Another program has the gateway’s port',
      lines: [portTaken],
      actions: ['retry', 'free-ports', 'quit'],
    }
  if (another !== undefined)
    return { title: 'A gateway is running already', lines: [another], actions: ['retry', 'quit'] }
  return { title: 'The gateway does not start', lines: lastLines, actions: ['retry', 'logs', 'quit'] }
}

export const afterFailedStarts: SafeModeReason = {
  title: 'Gatehouse has failed to start several times',
  lines: ['It has not started the gateway this time, and left out what it remembers of the window.'],
  actions: ['retry', 'logs', 'quit'],
}

/** What stands in the place of the page while the window is locked. */
export function lockedReason(level: 'window' | 'vault'): SafeModeReason {
  return {
    title: 'Gatehouse is locked',
    meaning:
      level === 'window'
        ? 'Agents go on working. What the page showed is gone from this window.'
        : 'The vault is locked: agents get no answer until it is open again.',
    lines: [],
    actions: ['unlock', 'quit'],
  }
}

/** @returns a `data:` URL. Everything in it that was not written here is escaped. */
export function safeModeUrl({ title, meaning = gatewayIsDown, lines, actions }: SafeModeReason): string {
  const buttons = actions.map((action) => `<a href="${actionScheme}${action}">${labels[action]}</a>`).join('\n')
  const said = lines.length === 0 ? '' : `<pre tabindex="0">${lines.map(escaped).join('\n')}</pre>`
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>Gatehouse</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 12vh auto; padding: 0 2rem }
  h1 { font-size: 1.5rem; font-weight: 600 }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid; border-radius: 6px; padding: 12px; max-height: 40vh; overflow: auto }
  nav { display: flex; flex-wrap: wrap; gap: 16px; margin-top: 24px }
  a { min-height: 24px; color: LinkText }
  a:focus-visible { outline: 2px solid; outline-offset: 2px }
</style>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(meaning)}</p>
${said}
<nav aria-label="What to do">
${buttons}
</nav>
</main>
</html>`
  return `data:text/html;charset=utf-8,${encodeURIComponent(html)}`
}

/** The action behind a link of the page that was followed; undefined for any other address. */
export function safeModeAction(url: string): SafeModeAction | undefined {
  if (!url.startsWith(actionScheme)) return undefined
  const name = url.slice(actionScheme.length)
  return Object.keys(labels).find((action): action is SafeModeAction => action === name)
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
