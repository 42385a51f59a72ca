/** Says what a schema found wrong in words for the person who wrote the file. Never quotes a value that may be a secret. */
import type { z } from 'zod'
import type { FieldError } from '../contract/errors.js'
import { dottedPath } from '../contract/field-errors.js'
import { knownKeys, type SchemaRoot } from './schema-guide.js'

type Issue = z.core.$ZodIssue
const maxListedKeys = 24

/**
 * Lists every issue as a field error without a line: the path, what was expected, and what kind of thing was found.
 *
 * @param value what was checked
 */
export function describeIssues(issues: readonly Issue[], value: unknown, from: SchemaRoot = 'profile'): FieldError[] {
  return issues.flatMap((issue) => describe(issue, [], value, from))
}

function describe(issue: Issue, at: readonly PropertyKey[], root: unknown, from: SchemaRoot): FieldError[] {
  const path = [...at, ...issue.path]
  const found = valueAt(root, path)
  const one = (message: string): FieldError[] => [{ path: dottedPath(path), message }]
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = knownKeys(path, root, from)
      return issue.keys.map((key) => ({ path: dottedPath([...path, key]), message: unknownKey(key, known) }))
    }
    case 'invalid_key':
      return issue.issues.flatMap((inner) => one(`${inner.message}; found "${String(path.at(-1))}"`))
    case 'invalid_union':
      return describeUnion(issue, path, root, from)
    case 'invalid_value':
      if (!isDefaultMessage(issue)) return one(withFound(issue.message, found))
      return one(oneOf(issue.values.map(String), found))
    case 'invalid_type':
      return one(withFound(isDefaultMessage(issue) ? `expected ${kindName(issue.expected)}` : issue.message, found))
    case 'too_small':
    case 'too_big':
      return one(isDefaultMessage(issue) ? describeSize(issue, found) : issue.message)
    default:
      return one(issue.message)
  }
}

type UnionIssue = Extract<Issue, { code: 'invalid_union' }>

function describeUnion(issue: UnionIssue, path: readonly PropertyKey[], root: unknown, from: SchemaRoot): FieldError[] {
  const found = valueAt(root, path)
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : undefined
  if (options !== undefined) return [{ path: dottedPath(path), message: oneOf(options, found) }]
  if (!isDefaultMessage(issue)) return [{ path: dottedPath(path), message: withFound(issue.message, found) }]
  // The branch that was meant is the one whose kind is right; where none is, every kind is told.
  const meant = issue.errors.find(
    (errors) => !errors.some((inner) => inner.path.length === 0 && inner.code === 'invalid_type'),
  )
  if (meant !== undefined) return meant.flatMap((inner) => describe(inner, path, root, from))
  const kinds = issue.errors.flatMap((errors) =>
    errors.flatMap((inner) => {
      if (inner.code !== 'invalid_type') return []
      return [isDefaultMessage(inner) ? kindName(inner.expected) : inner.message.replace(/^expected /, '')]
    }),
  )
  return [{ path: dottedPath(path), message: withFound(`expected ${kinds.join(' or ')}`, found) }]
}

/** Names an unknown key, the known one that it most resembles, and the known ones where they are few. */
function unknownKey(key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known)
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`
  const list = known.length > 0 && known.length <= maxListedKeys ? `; known keys: ${known.join(', ')}` : ''
  return `unknown key "${key}"${hint}${list}`
}

/** Says which values are taken, and which was found where it looks like a word. */
export function oneOf(values: readonly string[], found: unknown): string {
  const list = values.map((value) => `"${value}"`).join(', ')
  const expected = values.length === 1 ? `expected ${list}` : `expected one of ${list}`
  if (typeof found !== 'string' || !/^[A-Za-z0-9 _.-]{1,32}$/.test(found)) return withFound(expected, found)
  const nearest = nearestName(found, values)
  return `${expected}; found "${found}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`
}

function withFound(expected: string, found: unknown): string {
  if (found === undefined) return `missing: ${expected}`
  return `${expected}; found ${foundKind(found)}`
}

/** The kind of a value, and the value itself only where it cannot be a secret. */
function foundKind(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return 'a number'
  return typeof value === 'string' ? 'text' : 'a mapping'
}

function kindName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a mapping',
    record: 'a mapping',
  }
  return names[expected] ?? expected
}

function describeSize(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>, found: unknown): string {
  const limit = issue.code === 'too_small' ? `at least ${issue.minimum}` : `at most ${issue.maximum}`
  if (issue.origin === 'string') return `expected ${limit} characters`
  if (issue.origin === 'array') return `expected ${limit} items`
  return `expected ${limit}${typeof found === 'number' ? `; found ${found}` : ''}`
}

/** The library's own messages begin with a capital letter, the schema's with "expected". */
function isDefaultMessage(issue: Issue): boolean {
  return /^[A-Z]/.test(issue.message)
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root
  for (const key of path) value = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return value
}

/** The known name within a third of the letters, if any. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const candidate of known) {
    const distance = editDistance(
      name.slice(0, 64).toLowerCase().replaceAll('-', '_'),
      candidate.toLowerCase().replaceAll('-', '_'),
    )
    if (best === undefined || distance < best.distance) best = { name: candidate, distance }
  }
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.name.length / 3)) ? best.name : undefined
}

/** Letters to insert, remove, replace, or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let row = 1; row <= a.length; row++) {
    rows[row] = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = at(row - 1, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1)
      let distance = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, replaced)
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        distance = Math.min(distance, at(row - 2, column - 2) + 1)
      rows[row]?.push(distance)
    }
  }
  return at(a.length, b.length)
}
