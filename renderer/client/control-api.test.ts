import { describe, expect, it } from 'vitest'
import { describeProblem } from './control-api.js'

describe('describeProblem', () => {
  it('gives the detail, each field, and the fix', () => {
    const problem = {
      title: 'The input is not valid.',
      detail: 'The server cannot be saved.',
      errors: [{ path: 'url', message: 'expected an absolute URL' }],
      fix: 'Write it with https://.',
    }
    expect(describeProblem(422, JSON.stringify(problem))).toBe(
      'The server cannot be saved. url: expected an absolute URL Write it with https://.',
    )
  })

  it('falls back on the title', () => {
    expect(describeProblem(503, JSON.stringify({ title: 'The vault is locked.' }))).toBe('The vault is locked.')
  })

  it.each(['', '<html>', 'null', '"title"'])('names the status where %j is no problem document', (text) => {
    expect(describeProblem(502, text)).toBe('The gateway answered 502.')
  })
})
