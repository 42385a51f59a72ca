/**
 * Finds secrets in text, in every encoding in which they usually travel: as they are, base64 and base64url at any
 * alignment (so also in `Basic`), percent-encoded, hex, and escaped in JSON. The time it takes grows with the text and
 * not with the number of secrets.
 */
import { masked } from '../contract/mask-value.js'

/** Shorter ones would be found in ordinary words. */
export const minSecretLength = 6
const anchorLength = 4

export interface SecretScanner {
  /** Looks for this value as well, from now on. */
  add(secret: string): void
  /**
   * Replaces each occurrence. With `isBeginning`, the text was cut off, and an end that may be the beginning of a secret
   * is cut off as well.
   */
  mask(text: string, isBeginning?: boolean): string
}

export function createSecretScanner(secrets: Iterable<string> = []): SecretScanner {
  const byAnchor = new Map<string, string[]>()
  // One mark for each pair of characters that a variant begins with: all but a few positions are ruled out by it.
  const pairs = new Uint8Array(65_536)

  const add = (secret: string): void => {
    for (const variant of variantsOf(secret)) {
      const anchor = variant.slice(0, anchorLength)
      const known = byAnchor.get(anchor)
      if (known?.includes(variant)) continue
      pairs[((variant.charCodeAt(0) << 8) ^ variant.charCodeAt(1)) & 0xffff] = 1
      byAnchor.set(
        anchor,
        [...(known ?? []), variant].sort((a, b) => b.length - a.length),
      )
    }
  }
  for (const secret of secrets) add(secret)

  return {
    add,
    mask: (text, isBeginning = false) => {
      let clean = ''
      let copiedTo = 0
      // Where the secret that was found last ends; another may begin within it.
      let maskedTo = 0
      let code = text.charCodeAt(0)
      const last = text.length - anchorLength
      for (let i = 0; i <= last; i++) {
        const next = text.charCodeAt(i + 1)
        const isCandidate = pairs[((code << 8) ^ next) & 0xffff] === 1
        code = next
        if (!isCandidate) continue
        const candidates = byAnchor.get(text.slice(i, i + anchorLength))
        if (candidates === undefined) continue
        const found = candidates.find((variant) => text.startsWith(variant, i))
        if (found !== undefined) {
          if (i >= maskedTo) clean += text.slice(copiedTo, i) + masked
          maskedTo = Math.max(maskedTo, i + found.length)
          copiedTo = maskedTo
        } else if (isBeginning && candidates.some((variant) => variant.startsWith(text.slice(i)))) {
          return i >= maskedTo ? clean + text.slice(copiedTo, i) + masked : clean
        }
      }
      return copiedTo === 0 ? text : clean + text.slice(copiedTo)
    },
  }
}

/** The forms in which a secret is looked for. Empty for one that is too short. */
export function variantsOf(secret: string): ReadonlySet<string> {
  const variants = new Set<string>()
  if (secret.length < minSecretLength) return variants
  const bytes = Buffer.from(secret, 'utf8')
  const hex = bytes.toString('hex')
  // UTF-8 has no form for lone surrogates, and neither has percent-encoding.
  const percent = encodeURIComponent(bytes.toString('utf8'))
  for (const text of [hex, hex.toUpperCase(), percent, percent.replaceAll('%20', '+')]) variants.add(text)
  variants.add(percent.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))
  for (const text of escapedInJson(secret)) variants.add(text)
  for (const core of base64Cores(bytes)) {
    variants.add(core)
    variants.add(core.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return variants
}

/**
 * As it is, and as text within JSON, with only what must be escaped or with everything: within a tool result, which is
 * text in a message, and within the record of that message.
 */
function escapedInJson(secret: string): string[] {
  const escape = (text: string): string => JSON.stringify(text).slice(1, -1)
  const codes = Array.from({ length: secret.length }, (_, at) => secret.charCodeAt(at).toString(16).padStart(4, '0'))
  const forms = [
    secret,
    ...[codes, codes.map((code) => code.toUpperCase())].map((all) => all.map((code) => `\\u${code}`).join('')),
  ]
  return forms.flatMap((form) => [form, escape(form), escape(escape(form))])
}

/** What of the base64 of a longer text depends on these bytes alone, for each of the three ways they may be aligned. */
function base64Cores(bytes: Buffer): string[] {
  const cores: string[] = []
  for (const offset of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    const core = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6))
    if (core.length >= minSecretLength) cores.push(core)
  }
  return cores
}
