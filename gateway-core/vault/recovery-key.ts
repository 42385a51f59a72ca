/**
 * The recovery key as it is printed: 160 random bits and a checksum, in groups of letters and digits that are not
 * mistaken for each other.
 */
import { createHash, randomBytes } from 'node:crypto'
import { GatewayError } from '../contract/errors.js'

/** Crockford's base 32: no I, L, O or U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const secretBytes = 20
const checksumBytes = 5
const groupLength = 5

export function createRecoveryKey(): string {
  const secret = randomBytes(secretBytes)
  const text = encode(Buffer.concat([secret, checksum(secret)]))
  return (text.match(new RegExp(`.{1,${groupLength}}`, 'g')) ?? []).join('-')
}

/**
 * @returns the key's bytes
 * @throws GatewayError `vault_wrong_key` where the text is no recovery key, or was mistyped
 */
export function parseRecoveryKey(text: string): Buffer {
  const bytes = decode(text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1'))
  const secret = bytes?.subarray(0, secretBytes)
  if (bytes === undefined || secret === undefined || !checksum(secret).equals(bytes.subarray(secretBytes)))
    throw new GatewayError('vault_wrong_key', {
      detail: 'This is not a recovery key of Gatehouse, or it was mistyped.',
      fix: 'Compare it with the printed one, group by group.',
    })
  return secret
}

function checksum(secret: Buffer): Buffer {
  return createHash('sha256').update('gatehouse recovery key').update(secret).digest().subarray(0, checksumBytes)
}

function encode(bytes: Buffer): string {
  let bits = ''
  for (const byte of bytes) bits += byte.toString(2).padStart(8, '0')
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('')
}

function decode(text: string): Buffer | undefined {
  if (text.length !== ((secretBytes + checksumBytes) * 8) / 5) return undefined
  let bits = ''
  for (const letter of text) {
    const value = alphabet.indexOf(letter)
    if (value < 0) return undefined
    bits += value.toString(2).padStart(5, '0')
  }
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)))
}
