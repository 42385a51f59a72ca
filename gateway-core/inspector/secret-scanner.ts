/**
 * Finds secrets in text, in every encoding in which they usually travel. The time it takes grows with the text and not
 * with the number of secrets, also where many begin alike, as the keys of one vendor do.
 */
import { masked } from '../contract/mask-value.js'
import { encodingsOf } from './secret-encodings.js'

const anchorLength = 4
/** In how many places of a form the rarest four characters are looked for. */
const anchorPlaces = 24

/** A form of a secret, and where in it the four characters are by which it is found. */
interface Form {
  readonly text: string
  readonly at: number
}

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
  const byAnchor = new Map<string, Form[]>()
  const forms = new Set<string>()
  // One mark for each pair of characters that an anchor begins with: all but a few positions are ruled out by it.
  const pairs = new Uint8Array(65_536)

  const add = (secret: string): void => {
    for (const text of encodingsOf(secret)) {
      if (forms.has(text)) continue
      forms.add(text)
      const at = rarestAnchor(text, byAnchor)
      const anchor = text.slice(at, at + anchorLength)
      pairs[((anchor.charCodeAt(0) << 8) ^ anchor.charCodeAt(1)) & 0xffff] = 1
      const bucket = byAnchor.get(anchor)
      if (bucket === undefined) byAnchor.set(anchor, [{ text, at }])
      else bucket.push({ text, at })
    }
  }
  for (const secret of secrets) add(secret)

  return {
    add,
    mask: (text, isBeginning = false) => {
      const spans = findSpans(text, pairs, byAnchor)
      if (isBeginning) addTail(text, forms, spans)
      return spans.length === 0 ? text : replaceSpans(text, spans)
    },
  }
}

/** The least crowded of the places in a form by which it could be found. */
function rarestAnchor(text: string, byAnchor: ReadonlyMap<string, readonly Form[]>): number {
  let best = 0
  let fewest = Number.POSITIVE_INFINITY
  const places = Math.min(text.length - anchorLength, anchorPlaces)
  // From the end, as what is alike is mostly at the beginning.
  for (let place = 0; place <= places; place++) {
    const at = text.length - anchorLength - place
    const crowd = byAnchor.get(text.slice(at, at + anchorLength))?.length ?? 0
    if (crowd === 0) return at
    if (crowd < fewest) [best, fewest] = [at, crowd]
  }
  return best
}

type Span = readonly [start: number, end: number]

function findSpans(text: string, pairs: Uint8Array, byAnchor: ReadonlyMap<string, readonly Form[]>): Span[] {
  const spans: Span[] = []
  let code = text.charCodeAt(0)
  const last = text.length - anchorLength
  for (let i = 0; i <= last; i++) {
    const next = text.charCodeAt(i + 1)
    const isCandidate = pairs[((code << 8) ^ next) & 0xffff] === 1
    code = next
    if (!isCandidate) continue
    for (const form of byAnchor.get(text.slice(i, i + anchorLength)) ?? []) {
      const start = i - form.at
      if (start >= 0 && text.startsWith(form.text, start)) spans.push([start, start + form.text.length])
    }
  }
  return spans
}

/** Adds the end of a text that was cut off, from where it may be the beginning of a secret. */
function addTail(text: string, forms: ReadonlySet<string>, spans: Span[]): void {
  // A character that was cut in half was read as U+FFFD.
  const whole = text.replace(/\ufffd+$/, '')
  let start = whole.length
  for (const form of forms)
    for (let length = Math.min(form.length - 1, whole.length); length >= anchorLength; length--)
      if (whole.endsWith(form.slice(0, length))) {
        start = Math.min(start, whole.length - length)
        break
      }
  if (start < whole.length) spans.push([start, text.length])
}

/** Spans that overlap or touch become one mark. */
function replaceSpans(text: string, spans: Span[]): string {
  spans.sort((a, b) => a[0] - b[0])
  let clean = ''
  let done = 0
  let maskedTo = -1
  for (const [start, end] of spans) {
    if (start > maskedTo) clean += text.slice(done, start) + masked
    maskedTo = Math.max(maskedTo, end)
    done = maskedTo
  }
  return clean + text.slice(done)
}
