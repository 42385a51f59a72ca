/** YAML, edited by cutting out and putting in whole lines of a block mapping. */
import {
  isMap,
  isScalar,
  parseDocument,
  stringify,
  type Document,
  type Pair,
  type ParsedNode,
  type YAMLMap,
} from 'yaml'
import {
  below,
  comparable,
  entriesOf,
  lineAt,
  lineBreakOf,
  proveChange,
  UnreadableConfig,
  type ConfigText,
  type Entry,
  type EntryChange,
} from './config-text.js'

export const yamlText: ConfigText = {
  readsAll: true,
  entries: (text, container) => entriesOf(below(valueOf(text), container)),
  top: (text, key) => below(valueOf(text), [key]),
  contentOf(text, container, name) {
    const entry = below(valueOf(text), [...container, name])
    return entry === undefined ? undefined : comparable(entry)
  },
  change(text, change) {
    const [key = ''] = change.container
    const before = valueOf(text)
    let edited = text
    // First in, then out, so that the mapping is never without an entry in between.
    if (change.put !== undefined) edited = withEntry(edited, key, change.put)
    for (const name of change.remove) edited = withoutEntry(edited, key, name)
    proveChange(before, valueOf(edited), change as EntryChange)
    return edited
  },
}

type Map = YAMLMap<ParsedNode, ParsedNode | null>

function documentOf(text: string): Document.Parsed {
  const document = parseDocument(text, { version: '1.2', prettyErrors: false, logLevel: 'silent', stringKeys: true })
  const [problem] = document.errors
  if (problem !== undefined)
    throw new UnreadableConfig(
      lineAt(text, problem.pos[0]),
      // What follows `: "` quotes the file, which may hold a secret.
      `is not valid YAML: ${problem.message.replace(/: ".*$/s, '')}`,
    )
  return document
}

function valueOf(text: string): unknown {
  const document = documentOf(text)
  if (document.contents !== null && !isMap(document.contents)) throw new UnreadableConfig(1, 'does not hold a mapping')
  return (document.toJS({ maxAliasCount: 100 }) as unknown) ?? {}
}

function pairOf(map: Map, key: string): Pair<ParsedNode, ParsedNode | null> | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
}

/** The lines of an entry, each indented. */
function linesOf(name: string, entry: Entry, indent: string, lineBreak: string): string {
  return stringify({ [name]: entry }, { lineWidth: 0 })
    .split('\n')
    .map((line) => (line === '' ? '' : `${indent}${line}${lineBreak}`))
    .join('')
}

function withEntry(text: string, key: string, { name, entry }: { name: string; entry: Entry }): string {
  const without = withoutEntry(text, key, name, true)
  const { contents } = documentOf(without)
  const lineBreak = lineBreakOf(without)
  const pair = isMap<ParsedNode, ParsedNode | null>(contents) ? pairOf(contents, key) : undefined
  if (pair === undefined) {
    if (isMap(contents) && (contents.flow === true || /^\.\.\.\s*$/m.test(without)))
      throw new UnreadableConfig(1, 'is not written as a block of lines')
    const gap = without === '' || without.endsWith('\n') ? '' : lineBreak
    return `${without}${gap}${key}:${lineBreak}${linesOf(name, entry, '  ', lineBreak)}`
  }
  const [at] = pair.key.range
  const indent = columnIndent(without, at)
  if (isMap<ParsedNode, ParsedNode | null>(pair.value) && pair.value.flow === true) {
    if (pair.value.items.length > 0) throw new UnreadableConfig(lineAt(without, at), `holds ${key} on one line`)
    const lines = linesOf(name, entry, `${indent}  `, lineBreak)
    const [start, end] = pair.value.range
    return `${without.slice(0, start).trimEnd()}${lineBreak}${lines.replace(/\r?\n$/, '')}${without.slice(end)}`
  }
  if (pair.value !== null && !isMap(pair.value) && !(isScalar(pair.value) && pair.value.value === null))
    throw new UnreadableConfig(lineAt(without, at), `holds something else than a mapping at ${key}`)
  const first = isMap<ParsedNode, ParsedNode | null>(pair.value) ? pair.value.items[0] : undefined
  const inner = first === undefined ? `${indent}  ` : columnIndent(without, first.key.range[0])
  const lineEnd = without.indexOf('\n', at)
  if (lineEnd < 0) return `${without}${lineBreak}${linesOf(name, entry, inner, lineBreak)}`
  return without.slice(0, lineEnd + 1) + linesOf(name, entry, inner, lineBreak) + without.slice(lineEnd + 1)
}

/** Blanks as far as the column of an offset. */
function columnIndent(text: string, offset: number): string {
  return ' '.repeat(offset - (text.lastIndexOf('\n', offset - 1) + 1))
}

function withoutEntry(text: string, key: string, name: string, mayEmpty = false): string {
  const { contents } = documentOf(text)
  const map = isMap<ParsedNode, ParsedNode | null>(contents) ? pairOf(contents, key)?.value : undefined
  if (!isMap<ParsedNode, ParsedNode | null>(map)) return text
  const pair = pairOf(map, name)
  if (pair === undefined) return text
  const line = lineAt(text, pair.key.range[0])
  if (map.flow === true) throw new UnreadableConfig(line, `holds ${key} on one line`)
  if (map.items.length === 1 && !mayEmpty)
    throw new UnreadableConfig(line, `would be left without any entry below ${key}`)
  const lines = text.split('\n')
  const indent = columnIndent(text, pair.key.range[0]).length
  let end = line
  while (end < lines.length && isInside(lines[end] ?? '', indent)) end++
  while (end > line && /^\s*(?:#.*)?$/.test(lines[end - 1] ?? '')) end--
  return [...lines.slice(0, line - 1), ...lines.slice(end)].join('\n')
}

/** Whether a line belongs to what began at this column. */
function isInside(line: string, indent: number): boolean {
  return line.trim() === '' || line.length - line.trimStart().length > indent
}
