/**
 * Checks the arguments of `tools/call` against the tool's input schema before a call leaves. A schema that cannot be used
 * never holds up a call: its tools go unchecked, and that is counted.
 */
import type { FieldError } from '../../contract/errors.js'
import type { ErrorObject } from 'ajv'
import { SchemaUnusable, compileSchema, type CompiledSchema } from './compile-schema.js'

const maxSchemaLength = 65_536
const maxSchemas = 2_000
/** Of all schemas that are kept, in characters: what a schema compiles to grows with its text. */
const maxTotalLength = 8_388_608
const maxProblems = 10
const maxTextLength = 512

export interface InputCheckCounts {
  readonly passed: number
  readonly refused: number
  readonly unchecked: number
}

export interface InputCheck {
  /**
   * @param schema the tool's `inputSchema`, as its server listed it
   * @param args `params.arguments`; absent ones are taken for `{}`
   * @returns undefined where the arguments fit or could not be checked, otherwise the first 10 mistakes
   */
  check(schema: unknown, args: unknown): readonly FieldError[] | undefined
  readonly counts: InputCheckCounts
}

/** Undefined where the schema cannot be used. */
interface Entry {
  compiled: CompiledSchema | undefined
}

export function createInputCheck(): InputCheck {
  const counts = { passed: 0, refused: 0, unchecked: 0 }
  const byText = new Map<string, Entry>()
  let totalLength = 0
  // Spares making the text of a schema at every call; the entry itself may long have been dropped from `byText`.
  const byObject = new WeakMap<object, string>()

  const remember = (text: string, entry: Entry): Entry => {
    byText.set(text, entry)
    totalLength += text.length
    for (const oldest of byText.keys()) {
      if (byText.size <= maxSchemas && totalLength <= maxTotalLength) break
      byText.delete(oldest)
      totalLength -= oldest.length
    }
    return entry
  }
  const entryOf = (schema: object): Entry => {
    const text = byObject.get(schema) ?? JSON.stringify(schema)
    byObject.set(schema, text)
    const known = byText.get(text)
    if (known === undefined)
      return text.length > maxSchemaLength ? { compiled: undefined } : remember(text, { compiled: compiledOrNot(text) })
    // A Map keeps the order of insertion, so the first entry is the one that has not been used for longest.
    byText.delete(text)
    byText.set(text, known)
    return known
  }
  return {
    counts,
    check: (schema, args) => {
      const entry = typeof schema === 'object' && schema !== null ? entryOf(schema) : undefined
      if (entry?.compiled === undefined) {
        counts.unchecked++
        return undefined
      }
      try {
        const errors = entry.compiled.judge(args ?? {})
        counts[errors === undefined ? 'passed' : 'refused']++
        return errors === undefined ? undefined : toFieldErrors(errors)
      } catch (error) {
        if (!(error instanceof SchemaUnusable || error instanceof RangeError)) throw error
        // Not tried again: what took too long once would do so at every call.
        entry.compiled = undefined
        counts.unchecked++
        return undefined
      }
    },
  }
}

function compiledOrNot(text: string): CompiledSchema | undefined {
  try {
    return compileSchema(text)
  } catch (error) {
    if (error instanceof SchemaUnusable) return undefined
    throw error
  }
}

function toFieldErrors(errors: readonly ErrorObject[]): readonly FieldError[] {
  const seen = new Set<string>()
  const problems: FieldError[] = []
  for (const error of errors) {
    const problem = { path: toDotted(error.instancePath), message: toMessage(error) }
    const key = JSON.stringify(problem)
    if (seen.has(key)) continue
    seen.add(key)
    problems.push(problem)
    if (problems.length === maxProblems) break
  }
  return problems
}

/** From a JSON Pointer (RFC 6901) to the dotted form that every other error has. */
function toDotted(pointer: string): string {
  const segments = pointer.split('/').slice(1)
  return cut(segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~')).join('.'))
}

function toMessage(error: ErrorObject): string {
  const { additionalProperty, allowedValues, allowedValue, unevaluatedProperty } = error.params as Record<
    string,
    unknown
  >
  const more = additionalProperty ?? unevaluatedProperty ?? allowedValues ?? allowedValue
  const message = error.message ?? `fails ${error.keyword}`
  return cut(more === undefined ? message : `${message}: ${JSON.stringify(more)}`)
}

function cut(text: string): string {
  return text.length <= maxTextLength ? text : `${text.slice(0, maxTextLength - 1)}…`
}

/**
 * The answer to a call whose arguments do not fit: a result and no protocol error, so that a model reads it and can do
 * better (MCP 2025-11-25, server/tools § Error Handling).
 */
export function refuseInput(problems: readonly FieldError[]): { readonly result: Readonly<Record<string, unknown>> } {
  const lines = problems.map(({ path, message }) => `- ${path === '' ? 'arguments' : path}: ${message}`)
  const text = ['The arguments do not fit the input schema of this tool, and the call was not made.', ...lines].join(
    '\n',
  )
  return { result: { content: [{ type: 'text', text }], isError: true } }
}
