import { describe, expect, it } from 'vitest'
import { addRuns, bitsOf, holdsBits, signatureBytes } from './text-signature.js'

const said = JSON.stringify({
  tool: 'create_Issue',
  text: JSON.stringify({ path: 'C:\\temp\\x', line: 'first\nsecond', 名前: '検索エラー' }),
  size: 'GRÖSSE',
})
const signature = new Uint8Array(signatureBytes)
addRuns(signature, Buffer.from(said, 'utf8'))

describe('a signature of a text', () => {
  it.each(['create_issue', 'E_ISS', '検索エラー', '"path":"C:\\temp', 'first\nsecond', 'größse', said])(
    'lets through what it holds: %j',
    (text) => {
      expect(holdsBits(signature, bitsOf(text))).toBe(true)
    },
  )

  it.each(['create_pull', 'nothing of it', '検索できない', 'first\nthird'])(
    'rules out what it does not: %j',
    (text) => {
      expect(holdsBits(signature, bitsOf(text))).toBe(false)
    },
  )

  it('cannot tell of a short one', () => {
    expect(bitsOf('iss')).toEqual([])
    expect(bitsOf('"is\\"')).toEqual([])
  })
})
