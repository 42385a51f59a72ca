import { describe, expect, it } from 'vitest'
import { en } from './en.js'
import { formatBytes, formatDuration, formatRelative } from './format.js'
import { pseudoOf } from './pseudo.js'

describe('the catalogue', () => {
  it('becomes longer in the pseudo language, with its placeholders as they are', () => {
    const pseudo = pseudoOf({ a: { b: 'Copy {{what}} <code>x</code>' } })
    const text = (pseudo['a'] as { b: string }).b
    expect(text).toMatch(/^\[.*\{\{what\}\}.*<code>.*<\/code>.*\]$/)
    expect(text).not.toContain('Copy')
    expect(text.length).toBeGreaterThan('Copy {{what}} <code>x</code>'.length * 1.3)
  })

  it('has both forms of every plural', () => {
    const leaves = (value: object, path = ''): string[] =>
      Object.entries(value).flatMap(([key, below]) =>
        typeof below === 'string' ? [`${path}${key}`] : leaves(below as object, `${path}${key}.`),
      )
    const keys = new Set(leaves(en))
    const lonely = [...keys].filter(
      (key) =>
        /_(one|other)$/.test(key) &&
        !keys.has(key.replace(/_(one|other)$/, (_all, form) => (form === 'one' ? '_other' : '_one'))),
    )
    expect(lonely).toEqual([])
  })
})

describe('numbers and times', () => {
  it.each([
    [0.42, '0.4 ms'],
    [312.4, '312 ms'],
    [1_250, '1.3 s'],
    [64_000, '64 s'],
  ])('%f ms is shown as %s', (durationMs, shown) => expect(formatDuration(durationMs)).toBe(shown))

  it('shows sizes with binary units', () => {
    expect([formatBytes(12), formatBytes(2048), formatBytes(3.5 * 1024 * 1024)]).toEqual(['12 B', '2 KiB', '3.5 MiB'])
  })

  it('says how long ago something was', () => {
    expect(formatRelative('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:05:00Z'))).toBe('5 min. ago')
  })
})
