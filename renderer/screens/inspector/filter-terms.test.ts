import { describe, expect, it } from 'vitest'
import { faultOf, quoted, suggestionsFor, termsOf, withTerms } from './filter-terms.js'

describe('termsOf', () => {
  it('takes a filter apart as it was written', () => {
    expect(termsOf('verdict:deny  -tool:"a b" some text')).toEqual(['verdict:deny', '-tool:"a b"', 'some', 'text'])
    expect(termsOf('  ')).toEqual([])
  })

  it('keeps a filter that is wrong in one piece', () => {
    expect(termsOf('colour:red tool:x')).toEqual(['colour:red tool:x'])
    expect(faultOf('tool:x colour:red')?.position).toBe(7)
  })

  it('says nothing twice', () => {
    expect(withTerms(['tool:x'], 'tool:x status:4xx')).toBe('tool:x status:4xx')
  })
})

describe('suggestionsFor', () => {
  const known = { server: ['github', 'git hub "x"'], verdict: ['allow', 'deny'] }

  it('goes on with fields, then with their values', () => {
    expect(suggestionsFor('ver', known)).toEqual(['verdict:'])
    expect(suggestionsFor('tool:x -se', known)).toEqual(['tool:x -server:'])
    expect(suggestionsFor('tool:x verdict:', known)).toEqual(['tool:x verdict:allow', 'tool:x verdict:deny'])
    expect(suggestionsFor('nothing:x', known)).toEqual([])
  })

  it('quotes what would not be one value otherwise, so that it is found again', () => {
    expect(suggestionsFor('server:git', known)).toEqual(['server:github', String.raw`server:"git hub \"x\""`])
    expect(faultOf(`server:${quoted('a,b "c" \\ d')}`)).toBeUndefined()
  })
})
