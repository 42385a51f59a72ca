import { describe, expect, it } from 'vitest'
import { createStderrReader } from './read-stderr.js'
import { createRecentLines } from './recent-lines.js'

function reader(secrets: readonly string[] = []) {
  const recent = createRecentLines(200, secrets)
  const told: string[] = []
  const clock = { nowMs: 0 }
  const stderr = createStderrReader(
    recent,
    (line) => void told.push(line),
    () => clock.nowMs,
  )
  return { told, clock, lines: recent.lines, end: stderr.end, push: (text: string) => stderr.push(Buffer.from(text)) }
}

describe('lines of standard error', () => {
  it('are put together from chunks, and the last need not end', () => {
    const { push, end, lines, told } = reader()
    push('on')
    push('e\ntwo\nthr')
    push('ee')
    expect(lines()).toEqual(['one', 'two'])
    end()
    end()
    expect(lines()).toEqual(['one', 'two', 'three'])
    expect(told).toEqual(lines())
  })

  it('are kept up to the last 200', () => {
    const { push, lines } = reader()
    for (let n = 0; n < 450; n++) push(`line ${n}\n`)
    expect(lines()).toEqual(Array.from({ length: 200 }, (_, n) => `line ${n + 250}`))
  })

  it('are the last 200 of one chunk, without what was begun before', () => {
    const { push, lines } = reader()
    push('begun')
    push(`${Array.from({ length: 1000 }, (_, n) => `line ${n}\n`).join('')}next`)
    push(' line\n')
    expect(lines()).toHaveLength(200)
    expect(lines()[0]).toBe('line 801')
    expect(lines().slice(-2)).toEqual(['line 999', 'next line'])
  })

  it('join what was begun where a chunk has exactly 200', () => {
    const { push, lines } = reader()
    push('begun ')
    push(Array.from({ length: 200 }, (_, n) => `line ${n}\n`).join(''))
    expect(lines()[0]).toBe('begun line 0')
  })

  it('are cut at 2 KB, between characters, in one chunk and in many', () => {
    for (const size of [1, 1000, 10_000]) {
      const { push, lines } = reader()
      const text = `${'x'.repeat(2047)}€${'y'.repeat(3000)}\n`
      for (let start = 0; start < text.length; start += size) push(text.slice(start, start + size))
      expect(lines()).toEqual([`${'x'.repeat(2047)}…`])
    }
  })

  it('are told up to 200 in a second', () => {
    const { push, told, clock } = reader()
    for (let n = 0; n < 1000; n++) push(`line ${n}\n`)
    expect(told).toHaveLength(201)
    expect(told.at(-1)).toMatch(/more lines/)
    clock.nowMs = 1000
    push('later\n')
    expect(told.at(-1)).toBe('later')
  })

  it('have no control characters and no secrets', () => {
    const { push, lines } = reader(['hunter22', 'say "hi"', 'first line\nsecond line', 'abc'])
    push('\u001b[31mred\u001b[0m\u0007\ttab hunter22hunter22 abc\r\n')
    push('{"a":"say \\"hi\\""} say "hi"\nsecond line of it\n')
    expect(lines()).toEqual(['red\ttab ******** abc', '{"a":"****"} ****', '**** of it'])
  })

  it('have no part of a secret where they were cut', () => {
    const { push, lines } = reader(['hunter22'])
    push(`${'x'.repeat(2043)}hunter22\n`)
    expect(lines()).toEqual([`${'x'.repeat(2043)}…`])
  })
})
