/**
 * Which runs of four bytes occur in a text, as one bit for each of their hashes: a text whose runs are not all there is
 * not in it. Letters of ASCII count in lower case. A bit may be set for another run, so what may be there is looked at.
 */

export const signatureBytes = 16_384
const runBytes = 4
/** Of a 32-bit hash, what is left is a bit's place in the signature. */
const hashShift = 15
const goldenRatio = 0x9e3779b1

/** Adds the runs of a text, UTF-8. */
export function addRuns(signature: Uint8Array, text: Uint8Array): void {
  let run = 0
  for (let i = 0; i < text.length; i++) {
    run = (run << 8) | lowerCased(text[i] ?? 0)
    if (i < runBytes - 1) continue
    const bit = placeOf(run)
    const at = bit >>> 3
    signature[at] = (signature[at] ?? 0) | (1 << (bit & 7))
  }
}

/** Places of the bits that a text sets, without those in which it may be written in another way. Empty for a short one. */
export function bitsOf(text: string): readonly number[] {
  const bits = new Set<number>()
  for (const piece of text.split(writtenInOtherWays)) {
    const bytes = Buffer.from([...piece].map((character) => (hasCases(character) ? '\n' : character)).join(''), 'utf8')
    for (let end = runBytes; end <= bytes.length; end++) {
      const run = bytes.subarray(end - runBytes, end)
      if (!run.includes(0x0a)) bits.add(placeOf(run.reduce((value, byte) => (value << 8) | lowerCased(byte), 0)))
    }
  }
  return [...bits]
}

export function holdsBits(signature: Uint8Array, bits: readonly number[]): boolean {
  return bits.every((bit) => ((signature[bit >>> 3] ?? 0) & (1 << (bit & 7))) !== 0)
}

/** Quotes, backslashes and control characters are escaped within JSON, and more often in JSON within JSON. */
const writtenInOtherWays = /["\\\p{Cc}\ufffd]/u

/** Beyond ASCII, whose cases are one here. */
function hasCases(character: string): boolean {
  return character > '\u007f' && character.toLowerCase() !== character.toUpperCase()
}

function lowerCased(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}

function placeOf(run: number): number {
  return Math.imul(run, goldenRatio) >>> hashShift
}
