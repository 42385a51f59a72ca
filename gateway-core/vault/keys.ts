/**
 * The keys of a vault. One master key, from which each other key is derived for one purpose, so that none can stand in
 * for another.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

export const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16

export interface VaultKeys {
  /** Encrypts the database file. */
  readonly database: Buffer
  /** Wraps the data key of each secret. */
  readonly wrap: Buffer
  /** Authenticates the manifest and the slot file. */
  readonly mac: Buffer
}

/** @see [RFC 5869](https://www.rfc-editor.org/rfc/rfc5869.html) */
export function deriveKeys(masterKey: Buffer, vaultId: string): VaultKeys {
  const derive = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', masterKey, Buffer.from(vaultId, 'utf8'), `gatehouse vault 1 ${purpose}`, keyBytes))
  return { database: derive('database'), wrap: derive('wrap'), mac: derive('mac') }
}

export function zero(...keys: readonly Uint8Array[]): void {
  for (const key of keys) key.fill(0)
}

/** Joins parts so that no two different lists of parts give the same bytes: each is preceded by its length. */
export function lengthPrefixed(...parts: readonly (string | number | Uint8Array)[]): Buffer {
  const pieces: Buffer[] = []
  for (const part of parts) {
    const bytes = typeof part === 'object' ? Buffer.from(part) : Buffer.from(String(part), 'utf8')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    pieces.push(length, bytes)
  }
  return Buffer.concat(pieces)
}

/**
 * AES-256-GCM with a random nonce. Each key that is used here seals once, or wraps few keys, so that a random 96-bit
 * nonce does not repeat.
 *
 * @returns nonce, ciphertext, tag
 */
export function seal(key: Buffer, plaintext: Uint8Array, boundTo: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(boundTo)
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** @throws Error where the key is another, the bytes were changed, or they were bound to something else */
export function unseal(key: Buffer, sealed: Uint8Array, boundTo: Buffer): Buffer {
  if (sealed.length < nonceBytes + tagBytes) throw new Error('the sealed bytes are too short')
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(boundTo)
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes))
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes)), decipher.final()])
}
