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
  it.each([
    'create_issue',
    'E_ISS',
    'iss',
    'xT',
    '検索エラー',
    '検',
    '"path":"C:\\temp',
    'first\nsecond',
    'größse',
    said,
  ])('lets through what it holds: %j', (text) => {
    expect(holdsBits(signature, bitsOf(text))).toBe(true)
  })

  it.each(['create_pull', 'nothing of it', '検索できない', 'first\nthird', 'zqx', '~~', 'q\n~~'])(
    'rules out what it does not: %j',
    (text) => {
      expect(holdsBits(signature, bitsOf(text))).toBe(false)
    },
  )

  it('cannot tell of one character', () => {
    expect(bitsOf('i')).toEqual([])
    expect(bitsOf('"i\\"ß')).toEqual([])
  })

  it('of before there were shorter runs rules out by runs of four only', () => {
    const older = signature.subarray(0, signatureBytes / 2)
    for (const text of ['~~', 'zqx', 'create_issue']) expect(holdsBits(older, bitsOf(text))).toBe(true)
    expect(holdsBits(older, bitsOf('create_pull'))).toBe(false)
  })
})
