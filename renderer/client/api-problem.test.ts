import { describe, expect, it } from 'vitest'
import { problemOf } from './api-problem.js'

const answered = {
  type: 'about:blank',
  title: 'The input is not valid.',
  status: 422,
  code: 'invalid_input',
  errors: [{ path: 'url', message: 'expected an absolute http: or https: URL' }],
}

describe('problemOf', () => {
  it('reads a problem document, and finds what is wrong with a field', () => {
    const problem = problemOf(answered, 422)
    expect(problem).toMatchObject({ code: 'invalid_input', status: 422, message: 'The input is not valid.' })
    expect(problem.fieldError('url')).toBe('expected an absolute http: or https: URL')
    expect(problem.fieldError('name')).toBeUndefined()
  })

  it('tells a gateway that is not there from one that answered something else', () => {
    expect(problemOf(new TypeError('Failed to fetch'), 0).code).toBe('no_answer')
    expect(problemOf('<html>', 502)).toMatchObject({ code: 'internal', status: 502 })
  })

  it('leaves a problem as it is', () => {
    const problem = problemOf(answered, 422)
    expect(problemOf(problem, 500)).toBe(problem)
  })
})
