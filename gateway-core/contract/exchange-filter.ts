/**
 * The language in which exchanges are found: `verdict:deny tool:create_* dur:>500ms -method:ping "some text"`. Terms are
 * separated by spaces and must all hold; `-` before one means that it must not. Values may be quoted, hold `*` for any
 * characters, and be several with commas between them, of which one must hold.
 */
import type { Decision, ExchangeLane } from './exchange.js'

export const filterFields = [
  'verdict',
  'server',
  'agent',
  'caller',
  'tool',
  'method',
  'status',
  'dur',
  'header',
  'injected',
  'auth',
  'body',
  'has',
  'error',
  'replay',
  'lane',
  'request',
  'trace',
] as const
export type FilterField = (typeof filterFields)[number]

/** What `has:` asks for. */
export const presences = ['error', 'body', 'events', 'issuance', 'policy'] as const

export type Comparison = '=' | '>' | '>=' | '<' | '<='

/** Bounds are numbers; for `status:4xx` two of them. `dur` is in milliseconds. */
export interface NumberTest {
  readonly comparison: Comparison
  readonly value: number
}

interface TermPlace {
  readonly negated: boolean
  /** Where it begins in the text, from 0, and where it ends. */
  readonly position: number
  readonly end: number
}

export type FilterTerm = TermPlace &
  (
    | { readonly field: 'status' | 'dur'; readonly tests: readonly NumberTest[] }
    | { readonly field: 'text' | 'body'; readonly text: string }
    | { readonly field: 'replay'; readonly is: boolean }
    | { readonly field: Exclude<FilterField, 'status' | 'dur' | 'body' | 'replay'>; readonly values: readonly string[] }
  )

export interface ExchangeFilter {
  readonly terms: readonly FilterTerm[]
}

export interface FilterFault {
  readonly message: string
  /** Where in the text, from 0. */
  readonly position: number
}

/** Reads a filter. Nothing is thrown: the page shows the fault while the filter is still being typed. */
export function parseExchangeFilter(text: string): ExchangeFilter | FilterFault {
  const terms: FilterTerm[] = []
  const pieces = /\S/g
  for (let found = pieces.exec(text); found !== null; found = pieces.exec(text)) {
    const term = readTerm(text, found.index)
    if ('message' in term) return term
    terms.push(term)
    pieces.lastIndex = term.end
  }
  return { terms }
}

function readTerm(text: string, position: number): FilterTerm | FilterFault {
  const negated = text[position] === '-' && /\S/.test(text[position + 1] ?? ' ')
  const start = negated ? position + 1 : position
  const name = /^([a-z]+):(?!\/\/)/i.exec(text.slice(start, start + 40))?.[1]
  const valueAt = name === undefined ? start : start + name.length + 1
  const value = readValue(text, valueAt)
  if ('message' in value) return value
  const place = { negated, position, end: value.end }
  if (name === undefined) return { ...place, field: 'text', text: value.text }
  const field = filterFields.find((known) => known === name.toLowerCase())
  if (field === undefined)
    return { position: start, message: `there is no field ${name}; text with a colon goes in quotes` }
  if (value.text === '') return { position: valueAt, message: `${field}: expects a value` }
  const term = typedTerm(field, value)
  return 'message' in term ? { position: valueAt, message: `${field}: ${term.message}` } : { ...place, ...term }
}

interface Value {
  readonly text: string
  readonly quoted: boolean
  readonly end: number
}

/** Up to the next space, or the closing quote; within quotes a backslash takes the next character as it is. */
function readValue(text: string, at: number): Value | FilterFault {
  if (text[at] !== '"') {
    const length = /^\S*/.exec(text.slice(at))?.[0].length ?? 0
    return { text: text.slice(at, at + length), quoted: false, end: at + length }
  }
  let value = ''
  for (let i = at + 1; i < text.length; i++) {
    const character = text[i]
    if (character === '"') return { text: value, quoted: true, end: i + 1 }
    if (character === '\\') i++
    value += text[i] ?? ''
  }
  return { position: at, message: 'the quote is not closed' }
}

/** A term without its place. */
type BareTerm = FilterTerm extends infer Term ? (Term extends FilterTerm ? Omit<Term, keyof TermPlace> : never) : never

/** Fields whose values are from a closed set. */
const closedSets: Readonly<Partial<Record<FilterField, readonly string[]>>> = {
  verdict: ['allow', 'deny', 'error'] satisfies Decision[],
  lane: ['mcp', 'auth', '*'] satisfies (ExchangeLane | '*')[],
  has: presences,
}

function typedTerm(field: FilterField, { text, quoted }: Value): BareTerm | { readonly message: string } {
  if (field === 'body') return { field, text }
  if (field === 'status' || field === 'dur') {
    const tests = field === 'status' ? statusTests(text) : durationTests(text)
    return tests === undefined
      ? {
          message:
            field === 'status' ? 'expects a status, as in 404, >=400 or 4xx' : 'expects a time, as in >500ms or <2s',
        }
      : { field, tests }
  }
  if (field === 'replay') {
    if (text !== 'true' && text !== 'false') return { message: 'expects true or false' }
    return { field, is: text === 'true' }
  }
  const values = (quoted ? [text] : text.split(',')).filter((value) => value !== '').map((value) => value.toLowerCase())
  if (values.length === 0) return { message: 'expects a value' }
  const allowed = closedSets[field]
  const wrong = allowed === undefined ? undefined : values.find((value) => !allowed.includes(value))
  if (wrong !== undefined) return { message: `expects one of ${allowed?.join(', ') ?? ''}` }
  return { field, values }
}

const comparisonPattern = /^(>=|<=|>|<|=)?(.+)$/

function statusTests(text: string): readonly NumberTest[] | undefined {
  const hundreds = /^([1-5])xx$/i.exec(text)?.[1]
  if (hundreds !== undefined)
    return [
      { comparison: '>=', value: Number(hundreds) * 100 },
      { comparison: '<', value: Number(hundreds) * 100 + 100 },
    ]
  const [, comparison = '=', digits = ''] = comparisonPattern.exec(text) ?? []
  return /^\d{1,3}$/.test(digits) ? [{ comparison: comparison as Comparison, value: Number(digits) }] : undefined
}

const msPerUnit: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, m: 60_000, us: 0.001 }

function durationTests(text: string): readonly NumberTest[] | undefined {
  const [, comparison = '=', amount = ''] = comparisonPattern.exec(text) ?? []
  const [, digits, unit = ''] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|us|s|m)?$/i.exec(amount) ?? []
  const factor = msPerUnit[unit.toLowerCase()]
  if (digits === undefined || factor === undefined) return undefined
  return [{ comparison: comparison as Comparison, value: Number(digits) * factor }]
}
