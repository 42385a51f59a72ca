import { describe, expect, it } from 'vitest'
import { formatBody, formatDuration } from './format.js'

describe('formatDuration', () => {
  it.each([
    [0, '0.0 ms'],
    [1.26, '1.3 ms'],
    [312.4, '312 ms'],
    [1_500, '1.5 s'],
    [61_000, '61 s'],
  ])('writes %d ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text)
  })
})

describe('formatBody', () => {
  it('lays out JSON', () => {
    expect(formatBody('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}')
  })

  it('leaves anything else as it is', () => {
    expect(formatBody('{"a":')).toBe('{"a":')
  })
})
