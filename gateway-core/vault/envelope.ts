/**
 * The envelope around one generation of one secret: a data key of its own, wrapped by the vault's, both bound to the
 * secret's name, subject, generation and destinations. A row that was swapped, or whose destinations were edited, does
 * not open.
 */
import { randomBytes } from 'node:crypto'
import { keyBytes, lengthPrefixed, seal, unseal, zero, type VaultKeys } from './keys.js'

const formatVersion = 1
const wrappedBytes = 12 + keyBytes + 16

export interface EnvelopeIdentity {
  readonly vaultId: string
  readonly name: string
  /** Empty for the organization's value. */
  readonly subject: string
  readonly generation: number
  readonly destinations: readonly string[]
}

function boundTo(purpose: string, identity: EnvelopeIdentity): Buffer {
  const { vaultId, name, subject, generation, destinations } = identity
  return lengthPrefixed(
    `gatehouse secret ${formatVersion} ${purpose}`,
    vaultId,
    name,
    subject,
    generation,
    ...destinations,
  )
}

/** @returns format version, wrapped data key, sealed value */
export function sealSecret(keys: VaultKeys, identity: EnvelopeIdentity, value: string): Buffer {
  const dataKey = randomBytes(keyBytes)
  const plaintext = Buffer.from(value, 'utf8')
  try {
    return Buffer.concat([
      Buffer.of(formatVersion),
      seal(keys.wrap, dataKey, boundTo('key', identity)),
      seal(dataKey, plaintext, boundTo('value', identity)),
    ])
  } finally {
    zero(dataKey, plaintext)
  }
}

/** @throws Error where the envelope is not this identity's, or was changed */
export function openSecret(keys: VaultKeys, identity: EnvelopeIdentity, envelope: Uint8Array): string {
  if (envelope[0] !== formatVersion) throw new Error('the envelope has a format that is not known')
  const dataKey = unseal(keys.wrap, envelope.subarray(1, 1 + wrappedBytes), boundTo('key', identity))
  const plaintext = unseal(dataKey, envelope.subarray(1 + wrappedBytes), boundTo('value', identity))
  try {
    return plaintext.toString('utf8')
  } finally {
    zero(dataKey, plaintext)
  }
}
