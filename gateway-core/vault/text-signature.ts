/**
 * Which runs of four, three and two bytes occur in a text, as one bit for each of their hashes: a text whose runs are not
 * all there is not in it. Letters of ASCII count in lower case. A bit may be set for another run, so what may be there is
 * looked at. Signatures of before there were shorter runs hold those of four only.
 */

export const signatureBytes = 32_768
const maxRun = 4
/** In bits, where the runs of three and of two bytes begin; before them are those of four. */
const threesAt = 131_072
const twosAt = 196_608
const goldenRatio = 0x9e3779b1

/** Adds the runs of a text, UTF-8. */
export function addRuns(signature: Uint8Array, text: Uint8Array): void {
  let run = 0
  for (let i = 0; i < text.length; i++) {
    run = (run << 8) | lowerCased(text[i] ?? 0)
    if (i < 1) continue
    setBit(signature, twosAt + (run & 0xffff))
    if (i < 2) continue
    setBit(signature, placeOfThree(run))
    if (i >= maxRun - 1) setBit(signature, placeOfFour(run))
  }
}

function setBit(signature: Uint8Array, bit: number): void {
  const at = bit >>> 3
  signature[at] = (signature[at] ?? 0) | (1 << (bit & 7))
}

/**
 * Places of the bits that a text sets, by the longest runs that it has, without those in which it may be written in
 * another way. Empty for a text of one character.
 */
export function bitsOf(text: string): readonly number[] {
  const bits = new Set<number>()
  for (const piece of text.split(writtenInOtherWays))
    for (const part of partsWithoutCases(piece)) {
      const bytes = Buffer.from(part, 'utf8').map(lowerCased)
      const length = Math.min(maxRun, bytes.length)
      for (let end = length; length > 1 && end <= bytes.length; end++)
        bits.add(placeOf(bytes.subarray(end - length, end)))
    }
  return [...bits]
}

/** @param run of two to four bytes */
function placeOf(run: Uint8Array): number {
  const value = run.reduce((number, byte) => (number << 8) | byte, 0)
  if (run.length === 2) return twosAt + value
  return run.length === 3 ? placeOfThree(value) : placeOfFour(value)
}

export function holdsBits(signature: Uint8Array, bits: readonly number[]): boolean {
  return bits.every((bit) => {
    const byte = signature[bit >>> 3]
    return byte === undefined || (byte & (1 << (bit & 7))) !== 0
  })
}

/** Quotes, backslashes and control characters are escaped within JSON, and more often in JSON within JSON. */
const writtenInOtherWays = /["\\\p{Cc}\ufffd]/u

/** The text between letters beyond ASCII that have a case. */
function partsWithoutCases(piece: string): readonly string[] {
  return [...piece]
    .map((character) => (hasCases(character) ? '\n' : character))
    .join('')
    .split('\n')
}

/** Beyond ASCII, whose cases are one here. */
function hasCases(character: string): boolean {
  return character > '\u007f' && character.toLowerCase() !== character.toUpperCase()
}

function lowerCased(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}

function placeOfFour(run: number): number {
  return Math.imul(run, goldenRatio) >>> 15
}

function placeOfThree(run: number): number {
  return threesAt + (Math.imul(run & 0xffffff, goldenRatio) >>> 16)
}
