/** A filter as chips and a text that is still being written, and what may come next in it. */
import {
  filterFields,
  parseExchangeFilter,
  presences,
  type FilterFault,
  type FilterField,
} from '../../../gateway-core/contract/exchange-filter.js'
import type { Exchange } from '../../client/api.js'

/** The terms of a filter as they were written. A filter that is wrong is one term, so that it can be taken out. */
export function termsOf(q: string): readonly string[] {
  const parsed = parseExchangeFilter(q)
  if ('terms' in parsed) return parsed.terms.map(({ position, end }) => q.slice(position, end))
  return q.trim() === '' ? [] : [q.trim()]
}

export function faultOf(text: string): FilterFault | undefined {
  const parsed = parseExchangeFilter(text)
  return 'terms' in parsed ? undefined : parsed
}

/** The terms and one or more others; what is there already is not said twice. */
export function withTerms(terms: readonly string[], added: string): string {
  return [...new Set([...terms, ...termsOf(added)])].join(' ')
}

/** What the values of a field can be, as far as is known. */
export type KnownValues = Readonly<Partial<Record<FilterField, readonly string[]>>>

const fixedValues: KnownValues = {
  verdict: ['allow', 'deny', 'error'],
  status: ['2xx', '4xx', '5xx', '>=400'],
  dur: ['>100ms', '>500ms', '>2s'],
  has: presences,
  auth: ['oauth', 'api_key', 'bearer', 'basic', 'passthrough', 'token_exchange', 'token_broker', 'none'],
  injected: ['true', 'false', 'authorization'],
  replay: ['true', 'false'],
  lane: ['*', 'auth', 'mcp'],
  method: ['tools/call', 'tools/list', 'initialize', 'server/discover', 'ping', 'resources/read', 'prompts/get'],
}

const maxSuggestions = 12
const maxValueLength = 80
/** So many of the newest rows are asked for values. */
const rowsAsked = 500

/** What was seen of late, for suggestions. */
export function knownValues(rows: readonly Exchange[], servers: readonly string[]): KnownValues {
  const latest = rows.slice(-rowsAsked)
  const seen = (read: (row: Exchange) => string | null | undefined): readonly string[] => [
    ...new Set(latest.flatMap((row) => read(row) ?? []).filter((value) => value !== '')),
  ]
  return {
    ...fixedValues,
    server: [...new Set([...servers, ...seen(({ server }) => server)])],
    agent: seen(({ agent }) => agent),
    caller: seen(({ caller }) => caller?.subject),
    tool: seen(({ tool }) => tool),
    method: [...new Set([...(fixedValues.method ?? []), ...seen(({ method }) => method)])],
    error: seen(({ errorCode }) => errorCode),
  }
}

/** Ways to go on with the last term of a text: whole texts, each of which begins with what is written already. */
export function suggestionsFor(text: string, known: KnownValues): readonly string[] {
  const [, before = '', sign = '', word = ''] = /^(.*?)(-?)(\S*)$/s.exec(text) ?? []
  const colon = word.indexOf(':')
  if (colon === -1)
    return filterFields
      .filter((field) => field.startsWith(word.toLowerCase()))
      .slice(0, maxSuggestions)
      .map((field) => `${before}${sign}${field}:`)
  const field = filterFields.find((name) => name === word.slice(0, colon).toLowerCase())
  const begun = word.slice(colon + 1).toLowerCase()
  return (field === undefined ? [] : (known[field] ?? []))
    .filter((value) => value.length <= maxValueLength && value.toLowerCase().includes(begun.replace(/^"/, '')))
    .slice(0, maxSuggestions)
    .map((value) => `${before}${sign}${field ?? ''}:${quoted(value)}`)
}

/** Values with a space, a comma or a quote in them are written in quotes. */
export function quoted(value: string): string {
  return /^[^\s",]+$/.test(value) ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
