/**
 * JSON with comments and trailing commas, edited by cutting out and putting in whole lines. An entry is put in first, as
 * only there no other line needs a comma more.
 */
import { createScanner, getNodeValue, parseTree, printParseErrorCode } from 'jsonc-parser'
import type { Node, ParseError } from 'jsonc-parser'
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
} from './config-text.js'

export const jsonText: ConfigText = {
  readsAll: true,
  entries: (text, container) => entriesOf(below(valueOf(text), container)),
  top: (text, key) => below(valueOf(text), [key]),
  contentOf(text, container, name) {
    const entry = below(valueOf(text), [...container, name])
    return entry === undefined ? undefined : comparable(entry)
  },
  change(text, change) {
    const before = valueOf(text)
    let edited = text
    for (const name of change.remove) edited = withoutEntry(edited, change.container, name)
    if (change.put !== undefined) edited = withEntry(edited, change.container, change.put)
    proveChange(before, valueOf(edited), change)
    return edited
  },
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

function apply(text: string, edits: readonly Edit[]): string {
  return [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((edited, edit) => edited.slice(0, edit.start) + edit.text + edited.slice(edit.end), text)
}

/** A text in which nothing is said yet. */
function isBlank(text: string): boolean {
  return text.replace(/^\uFEFF/, '').trim() === ''
}

function valueOf(text: string): unknown {
  return isBlank(text) ? {} : getNodeValue(rootOf(text))
}

/** @throws UnreadableConfig */
function rootOf(text: string): Node {
  const problems: ParseError[] = []
  const tree = parsed(text, problems)
  const [first] = problems
  if (first !== undefined) {
    const words = printParseErrorCode(first.error).replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`)
    throw new UnreadableConfig(lineAt(text, first.offset), `is not valid JSON: ${words.toLowerCase()}`)
  }
  if (tree?.type !== 'object') throw new UnreadableConfig(1, 'does not hold a JSON object')
  return tree
}

function parsed(text: string, problems: ParseError[]): Node | undefined {
  try {
    // A blank in place of a byte order mark keeps every offset.
    return parseTree(text.replace(/^\uFEFF/, ' '), problems, { allowTrailingComma: true })
  } catch (error) {
    if (error instanceof RangeError) throw new UnreadableConfig(1, 'is nested too deep')
    throw error
  }
}

/** @throws UnreadableConfig where the key is there twice, as nobody knows which of them the agent reads */
function propertyOf(text: string, object: Node, key: string): Node | undefined {
  const found = (object.children ?? []).filter((property) => property.children?.[0]?.value === key)
  const second = found[1]
  if (second !== undefined)
    throw new UnreadableConfig(lineAt(text, second.offset), `holds the key ${JSON.stringify(key)} twice`)
  return found[0]
}

interface Container {
  /** The innermost object that is there. */
  readonly object: Node
  /** Keys below it that are not. */
  readonly missing: readonly string[]
}

function containerOf(text: string, keys: readonly string[]): Container {
  let object = rootOf(text)
  for (const [index, key] of keys.entries()) {
    const property = propertyOf(text, object, key)
    if (property === undefined) return { object, missing: keys.slice(index) }
    const value = property.children?.[1]
    if (value?.type !== 'object')
      throw new UnreadableConfig(
        lineAt(text, property.offset),
        `holds something else than an object at ${JSON.stringify(key)}`,
      )
    object = value
  }
  return { object, missing: [] }
}

function withEntry(text: string, container: readonly string[], put: { name: string; entry: Entry }): string {
  if (isBlank(text)) return blankWith(text, container, put)
  const { object, missing } = containerOf(text, container)
  if (missing.length > 0) {
    const [key = '', ...inner] = missing
    const value = [...inner, put.name].reduceRight<unknown>((held, name) => ({ [name]: held }), put.entry)
    return apply(text, [insertion(text, object, key, value)])
  }
  const known = propertyOf(text, object, put.name)?.children?.[1]
  if (known === undefined) return apply(text, [insertion(text, object, put.name, put.entry)])
  const inLine = !text.slice(object.offset, object.offset + object.length).includes('\n')
  const replaced = inLine ? JSON.stringify(put.entry) : pretty(text, put.entry, indentAt(text, known.offset))
  return apply(text, [{ start: known.offset, end: known.offset + known.length, text: replaced }])
}

function blankWith(text: string, container: readonly string[], put: { name: string; entry: Entry }): string {
  const value = [...container, put.name].reduceRight<unknown>((held, key) => ({ [key]: held }), put.entry)
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : ''
  return `${mark}${JSON.stringify(value, null, 2).replaceAll('\n', lineBreakOf(text))}${lineBreakOf(text)}`
}

/** Puts a property in as the first of an object. */
function insertion(text: string, object: Node, key: string, value: unknown): Edit {
  const open = object.offset + 1
  const isEmpty = (object.children ?? []).length === 0
  const comma = isEmpty ? '' : ','
  const lineBreak = lineBreakOf(text)
  const lineEnd = text.indexOf('\n', open)
  const rest = text.slice(open, lineEnd < 0 ? text.length : lineEnd)
  const outer = indentAt(text, object.offset)
  const indent = childIndent(text, object) ?? outer + unitOf(text)
  const property = `${JSON.stringify(key)}: ${pretty(text, value, indent)}`
  // Nothing but a comment follows on the line, which stays where it is.
  if (lineEnd >= 0 && /^[ \t]*(?:\/\/.*|\/\*(?:(?!\*\/).)*\*\/[ \t]*)?\r?$/.test(rest)) {
    const at = text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd
    return { start: at, end: at, text: `${lineBreak}${indent}${property}${comma}` }
  }
  if (isEmpty && /^[ \t]*\}/.test(rest))
    return {
      start: open,
      end: object.offset + object.length - 1,
      text: `${lineBreak}${indent}${property}${lineBreak}${outer}`,
    }
  return { start: open, end: open, text: `${JSON.stringify(key)}:${JSON.stringify(value)}${comma}` }
}

function pretty(text: string, value: unknown, indent: string): string {
  return JSON.stringify(value, null, unitOf(text)).replaceAll('\n', `${lineBreakOf(text)}${indent}`)
}

/** The blanks that begin the line of an offset. */
function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return /^\uFEFF?([ \t]*)/.exec(text.slice(start, offset))?.[1] ?? ''
}

/** How the first property of an object is indented, where it begins a line. */
function childIndent(text: string, object: Node): string | undefined {
  const first = object.children?.[0]
  if (first === undefined) return undefined
  const start = text.lastIndexOf('\n', first.offset - 1) + 1
  const before = text.slice(start, first.offset)
  return start > object.offset && /^[ \t]*$/.test(before) ? before : undefined
}

/** What one level is indented by: as the first property of the file is, or two blanks. */
function unitOf(text: string): string {
  const indent = isBlank(text) ? undefined : childIndent(text, rootOf(text))
  return indent === undefined || indent === '' ? '  ' : indent
}

/** Cuts a property out with its comma, and its lines where it has them for itself. */
function withoutEntry(text: string, container: readonly string[], name: string): string {
  const { object, missing } = containerOf(text, container)
  const property = missing.length > 0 ? undefined : propertyOf(text, object, name)
  if (property === undefined) return text
  const end = property.offset + property.length
  const next = commaIn(text, end, object.offset + object.length - 1)
  const edits: Edit[] = []
  if (next === undefined) {
    const index = (object.children ?? []).indexOf(property)
    const before = object.children?.[index - 1]
    const comma = before === undefined ? undefined : commaIn(text, before.offset + before.length, property.offset)
    if (comma !== undefined) edits.push({ start: comma, end: comma + 1, text: '' })
  }
  // A comment between the entry and its comma stays; the comma goes by itself then.
  const isNear = next !== undefined && /^\s*$/.test(text.slice(end, next))
  if (next !== undefined && !isNear) edits.push({ start: next, end: next + 1, text: '' })
  edits.push({ ...wholeLines(text, property.offset, isNear ? next + 1 : end), text: '' })
  return apply(text, edits)
}

/** The first comma outside of comments in a stretch of the text. */
function commaIn(text: string, start: number, end: number): number | undefined {
  const scanner = createScanner(text, false)
  scanner.setPosition(start)
  while (scanner.getPosition() < end) {
    scanner.scan()
    const at = scanner.getTokenOffset()
    // A text that holds a comma is longer than that, with its quotes.
    if (scanner.getTokenLength() === 1 && text[at] === ',') return at < end ? at : undefined
  }
  return undefined
}

/** Widens a stretch to its lines, where nothing else stands on them. */
function wholeLines(text: string, start: number, end: number): { readonly start: number; readonly end: number } {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', end)
  const isAlone =
    lineEnd >= 0 && /^[ \t]*$/.test(text.slice(lineStart, start)) && /^[ \t\r]*$/.test(text.slice(end, lineEnd))
  return isAlone ? { start: lineStart, end: lineEnd + 1 } : { start, end }
}
