/** The forms in which a secret is looked for: how it looks in URLs, in JSON, in headers, in base64 and in hex. */

/** Shorter ones would be found in ordinary words. */
const minSecretLength = 6

/** Empty for a secret that is too short. */
export function encodingsOf(secret: string): ReadonlySet<string> {
  if (secret.length < minSecretLength) return new Set()
  const bytes = Buffer.from(secret, 'utf8')
  const hex = bytes.toString('hex')
  return new Set([
    ...jsonForms(secret),
    ...percentForms(bytes.toString('utf8')),
    ...base64Forms(bytes),
    hex,
    hex.toUpperCase(),
    // UTF-8 that was read as Latin-1, as headers are.
    bytes.toString('latin1'),
  ])
}

/** As `encodeURIComponent`, RFC 3986 and HTML forms have it, digits in either case. */
function percentForms(secret: string): string[] {
  const component = encodeURIComponent(secret)
  const strict = component.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  const forms = [component, strict, form, component.replaceAll('%20', '+')]
  return forms.flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())])
}

/**
 * As it is, and as text within JSON: with what must be escaped, with what may be, with what is not ASCII, or with
 * everything. Once for a message, twice for a tool result, which is text in a message, and once more for its record.
 */
function jsonForms(secret: string): string[] {
  const escape = (text: string): string => JSON.stringify(text).slice(1, -1)
  const once = escape(secret)
  const codes = (text: string, pattern: RegExp, upper: boolean): string =>
    text.replace(pattern, (unit) => {
      const code = unit.charCodeAt(0).toString(16).padStart(4, '0')
      return `\\u${upper ? code.toUpperCase() : code}`
    })
  const forms = [secret, once, once.replaceAll('/', '\\/')]
  for (const upper of [false, true]) forms.push(codes(once, /[^\x20-\x7e]/g, upper), codes(secret, /[^]/g, upper))
  return forms.flatMap((form) => [form, escape(form), escape(escape(form))])
}

/** What of the base64 of a longer text depends on these bytes alone, for each of the three ways they may be aligned. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    const core = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
    return core.length < minSecretLength ? [] : [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
