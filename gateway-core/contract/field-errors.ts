/** Turns what a schema found into field errors: where it is, and what was expected there. */
import type { z } from 'zod'
import type { FieldError } from './errors.js'

type Issue = z.core.$ZodIssue

/**
 * Lists a schema's issues as field errors. An unknown key is named in the path; of a union, the branch that the input
 * was meant for (the one with the fewest issues) is told.
 */
export function fieldErrors(issues: readonly Issue[], at: readonly PropertyKey[] = []): readonly FieldError[] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path]
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: dottedPath([...path, key]), message: 'unknown key' }))
    if (issue.code === 'invalid_union') {
      const nearest = [...issue.errors].sort((a, b) => a.length - b.length)[0]
      if (nearest !== undefined && nearest.length > 0) return fieldErrors(nearest, path)
    }
    return [{ path: dottedPath(path), message: messageOf(issue) }]
  })
}

const expectedNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

/** What the schema says, and in the words of the others where it says nothing of its own. */
function messageOf(issue: Issue): string {
  if (!/^Invalid (?:input|option)\b/.test(issue.message)) return issue.message
  if (issue.code === 'invalid_type') return `expected ${expectedNames[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value')
    return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
  return issue.message
}

/** `['a', 'b', 0, 'c']` as `a.b[0].c`. */
export function dottedPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')
}
