/** Secrets that are planted to be searched for, in the forms in which a leak could hide them. */
import { randomBytes } from 'node:crypto'

export interface Canary {
  readonly label: string
  readonly value: string
}

/** A value that occurs nowhere else: 30 letters and digits, and characters that encodings change. */
export function plantCanary(label: string): Canary {
  return { label, value: `cnry/${randomBytes(12).toString('hex')}+~z` }
}

/** The eight encodings, as text; one of them, UTF-16, is for files. */
export const encodings: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  base64: (value) => Buffer.from(value).toString('base64'),
  base64url: (value) => Buffer.from(value).toString('base64url'),
  hex: (value) => Buffer.from(value).toString('hex'),
  'upper-case hex': (value) => Buffer.from(value).toString('hex').toUpperCase(),
  'percent-encoded': (value) => encodeURIComponent(value),
  'JSON escapes': (value) =>
    [...value].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'UTF-16': (value) => Buffer.from(value, 'utf16le').toString('latin1'),
}

/** Forms to search for. Base64 has three, as a value may begin at any of three offsets; its edges are cut off. */
function needles({ value }: Canary): readonly (readonly [string, Buffer])[] {
  const found: [string, Buffer][] = Object.entries(encodings).map(([name, encode]) => [
    name,
    Buffer.from(encode(value), 'latin1'),
  ])
  for (const offset of [1, 2]) {
    const shifted = Buffer.from(`${'x'.repeat(offset)}${value}`).toString('base64')
    found.push([`base64 at offset ${offset}`, Buffer.from(shifted.slice(4, -4))])
  }
  found.push([
    'every byte percent-encoded',
    Buffer.from([...Buffer.from(value)].map((b) => `%${b.toString(16)}`).join('')),
  ])
  return found
}

/** @returns `label in encoding` for every canary that the bytes hold in any form */
export function findCanaries(bytes: Buffer | string, canaries: readonly Canary[]): readonly string[] {
  const asIs = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  // JSON within JSON doubles the backslashes, at each level again.
  const unescaped = Buffer.from(asIs.toString('latin1').replace(/\\{2,}/g, '\\'), 'latin1')
  return canaries.flatMap((canary) =>
    needles(canary)
      .filter(([, needle]) => asIs.includes(needle) || unescaped.includes(needle))
      .map(([name]) => `${canary.label} in ${name}`),
  )
}
