import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSecretDetector } from './secret-detector.js'
import { encodingsOf } from './secret-encodings.js'

const secret = 'p/ä s+wörd?&"q\\7'
const bytes = (text: string): Buffer => Buffer.from(text, 'utf8')

describe('the secret detector', () => {
  it('finds every encoding of a secret, at the beginning, the end and anywhere between', () => {
    const detector = createSecretDetector([secret])
    const forms = [...encodingsOf(secret)]
    expect(forms.length).toBeGreaterThan(10)
    for (const form of forms)
      for (let before = 0; before < 9; before++) {
        expect(detector.finds(bytes('x'.repeat(before) + form))).toBe(true)
        expect(detector.finds(bytes(`${'x'.repeat(before)}${form}${'y'.repeat(before)}`))).toBe(true)
      }
  })

  it('finds none where there is none, nor a part of one', () => {
    const detector = createSecretDetector([secret, 'plain-secret-1'])
    for (const text of ['', 'short', 'plain-secret-2', 'lain-secret-1', 'plain-secret-', 'p/ä s+wörd'])
      expect(detector.finds(bytes(text))).toBe(false)
  })

  it('finds each of many that begin alike, in a text of random bytes too', () => {
    const vendorKeys = Array.from({ length: 500 }, () => `sk-vendor-api03-${randomBytes(12).toString('base64url')}`)
    const detector = createSecretDetector(vendorKeys)
    const noise = randomBytes(20_000).toString('base64')
    expect(detector.finds(bytes(`${noise}sk-vendor-api03-`))).toBe(false)
    for (const key of vendorKeys.slice(0, 50)) expect(detector.finds(bytes(noise + key + noise))).toBe(true)
  })

  it('finds bytes that are no UTF-8 no obstacle', () => {
    const detector = createSecretDetector(['plain-secret-1'])
    expect(detector.finds(Buffer.concat([Buffer.from([0xff, 0xc3]), bytes('plain-secret-1'), Buffer.from([0xe2])]))).toBe(true) // prettier-ignore
  })

  it('finds an end that may be the beginning of a secret', () => {
    const detector = createSecretDetector(['plain-secret-1'])
    expect(detector.mayBeginAtEndOf(bytes('so plain-sec'))).toBe(true)
    expect(detector.mayBeginAtEndOf(bytes('so plai'))).toBe(true)
    expect(detector.mayBeginAtEndOf(bytes('so pla'))).toBe(false)
    expect(detector.mayBeginAtEndOf(bytes('so plain-fact'))).toBe(false)
  })

  it('takes what is added later', () => {
    const detector = createSecretDetector([])
    detector.add('added-later')
    expect(detector.finds(bytes('an added-later one'))).toBe(true)
  })
})
