import { describe, expect, it } from 'vitest'
import { createLineSplitter } from './split-lines.js'

function split(chunks: Iterable<Buffer>, maxBytes = 1024): { lines: string[]; tooLong: number } {
  const seen = { lines: [] as string[], tooLong: 0 }
  const push = createLineSplitter(maxBytes, {
    line: (text) => void seen.lines.push(text),
    tooLong: () => void seen.tooLong++,
  })
  for (const chunk of chunks) push(chunk)
  return seen
}

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

describe('lines', () => {
  const text = 'first\n\nü€😀 third\nfourth\r\nnot yet over'

  it.each([1, 2, 3, 5, 7, 100])('are the same in chunks of %i bytes', (size) => {
    expect(split(pieces(Buffer.from(text), size))).toEqual({
      lines: ['first', '', 'ü€😀 third', 'fourth\r'],
      tooLong: 0,
    })
  })

  it('are not changed by a chunk that its owner uses again', () => {
    const chunk = Buffer.from('abc')
    const lines: string[] = []
    const push = createLineSplitter(10, { line: (line) => void lines.push(line), tooLong: () => undefined })
    push(chunk)
    chunk.write('xyz\n')
    push(Buffer.from('\n'))
    expect(lines).toEqual(['abc'])
  })

  it('cost as much as they are long, in however many chunks: 10 MiB in 200 000', () => {
    const line = Buffer.from(`${'x'.repeat(10 * 1024 * 1024)}\n`)
    const { lines } = split(pieces(line, 53), line.length)
    expect(lines.map(({ length }) => length)).toEqual([line.length - 1])
  })

  it.each([1, 4, 64])('end at one that is too long, in chunks of %i bytes', (size) => {
    expect(split(pieces(Buffer.from('12345678\n123456789\nafter\n'), size), 8)).toEqual({
      lines: ['12345678'],
      tooLong: 1,
    })
  })

  it('end at one that is too long before its end has come', () => {
    expect(split([Buffer.from('12345'), Buffer.from('6789'), Buffer.from('\nafter\n')], 8)).toEqual({
      lines: [],
      tooLong: 1,
    })
  })
})
