/** The pages that a browser sees at the end of a sign-in: plain HTML, without script, framed by nobody, kept by nobody. */
import { createHash } from 'node:crypto'

export interface Page {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1.5rem;color:#1c2329;background:#fbfaf7}' +
  '@media(prefers-color-scheme:dark){body{color:#e6e9ec;background:#15191d}}h1{font-size:1.4rem}'

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; ` +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

/** @param paragraphs text, not HTML */
export function page(status: number, title: string, paragraphs: readonly string[]): Page {
  const body = [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)} – Gatehouse</title><style>${style}</style></head><body><main>`,
    `<h1>${escaped(title)}</h1>`,
    ...paragraphs.map((text) => `<p>${escaped(text)}</p>`),
    '</main></body></html>',
  ].join('\n')
  return { status, headers, body }
}

/** Sends the browser on, without telling where it came from. */
export function redirect(location: string): Page {
  return { status: 302, headers: { ...headers, location }, body: '' }
}

/** Also makes characters visible that would change how the rest of the line reads. */
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
