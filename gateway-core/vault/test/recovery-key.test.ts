import { describe, expect, it } from 'vitest'
import { createRecoveryKey, parseRecoveryKey } from '../recovery-key.js'

describe('the recovery key', () => {
  it('is eight groups of five from an alphabet without I, L, O and U', () => {
    expect(createRecoveryKey()).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}$/)
  })

  it('holds 160 bits, other ones each time', () => {
    const keys = Array.from({ length: 50 }, () => parseRecoveryKey(createRecoveryKey()))
    expect(keys.every((key) => key.length === 20)).toBe(true)
    expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(50)
  })

  it('is read in lower case, without hyphens, with spaces, and with o, i and l for 0 and 1', () => {
    const key = createRecoveryKey()
    const typed = key.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replace('1', 'l').replaceAll('1', 'i')
    expect(parseRecoveryKey(typed)).toEqual(parseRecoveryKey(key))
  })

  it('is refused as mistyped when any one character is another', () => {
    const key = createRecoveryKey()
    for (let index = 0; index < key.length; index++) {
      if (key[index] === '-') continue
      const typo = key.slice(0, index) + (key[index] === '7' ? '8' : '7') + key.slice(index + 1)
      expect(() => parseRecoveryKey(typo), `the typo ${typo}`).toThrow(
        expect.objectContaining({ code: 'vault_wrong_key' }),
      )
    }
  })

  it.each(['', 'passphrase', 'U'.repeat(40), createRecoveryKey().slice(0, -1)])('is refused when it is %j', (text) => {
    expect(() => parseRecoveryKey(text)).toThrow(expect.objectContaining({ code: 'vault_wrong_key' }))
  })
})
