/** A profile file as a plain value that remembers on which line each of its keys stands. */
import { parseTree, printParseErrorCode, type Node as JsonNode, type ParseError } from 'jsonc-parser'
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Document, type ParsedNode } from 'yaml'
import type { FieldError } from '../contract/errors.js'
import { dottedPath } from '../contract/field-errors.js'
import { profileInvalid } from './profile-invalid.js'

const maxProfileBytes = 5 * 1024 * 1024
const maxDepth = 64
const maxValues = 100_000
const maxAliases = 100
const maxSyntaxErrors = 20
const refusedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

type SourcePath = readonly (string | number)[]

export interface SourceDocument {
  readonly value: unknown
  /** 1-based line of the key or list item at a dotted path, or of the nearest one around it. */
  lineOf(path: string): number
  /** Where the value at a dotted path stands in the text: its first offset, and the one after its last. */
  rangeOf(path: string): readonly [number, number] | undefined
}

/**
 * Decodes a profile file's bytes.
 *
 * @throws GatewayError `profile_invalid` where they are not UTF-8, or more than 5 MiB
 */
export function decodeProfile(bytes: Uint8Array): string {
  if (bytes.byteLength > maxProfileBytes) throw profileInvalid([{ path: '', line: 1, message: tooLarge }])
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw profileInvalid([{ path: '', line: 1, message: 'expected UTF-8 text: save the file in this encoding' }])
  }
}

const tooLarge = 'expected a file of at most 5 MiB'

/**
 * Parses YAML 1.2 (core schema, no merge keys, no tags) or JSON with comments and trailing commas.
 *
 * @throws GatewayError `profile_invalid` with every syntax error; for keys that occur twice, nesting beyond 64 levels,
 *   more than 100 000 values or 100 aliases, and keys that mean something to JavaScript's objects
 */
export function parseSource(text: string, format: 'yaml' | 'json'): SourceDocument {
  if (Buffer.byteLength(text) > maxProfileBytes) throw profileInvalid([{ path: '', line: 1, message: tooLarge }])
  const collected = new Collector(text)
  try {
    const value = format === 'yaml' ? readYaml(text, collected) : readJson(text, collected)
    if (collected.errors.length > 0) throw profileInvalid(collected.errors)
    return {
      value,
      lineOf: (path) => collected.lineOf(path),
      rangeOf: (path) => collected.ranges.get(path),
    }
  } catch (error) {
    if (error instanceof RangeError)
      throw profileInvalid([{ path: '', line: 1, message: `expected at most ${maxDepth} levels of nesting` }])
    throw error
  }
}

class StopReading extends Error {}

/** Gathers positions and errors while a tree is walked. */
class Collector {
  readonly errors: FieldError[] = []
  readonly ranges = new Map<string, readonly [number, number]>()
  readonly #lines = new Map<string, number>()
  readonly #lineStarts: number[]
  #values = 0

  constructor(text: string) {
    this.#lineStarts = [0]
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1)
  }

  lineAt(offset: number): number {
    let low = 0
    let high = this.#lineStarts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if ((this.#lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle
    }
    return low + 1
  }

  lineOf(path: string): number {
    for (let at = path; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['), 0))) {
      const line = this.#lines.get(at)
      if (line !== undefined) return line
    }
    return this.#lines.get('') ?? 1
  }

  fail(path: SourcePath, offset: number, message: string): void {
    this.errors.push({ path: dottedPath(path), line: this.lineAt(offset), message })
  }

  /** Notes one value. */
  enter(path: SourcePath, offset: number, range: readonly [number, number]): void {
    if (path.length > maxDepth) this.#stop(path, offset, `expected at most ${maxDepth} levels of nesting`)
    if (++this.#values > maxValues) this.#stop([], offset, `expected at most ${maxValues} values`)
    const key = dottedPath(path)
    this.#lines.set(key, this.lineAt(offset))
    this.ranges.set(key, range)
  }

  /** Whether a key may be taken; says why where it may not. */
  takesKey(path: SourcePath, key: string, offset: number, seen: Map<string, number>): boolean {
    const first = seen.get(key)
    if (first !== undefined) this.fail([...path, key], offset, `the key "${key}" occurs twice: first on line ${first}`)
    else if (refusedKeys.has(key)) this.fail([...path, key], offset, `the key "${key}" is refused in every place`)
    else seen.set(key, this.lineAt(offset))
    return first === undefined && !refusedKeys.has(key)
  }

  #stop(path: SourcePath, offset: number, message: string): never {
    this.fail(path, offset, message)
    throw new StopReading()
  }
}

function readYaml(text: string, collected: Collector): unknown {
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    stringKeys: true,
    // Counted here instead: the library compares every key with every other.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const problems = [...document.errors, ...document.warnings]
  // The library reports its own recursion's end as a fault of the text.
  if (problems.some(({ message }) => message.includes('call stack'))) throw new RangeError('nested too deep')
  for (const problem of problems.slice(0, maxSyntaxErrors))
    // What follows `: "` quotes the file, which may hold a secret.
    collected.fail([], problem.pos[0], `not valid YAML: ${problem.message.replace(/: ".*$/s, '')}`)
  if (collected.errors.length > 0) return undefined
  return readWhole(() => yamlValue(document.contents, [], 0, { document, collected, aliases: 0 }))
}

interface YamlReading {
  readonly document: Document.Parsed
  readonly collected: Collector
  aliases: number
}

function yamlValue(node: ParsedNode | null, path: SourcePath, keyOffset: number, reading: YamlReading): unknown {
  const { collected, document } = reading
  collected.enter(path, keyOffset, node === null ? [keyOffset, keyOffset] : [node.range[0], node.range[1]])
  if (isAlias(node)) {
    if (++reading.aliases > maxAliases) {
      if (reading.aliases === maxAliases + 1) collected.fail(path, keyOffset, `expected at most ${maxAliases} aliases`)
      return undefined
    }
    const target = node.resolve(document)
    return yamlValue(target === undefined ? null : (target as ParsedNode), path, keyOffset, reading)
  }
  if (isMap<ParsedNode, ParsedNode | null>(node)) {
    const seen = new Map<string, number>()
    const value: Record<string, unknown> = {}
    for (const pair of node.items) {
      const offset = pair.key.range[0]
      if (!isScalar(pair.key)) {
        collected.fail(path, offset, 'expected text as a key')
        continue
      }
      const key = String(pair.key.value)
      if (collected.takesKey(path, key, offset, seen))
        value[key] = yamlValue(pair.value, [...path, key], offset, reading)
    }
    return value
  }
  if (isSeq<ParsedNode>(node))
    return node.items.map((item, index) => yamlValue(item, [...path, index], item.range[0], reading))
  return isScalar(node) ? node.value : null
}

function readJson(text: string, collected: Collector): unknown {
  const problems: ParseError[] = []
  // The YAML parser skips a byte order mark; here a blank in its place keeps every offset.
  const tree = parseTree(text.replace(/^\uFEFF/, ' '), problems, { allowTrailingComma: true })
  for (const { error, offset } of problems.slice(0, maxSyntaxErrors)) {
    const words = printParseErrorCode(error).replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`)
    collected.fail([], offset, `not valid JSON: ${words.toLowerCase()}`)
  }
  if (collected.errors.length > 0) return undefined
  return readWhole(() => (tree === undefined ? null : jsonValue(tree, [], tree.offset, collected)))
}

function jsonValue(node: JsonNode, path: SourcePath, keyOffset: number, collected: Collector): unknown {
  collected.enter(path, keyOffset, [node.offset, node.offset + node.length])
  if (node.type === 'object') {
    const seen = new Map<string, number>()
    const value: Record<string, unknown> = {}
    for (const property of node.children ?? []) {
      const [name, child] = property.children ?? []
      if (name === undefined || child === undefined) continue
      const key = String(name.value)
      if (collected.takesKey(path, key, name.offset, seen))
        value[key] = jsonValue(child, [...path, key], name.offset, collected)
    }
    return value
  }
  if (node.type === 'array')
    return (node.children ?? []).map((child, index) => jsonValue(child, [...path, index], child.offset, collected))
  return node.value
}

/** Ends quietly where the collector has noted that it must. */
function readWhole(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    if (error instanceof StopReading) return undefined
    throw error
  }
}
