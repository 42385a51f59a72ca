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
    return [{ path: dottedPath(path), message: issue.message }]
  })
}

/** `['a', 'b', 0, 'c']` as `a.b[0].c`. */
export function dottedPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')
}
