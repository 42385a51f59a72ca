import { describe, expect, it } from 'vitest'
import { masked } from '../contract/mask-value.js'
import { createSecretScanner } from './secret-scanner.js'

const secret = 'p/ä s+wörd?&"q\\7'
const json = (text: string): string => JSON.stringify(text).slice(1, -1)

describe('the secret scanner', () => {
  const scanner = createSecretScanner([secret, 'plain-secret-1'])

  it.each<[string, string]>([
    ['as it is', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    [
      'percent-encoded in lower case',
      encodeURIComponent(secret).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    ],
    ['percent-encoded with a plus for a space', encodeURIComponent(secret).replaceAll('%20', '+')],
    ['in lower-case hex', Buffer.from(secret).toString('hex')],
    ['in upper-case hex', Buffer.from(secret).toString('hex').toUpperCase()],
    ['escaped in JSON', json(secret)],
    ['escaped in JSON within JSON', json(json(secret))],
  ])('finds a secret %s', (_, form) => {
    expect(scanner.mask(`before ${form} after`)).toBe('before **** after')
  })

  it.each(['', 'u', 'us', 'user:', 'longer user:', 'the longest user:'])(
    'finds a secret in base64 and base64url after %j',
    (before) => {
      for (const encoding of ['base64', 'base64url'] as const) {
        const text = Buffer.from(`${before}${secret}, and more`).toString(encoding)
        const core = Buffer.from(secret).toString(encoding).slice(4, 12)
        const shown = scanner.mask(`Basic ${text}`)
        expect(shown).toContain(masked)
        expect(shown).not.toContain(core)
        // Not even the borders give more than a few bits of the secret's first and last byte.
        const left = shown.replace('Basic ', '').split('****')
        const known = Buffer.from(left[0] ?? '', encoding).toString('latin1')
        expect(Buffer.from(before).toString('latin1').startsWith(known.slice(0, before.length))).toBe(true)
        expect(known.length).toBeLessThanOrEqual(before.length + 1)
      }
    },
  )

  it('finds every occurrence, and leaves the same string where there is none', () => {
    expect(scanner.mask('plain-secret-1 plain-secret-1,plain-secret-1')).toBe('**** ****,****')
    const harmless = 'plain-secret-2 and p/ä'
    expect(scanner.mask(harmless)).toBe(harmless)
  })

  it('leaves nothing of secrets that overlap, contain or follow each other', () => {
    const overlapping = createSecretScanner(['abcdef12', 'ef12345678', 'abcdef12345'])
    expect(overlapping.mask('(abcdef12345678)')).not.toMatch(/[a-f0-9]/)
    expect(overlapping.mask('(abcdef12345)')).toBe('(****)')
    expect(overlapping.mask('(abcdef12)(ef12345678)')).toBe('(****)(****)')
  })

  it('does not look for secrets that ordinary words could hold', () => {
    expect(createSecretScanner(['abcde']).mask('abcde')).toBe('abcde')
  })

  it('cuts an end that may be the beginning of a secret, only where the text was cut off', () => {
    expect(scanner.mask('before plain-sec', true)).toBe('before ****')
    expect(scanner.mask('before plain-sec', false)).toBe('before plain-sec')
    expect(scanner.mask('before plain-fact', true)).toBe('before plain-fact')
  })

  it('finds a secret that is added later', () => {
    const later = createSecretScanner()
    later.add('added-later')
    expect(later.mask('an added-later one')).toBe('an **** one')
  })

  it('takes no longer per text for a thousand secrets than for ten', () => {
    const text = 'The quick brown fox jumps over the lazy dog. '.repeat(2000)
    const random = (count: number): string[] => Array.from({ length: count }, () => crypto.randomUUID())
    const fastest = (count: number): number => {
      const measured = createSecretScanner(random(count))
      const times = Array.from({ length: 15 }, () => {
        const start = performance.now()
        measured.mask(text)
        return performance.now() - start
      })
      return Math.min(...times)
    }
    expect(fastest(1000)).toBeLessThan(fastest(10) * 20)
  })
})
