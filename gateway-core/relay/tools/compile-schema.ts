/**
 * Compiles a tool's input schema, which its server wrote and nobody checked, into a function that judges arguments in a
 * bounded time. Drafts 2020-12 and 07; 2020-12 is the one that is meant where a schema does not say (MCP 2025-11-25,
 * server/tools § Data Types).
 */
import { Script, createContext } from 'node:vm'
import {
  Ajv,
  str,
  type ErrorObject,
  type FuncKeywordDefinition,
  type Options,
  type SchemaObject,
  type ValidateFunction,
} from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Params } from '../../contract/json-rpc.js'

const maxPatternLength = 256
const compileTimeoutMs = 250
const judgeTimeoutMs = 50
const maxAttempts = 5
/**
 * Up to these, compiling and judging take a time that grows with the sizes alone, and are not watched: a watchdog goes by
 * the clock, and would stop them on a machine that is busy with other things. Above them they are.
 */
const maxPlainLength = 16_384
const maxPlainWork = 2_000_000
/** Above this, only the first mistake is looked for. */
const maxNodesForAllErrors = 2_000
/** What lets the time for judging grow faster than with the sizes of schema and arguments. */
const dearKeywords = /"(?:\$ref|\$dynamicRef|pattern|patternProperties|uniqueItems|contains|unevaluated\w+)"\s*:/

export interface CompiledSchema {
  /** @returns undefined where the arguments fit, otherwise what does not; at least one */
  judge(args: unknown): readonly ErrorObject[] | undefined
}

/** Judging or compiling took longer than it may, or cannot be done. Never the fault of the arguments. */
export class SchemaUnusable extends Error {}

/**
 * @param text the schema as JSON
 * @throws SchemaUnusable for a draft that is not known, a reference that leads out of the schema, a schema that is not
 *   valid, and one that takes too long
 */
export function compileSchema(text: string): CompiledSchema {
  const draft = draftOf(JSON.parse(text) as SchemaObject)
  draft.prepare()
  const isDear = dearKeywords.test(text)
  const run = isDear || text.length > maxPlainLength ? within : unwatched
  const compile = (allErrors: boolean): ValidateFunction =>
    run(compileTimeoutMs, () => {
      const schema = JSON.parse(text) as SchemaObject
      if (!draft.isValid(schema)) throw new SchemaUnusable('the schema is not valid')
      return draft.compile(schema, allErrors)
    })
  const first = compile(false)
  let all: ValidateFunction | undefined
  return {
    judge: (args) => {
      const nodes = countNodes(args, Math.ceil(maxPlainWork / text.length))
      const isPlain = !isDear && nodes * text.length <= maxPlainWork
      const judge = isPlain ? unwatched : within
      if (isPlain ? first(args) : judge(judgeTimeoutMs, () => first(args))) return undefined
      const errors = first.errors ?? []
      if (nodes > maxNodesForAllErrors) return errors
      // An agent that is told everything at once needs one more attempt, not one for each mistake.
      try {
        const judgeAll = (all ??= compile(true))
        judge(judgeTimeoutMs, () => judgeAll(args))
        return judgeAll.errors ?? errors
      } catch (error) {
        // What does not fit does not, however long it would take to say everything about it.
        if (error instanceof SchemaUnusable) return errors
        throw error
      }
    },
  }
}

const options: Options = {
  strict: false,
  logger: false,
  // `format` is an annotation unless a schema's vocabulary says otherwise (JSON Schema validation 2020-12 §7.2.1).
  validateFormats: false,
  // The instances that compile know no meta-schema: those of `drafts` do that part.
  meta: false,
  validateSchema: false,
  addUsedSchema: false,
}

/**
 * `pattern`, without the three ways in which it would refuse what a server takes: one that is invalid with the flag `u`
 * (Python's `\_`) is read without it, and one that is invalid at all or very long is passed over.
 */
const lenientPattern: FuncKeywordDefinition = {
  keyword: 'pattern',
  type: 'string',
  schemaType: 'string',
  compile: (source: string) => {
    const regExp = source.length > maxPatternLength ? undefined : (toRegExp(source, 'u') ?? toRegExp(source, ''))
    return (text: string) => regExp === undefined || regExp.test(text)
  },
  error: { message: ({ schema }) => str`must match pattern ${JSON.stringify(schema)}` },
}

function toRegExp(source: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(source, flags)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

interface Draft {
  /** Compiles the meta-schema, once, and not within the time of the first schema. */
  prepare(): void
  isValid(schema: SchemaObject): boolean
  compile(schema: SchemaObject, allErrors: boolean): ValidateFunction
}

/** An Ajv keeps every schema that it has compiled, so each schema has one of its own, which goes with it. */
function createDraft(AjvOfDraft: typeof Ajv | typeof Ajv2020): Draft {
  let judge: Ajv | Ajv2020 | undefined
  const prepare = (): Ajv | Ajv2020 => {
    if (judge !== undefined) return judge
    judge = new AjvOfDraft({ strict: false, logger: false, validateFormats: false })
    void judge.validateSchema({})
    return judge
  }
  return {
    prepare,
    isValid: (schema) => prepare().validateSchema(withoutDialect(schema)) === true,
    compile: (schema, allErrors) => {
      const ajv = new AjvOfDraft({ ...options, allErrors })
      ajv.removeKeyword('pattern').addKeyword(lenientPattern)
      return ajv.compile(withoutDialect(schema))
    },
  }
}

const draft2020 = createDraft(Ajv2020)
const draft07 = createDraft(Ajv)

function draftOf({ $schema, $async }: SchemaObject): Draft {
  // An extension of Ajv's, with which the judgement would be a promise.
  if ($async !== undefined) throw new SchemaUnusable('the schema is asynchronous')
  if ($schema === undefined || $schema === 'https://json-schema.org/draft/2020-12/schema') return draft2020
  if (typeof $schema === 'string' && /^https?:\/\/json-schema\.org\/draft-07\/schema#?$/.test($schema)) return draft07
  throw new SchemaUnusable('the schema is of a draft that is not known')
}

function withoutDialect({ $schema: _dialect, ...schema }: SchemaObject): SchemaObject {
  return schema
}

/** Values in `value`, with long text counted as more of them; at most about `limit`. */
function countNodes(value: unknown, limit: number): number {
  let nodes = 0
  const open: unknown[] = [value]
  while (open.length > 0 && nodes <= limit) {
    const next = open.pop()
    nodes += typeof next === 'string' ? 1 + next.length / 64 : 1
    if (typeof next === 'object' && next !== null)
      for (const key in next) {
        if (open.length > limit) return limit + 1
        open.push((next as Params)[key])
      }
  }
  return nodes
}

/** As `within`, for what is known to take little. */
function unwatched<T>(_timeoutMs: number, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new SchemaUnusable('the schema cannot be used', { cause: error })
  }
}

const watched = createContext({ run: undefined })
const runWatched = new Script('run()')

/**
 * Runs `run`, and stops it where it takes longer, be it in a regular expression or in a recursion of references. Costs
 * about 0.1 ms, as a thread watches over it. The time is wall-clock: on a machine that is busy with other things `run`
 * may have got little of it, and is begun again with twice as much.
 */
function within<T>(timeoutMs: number, run: () => T): T {
  watched['run'] = run
  try {
    for (let attempt = 1; ; attempt++) {
      const before = process.cpuUsage()
      try {
        return runWatched.runInContext(watched, { timeout: timeoutMs * 2 ** (attempt - 1) }) as T
      } catch (error) {
        const { user, system } = process.cpuUsage(before)
        const hadItsTime = (user + system) / 1000 >= timeoutMs / 2
        // Includes what the context's own realm throws: stopped, or out of stack.
        if (hadItsTime || attempt === maxAttempts || !isTimeout(error))
          throw new SchemaUnusable('the schema cannot be used', { cause: error })
      }
    }
  } finally {
    watched['run'] = undefined
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}
