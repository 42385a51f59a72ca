import { describe, expect, it } from 'vitest'
import { openSecret, sealSecret, type EnvelopeIdentity } from '../envelope.js'
import { lengthPrefixed } from '../keys.js'
import { fixtureKeys, fixtureVaultId } from './vault-fixture.js'

const identity: EnvelopeIdentity = {
  vaultId: fixtureVaultId,
  name: 'token',
  subject: 'ada',
  generation: 3,
  destinations: ['https://a.example'],
}

/** What the cipher says. */
const notAuthentic = 'unable to authenticate data'
const refused = /unable to authenticate data|the sealed bytes are too short|has a format that is not known/

describe('the envelope around a secret', () => {
  const keys = fixtureKeys()

  it('gives the value back to the identity that it was sealed for', () => {
    expect(openSecret(keys, identity, sealSecret(keys, identity, 'pässword'))).toBe('pässword')
  })

  it.each<[string, Partial<EnvelopeIdentity>]>([
    ['another vault', { vaultId: 'ffffffffffffffffffffffffffffffff' }],
    ['another name', { name: 'other' }],
    ['another subject', { subject: '' }],
    ['another generation', { generation: 4 }],
    ['another destination', { destinations: ['https://b.example'] }],
    ['one destination more', { destinations: ['https://a.example', 'https://b.example'] }],
    ['no destination', { destinations: [] }],
    ['fields that run into each other', { name: 'toke', subject: 'nada' }],
  ])('does not open for %s', (_, change) => {
    const envelope = sealSecret(keys, identity, 'value')
    expect(() => openSecret(keys, { ...identity, ...change }, envelope)).toThrow(notAuthentic)
  })

  it('does not open with any one bit changed, or any byte missing at its end', () => {
    const envelope = sealSecret(keys, identity, 'value')
    for (let bit = 0; bit < envelope.length * 8; bit++) {
      const changed = Buffer.from(envelope)
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      expect(() => openSecret(keys, identity, changed), `bit ${bit}`).toThrow(refused)
    }
    for (let length = 0; length < envelope.length; length++)
      expect(() => openSecret(keys, identity, envelope.subarray(0, length)), `length ${length}`).toThrow(refused)
  })

  it('never seals two values under one data key or nonce', () => {
    const sealed = Array.from({ length: 100 }, () => sealSecret(keys, identity, 'value'))
    expect(new Set(sealed.map((bytes) => bytes.subarray(1, 13).toString('hex'))).size).toBe(100)
    expect(new Set(sealed.map((bytes) => bytes.subarray(61, 73).toString('hex'))).size).toBe(100)
  })

  it('tells lists of parts apart wherever their borders are', () => {
    expect(lengthPrefixed('ab', 'c')).not.toEqual(lengthPrefixed('a', 'bc'))
    expect(lengthPrefixed('a', '')).not.toEqual(lengthPrefixed('a'))
  })
})
