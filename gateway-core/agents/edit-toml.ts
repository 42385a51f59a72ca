/**
 * TOML, of which only the gateway's own table is written: at the end, or where it stands. Strings, comments and brackets
 * are followed as far as it takes to know where tables begin; the rest is the agent's to understand.
 */
import { lineAt, lineBreakOf, UnreadableConfig, type ConfigText, type Entry, type EntryChange } from './config-text.js'

export const tomlText: ConfigText = {
  readsAll: false,
  entries: () => new Map(),
  top: () => undefined,
  contentOf(text, [container = ''], name) {
    const found = stretchOf(text, container, name)
    return found === undefined ? undefined : text.slice(found.start, found.end).replaceAll('\r', '').trimEnd()
  },
  change(text, { container: [container = ''], remove, put }: EntryChange) {
    const without = remove.reduce((left, name) => withoutTable(left, container, name), text)
    return put === undefined ? without : withTable(without, container, put)
  },
}

function withTable(text: string, container: string, put: { readonly name: string; readonly entry: Entry }): string {
  const lineBreak = lineBreakOf(text)
  const table = tableText(container, put.name, put.entry).replaceAll('\n', lineBreak)
  const found = stretchOf(text, container, put.name)
  if (found !== undefined) return text.slice(0, found.start) + table + text.slice(found.end)
  const isBlank = text.replace(/^\uFEFF/, '').trim() === ''
  const gap = isBlank ? '' : text.endsWith('\n') ? lineBreak : `${lineBreak}${lineBreak}`
  return `${text}${gap}${table}`
}

/** Takes a table out, and the blank line before it. */
function withoutTable(text: string, container: string, name: string): string {
  const found = stretchOf(text, container, name)
  if (found === undefined) return text
  const before = text.slice(0, found.start).replace(/(\r?\n)\r?\n$/, '$1')
  return before + text.slice(found.end)
}

function tableText(container: string, name: string, entry: Entry): string {
  const lines = Object.entries(entry).map(([key, value]) => `${key} = ${tomlValue(value)}\n`)
  return `[${container}.${name}]\n${lines.join('')}`
}

function tomlValue(value: unknown): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key} = ${tomlValue(item)}`)
      .join(', ')} }`
  // A basic string of TOML escapes as JSON does, but for DEL.
  return JSON.stringify(value).replaceAll('\u007f', '\\u007f')
}

interface Stretch {
  readonly start: number
  readonly end: number
}

/**
 * The table of an entry with the tables below it.
 *
 * @throws UnreadableConfig where a string does not end, the entry is there twice, or is written in another way
 */
function stretchOf(text: string, container: string, name: string): Stretch | undefined {
  const statements = statementsOf(text)
  const whole = `${container}.${name}`
  let inRoot = true
  const found: Stretch[] = []
  for (const [index, statement] of statements.entries()) {
    if (statement.table === undefined) {
      const at = statement.key.split('.')
      if (inRoot && at[0] === container && (at.length === 1 || at[1] === name))
        throw new UnreadableConfig(
          lineAt(text, statement.start),
          `holds ${container} in a form that Gatehouse does not edit`,
        )
      continue
    }
    inRoot = false
    if (statement.table === container && keysUntilTable(statements, index).some((key) => key.split('.')[0] === name))
      throw new UnreadableConfig(lineAt(text, statement.start), `holds ${whole} in a form that Gatehouse does not edit`)
    if (statement.table !== whole && !statement.table.startsWith(`${whole}.`)) continue
    const end = lastOf(statements, index)
    const before = found.at(-1)
    if (statement.table === whole && before !== undefined)
      throw new UnreadableConfig(lineAt(text, statement.start), `holds the table ${whole} twice`)
    if (before !== undefined && text.slice(before.end, statement.start).trim() !== '')
      throw new UnreadableConfig(lineAt(text, statement.start), `holds ${whole} in several places`)
    found.push({ start: before?.start ?? statement.start, end: lineEndAfter(text, end) })
  }
  const last = found.at(-1)
  return last && { start: found[0]?.start ?? last.start, end: last.end }
}

function keysUntilTable(statements: readonly Statement[], table: number): readonly string[] {
  const rest = statements.slice(table + 1)
  const next = rest.findIndex((statement) => statement.table !== undefined)
  return (next < 0 ? rest : rest.slice(0, next)).map(({ key }) => key)
}

/** Where the last statement of a table ends. */
function lastOf(statements: readonly Statement[], table: number): number {
  let last = table
  while (statements[last + 1] !== undefined && statements[last + 1]?.table === undefined) last++
  return statements[last]?.end ?? 0
}

function lineEndAfter(text: string, offset: number): number {
  const end = text.indexOf('\n', offset)
  return end < 0 ? text.length : end + 1
}

interface Statement {
  readonly start: number
  /** After its last character, comments left out. */
  readonly end: number
  /** The name of a table, without blanks and quotes; undefined for a key and its value. */
  readonly table: string | undefined
  readonly key: string
}

function statementsOf(text: string): readonly Statement[] {
  const statements: Statement[] = []
  let at = text.startsWith('\uFEFF') ? 1 : 0
  while (at < text.length) {
    const rest = text.slice(at, at + 1)
    if (/\s/.test(rest)) at++
    else if (rest === '#') at = lineEndAfter(text, at)
    else {
      const end = statementEnd(text, at)
      const source = text.slice(at, end)
      const table = /^\[\[?\s*([^\]]+?)\s*\]\]?$/.exec(source.trimEnd())?.[1]
      const key = /^(?:"[^"\n]*"|'[^'\n]*'|[^=\n"'])+/.exec(source)?.[0] ?? ''
      const isTable = source.startsWith('[')
      if (isTable && table === undefined)
        throw new UnreadableConfig(lineAt(text, at), 'is not valid TOML: a table that does not end')
      statements.push({ start: at, end, table: isTable ? plainName(table ?? '') : undefined, key: plainName(key) })
      at = Math.max(end, at + 1)
    }
  }
  return statements
}

function plainName(name: string): string {
  return name.replace(/["'\s]/g, '')
}

/** Where a statement ends: at the end of a line that is in no string and no bracket, or at a comment there. */
function statementEnd(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length;) {
    const character = text[at]
    if (character === '"' || character === "'") {
      at = stringEnd(text, at)
      continue
    }
    if (character === '#') {
      if (depth === 0) return at
      at = text.indexOf('\n', at)
      if (at < 0) break
    }
    if (character === '[' || character === '{') depth++
    if (character === ']' || character === '}') depth--
    if (character === '\n' && depth <= 0) return at
    at++
  }
  if (depth > 0) throw new UnreadableConfig(lineAt(text, start), 'is not valid TOML: a bracket that does not close')
  return text.length
}

/** @throws UnreadableConfig where the string does not end */
function stringEnd(text: string, start: number): number {
  const quote = text[start] ?? ''
  const isLong = text.startsWith(quote.repeat(3), start)
  const close = isLong ? quote.repeat(3) : quote
  for (let at = start + close.length; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++
    else if (!isLong && text[at] === '\n') break
    else if (text.startsWith(close, at)) {
      let end = at + close.length
      // Up to two quotes may stand right before the closing ones.
      while (isLong && text[end] === quote) end++
      return end
    }
  }
  throw new UnreadableConfig(lineAt(text, start), 'is not valid TOML: a string that does not end')
}
