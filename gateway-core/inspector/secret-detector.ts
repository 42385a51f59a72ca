/**
 * Tells whether bytes hold a secret, in any encoding in which secrets usually travel, without making text of them. Most
 * bytes are skipped: a window is looked at from its end, and what stands there says how far the next may be.
 *
 * @see Wu and Manber, A fast algorithm for multi-pattern searching, TR-94-17, University of Arizona, 1994
 */
import { encodingsOf } from './secret-encodings.js'

/** Length of the piece of each form that is looked for; no form is shorter. */
const windowBytes = 6
/** How many bytes at the end of a window tell how far to skip. */
const blockBytes = 3
const maxSkip = windowBytes - blockBytes + 1
/** In how many places of a form the rarest piece is looked for. */
const windowPlaces = 24
const tableSize = 65_536

interface Form {
  readonly bytes: Buffer
  /** Where the piece is in it by which it is found. */
  readonly at: number
}

export interface SecretDetector {
  /** Looks for this value as well, in all its encodings, from now on. */
  add(secret: string): void
  /** Looks for this text as it is. At least six bytes. */
  addForm(text: string): void
  finds(bytes: Buffer): boolean
  /** Whether the end may be the beginning of a secret that was cut off, by four bytes at the least. */
  mayBeginAtEndOf(bytes: Buffer): boolean
}

export function createSecretDetector(secrets: Iterable<string>): SecretDetector {
  const skips = new Uint8Array(tableSize).fill(maxSkip)
  const byWindow = new Map<number, Form[]>()
  const byBeginning = new Map<number, Buffer[]>()
  const known = new Set<string>()
  let longest = 0

  const addForm = (text: string): void => {
    if (known.has(text)) return
    known.add(text)
    const bytes = Buffer.from(text, 'utf8')
    if (bytes.length < windowBytes) return
    longest = Math.max(longest, bytes.length)
    const form = { bytes, at: rarestWindow(bytes, byWindow) }
    bucket(byWindow, windowAt(bytes, form.at)).push(form)
    bucket(byBeginning, beginningAt(bytes, 0)).push(bytes)
    for (let place = 0; place <= windowBytes - blockBytes; place++) {
      const block = blockAt(bytes, form.at + place)
      skips[block] = Math.min(skips[block] ?? 0, windowBytes - blockBytes - place)
    }
  }
  const add = (secret: string): void => {
    for (const form of encodingsOf(secret)) addForm(form)
  }
  for (const secret of secrets) add(secret)

  return {
    add,
    addForm,
    finds: (bytes) => finds(bytes, skips, byWindow),
    mayBeginAtEndOf: (bytes) => {
      const from = Math.max(0, bytes.length - longest + 1)
      for (let at = from; at + 4 <= bytes.length; at++)
        for (const form of byBeginning.get(beginningAt(bytes, at)) ?? [])
          if (bytes.compare(form, 0, bytes.length - at, at) === 0) return true
      return false
    },
  }
}

function finds(bytes: Buffer, skips: Uint8Array, byWindow: ReadonlyMap<number, readonly Form[]>): boolean {
  const last = bytes.length - windowBytes
  let at = 0
  while (at <= last) {
    const skip = skips[blockAt(bytes, at + windowBytes - blockBytes)] ?? 0
    if (skip > 0) {
      at += skip
      continue
    }
    for (const form of byWindow.get(windowAt(bytes, at)) ?? []) {
      const start = at - form.at
      const end = start + form.bytes.length
      if (start >= 0 && end <= bytes.length && bytes.compare(form.bytes, 0, form.bytes.length, start, end) === 0)
        return true
    }
    at++
  }
  return false
}

function rarestWindow(bytes: Buffer, byWindow: ReadonlyMap<number, readonly Form[]>): number {
  let best = 0
  let fewest = Number.POSITIVE_INFINITY
  const places = Math.min(bytes.length - windowBytes, windowPlaces)
  // From the end, as what is alike is mostly at the beginning.
  for (let place = 0; place <= places; place++) {
    const at = bytes.length - windowBytes - place
    const crowd = byWindow.get(windowAt(bytes, at))?.length ?? 0
    if (crowd === 0) return at
    if (crowd < fewest) [best, fewest] = [at, crowd]
  }
  return best
}

function blockAt(bytes: Buffer, at: number): number {
  return (((bytes[at] ?? 0) << 10) ^ ((bytes[at + 1] ?? 0) << 5) ^ (bytes[at + 2] ?? 0)) & (tableSize - 1)
}

/** Six bytes as a number below 2^48. */
function windowAt(bytes: Buffer, at: number): number {
  return bytes.readUIntBE(at, windowBytes)
}

function beginningAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at)
}

function bucket<Item>(map: Map<number, Item[]>, key: number): Item[] {
  let items = map.get(key)
  if (items === undefined) {
    items = []
    map.set(key, items)
  }
  return items
}
