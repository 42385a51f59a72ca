/** The pages that a browser sees during a sign-in: plain HTML, without script, framed by nobody, kept by nobody. */
import { createHash } from 'node:crypto'

export interface Page {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: string
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1.5rem;color:#1c2329;background:#fbfaf7}' +
  '@media(prefers-color-scheme:dark){body{color:#e6e9ec;background:#15191d}}h1{font-size:1.4rem}' +
  'dt{font-weight:600}dd{margin:0 0 .6rem;overflow-wrap:anywhere}label{display:block;padding:.2rem 0}' +
  'button{font:inherit;padding:.45rem 1.2rem;margin:.8rem .6rem 0 0;border:1px solid #8a949c;border-radius:.4rem;' +
  'background:none;color:inherit;cursor:pointer}button[value=approve]{background:#1c5d99;border-color:#1c5d99;color:#fff}'

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': policy("; form-action 'none'"),
}

function policy(formAction: string): string {
  return (
    `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; ` +
    `base-uri 'none'${formAction}; frame-ancestors 'none'`
  )
}

/** @param paragraphs text, not HTML */
export function page(status: number, title: string, paragraphs: readonly string[]): Page {
  return { status, headers, body: documentOf(title, paragraphs.map((text) => `<p>${escaped(text)}</p>`).join('\n')) }
}

/**
 * A page with a form. What the form leads to redirects to other origins, which `form-action` would stop; and its request
 * says where it comes from, so that it can be told from another page's.
 *
 * @param html in which everything that is not ours went through `escaped`
 */
export function formPage(title: string, html: string): Page {
  return {
    status: 200,
    headers: { ...headers, 'referrer-policy': 'same-origin', 'content-security-policy': policy('') },
    body: documentOf(title, html),
  }
}

/** Sends the browser on, without telling where it came from. */
export function redirect(location: string): Page {
  return { status: 302, headers: { ...headers, location }, body: '' }
}

function documentOf(title: string, html: string): string {
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(title)} – Gatehouse</title><style>${style}</style></head><body><main>`,
    `<h1>${escaped(title)}</h1>`,
    html,
    '</main></body></html>',
  ].join('\n')
}

/** Also makes characters visible that would change how the rest of the line reads. */
export function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
