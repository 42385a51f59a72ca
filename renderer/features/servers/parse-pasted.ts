/** What a person pasted to add servers: a URL, a JSON or YAML configuration, a `claude mcp add …` line, or a curl. */
import { splitWords } from './split-words.js'
import { suggestSlug } from './suggest-slug.js'

export type Pasted =
  | { readonly kind: 'url'; readonly url: string; readonly slug: string }
  /** A configuration that the gateway reads. `name` is a name for the profile that it becomes. */
  | {
      readonly kind: 'file'
      readonly text: string
      readonly mediaType: 'application/json' | 'application/yaml'
      readonly name: string
    }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'unknown' }

interface Entry {
  type?: string
  url?: string
  headers?: Record<string, string>
  command?: string
  args?: readonly string[]
  env?: Record<string, string>
}

export function parsePasted(given: string): Pasted {
  const text = given.trim()
  if (text === '') return { kind: 'nothing' }
  if (/^\s*[{[]/.test(text)) return parseJson(text)
  if (/^https?:\/\/\S+$/i.test(text))
    return URL.canParse(text) ? { kind: 'url', url: text, slug: suggestSlug(text) } : { kind: 'unknown' }
  const words = splitWords(text.replace(/^\$\s+/, '').replaceAll('\\\n', ' '))
  if (words.slice(0, 3).join(' ') === 'claude mcp add') return parseClaude(words.slice(3))
  if (words.slice(0, 3).join(' ') === 'claude mcp add-json') return parseClaudeJson(words.slice(3))
  if (words[0] === 'curl') return parseCurl(words.slice(1))
  if (/^[A-Za-z_$-][\w$-]*:(\s|$)/m.test(text) && text.includes('\n'))
    return { kind: 'file', text, mediaType: 'application/yaml', name: 'imported' }
  return { kind: 'unknown' }
}

function parseJson(text: string): Pasted {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // The gateway names the line.
    return { kind: 'file', text, mediaType: 'application/json', name: 'imported' }
  }
  if (!isRecord(value)) return { kind: 'unknown' }
  // One entry alone, as some documentation shows it.
  if (typeof value['url'] === 'string' || typeof value['command'] === 'string') {
    const source = typeof value['url'] === 'string' ? value['url'] : ''
    return fileOf(suggestSlug(source) || 'server', value)
  }
  const [first] = Object.keys(firstRecord(value['mcpServers'], value['servers']))
  return { kind: 'file', text, mediaType: 'application/json', name: nameOf(value['name'], first) }
}

const flagsWithValue = new Set(['-s', '--scope', '-t', '--transport', '-H', '--header', '-e', '--env'])

function parseClaude(words: readonly string[]): Pasted {
  const entry: Entry = {}
  const rest: string[] = []
  for (let index = 0; index < words.length; index++) {
    const [word, inline] = splitFlag(words[index] ?? '')
    if (word === '--') {
      rest.push(...words.slice(index + 1))
      break
    }
    // What follows the command belongs to it.
    if (!word.startsWith('-') || (rest.length > 1 && entry.type === undefined)) rest.push(words[index] ?? '')
    else if (flagsWithValue.has(word)) takeFlag(entry, word, inline ?? words[++index] ?? '')
  }
  const [name, target, ...args] = rest
  if (name === undefined || target === undefined) return { kind: 'unknown' }
  if (/^https?:\/\//.test(target)) return fileOf(name, { ...entry, type: entry.type ?? 'http', url: target })
  return fileOf(name, { ...entry, type: 'stdio', command: target, args })
}

function splitFlag(word: string): readonly [string, string?] {
  const [, flag, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? []
  return flag === undefined ? [word] : [flag, value ?? '']
}

function takeFlag(entry: Entry, flag: string, value: string): void {
  if (flag === '-t' || flag === '--transport') entry.type = value
  if (flag === '-H' || flag === '--header') takeHeader(entry, value)
  if (flag === '-e' || flag === '--env') {
    const [, name, text] = /^([^=]+)=(.*)$/s.exec(value) ?? []
    if (name !== undefined && text !== undefined) entry.env = { ...entry.env, [name]: text }
  }
}

function parseClaudeJson([name, ...rest]: readonly string[]): Pasted {
  try {
    const entry: unknown = JSON.parse(rest.find((word) => word.startsWith('{')) ?? '')
    return name !== undefined && isRecord(entry) ? fileOf(name, entry) : { kind: 'unknown' }
  } catch {
    return { kind: 'unknown' }
  }
}

/** Headers that belong to one request, or that the gateway makes itself. */
const headersOfTheRequest = /^(accept|content-type|content-length|user-agent|host|origin|referer|mcp-.*)$/i

function parseCurl(words: readonly string[]): Pasted {
  const entry: Entry = { type: 'http' }
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '-H' || word === '--header') takeHeader(entry, words[++index] ?? '', headersOfTheRequest)
    else if (word === '-u' || word === '--user') takeHeader(entry, `Authorization: Basic ${btoa(words[++index] ?? '')}`)
    else if (word === '--url') entry.url = words[++index] ?? ''
    else if (/^(-X|--request|-d|--data.*|-o|--output|-A|-m|--max-time)$/.test(word)) index++
    else if (/^https?:\/\//.test(word)) entry.url = word
  }
  return entry.url !== undefined && URL.canParse(entry.url)
    ? fileOf(suggestSlug(entry.url) || 'server', { ...entry })
    : { kind: 'unknown' }
}

function takeHeader(entry: Entry, text: string, ignored?: RegExp): void {
  const [, name, value] = /^([^:]+):\s*(.*)$/s.exec(text) ?? []
  if (name !== undefined && value !== undefined && ignored?.test(name) !== true)
    entry.headers = { ...entry.headers, [name]: value }
}

function fileOf(name: string, entry: object): Pasted {
  const text = JSON.stringify({ mcpServers: { [name]: entry } })
  return { kind: 'file', text, mediaType: 'application/json', name: nameOf(undefined, name) }
}

function nameOf(given: unknown, otherwise: string | undefined): string {
  const text = typeof given === 'string' && given !== '' ? given : (otherwise ?? 'imported')
  const slug = text.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 60).replace(/^-+|-+$/g, '') // prettier-ignore
  return slug === '' ? 'imported' : slug
}

function firstRecord(...values: readonly unknown[]): Readonly<Record<string, unknown>> {
  return values.find(isRecord) ?? {}
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
