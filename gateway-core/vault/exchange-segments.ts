/**
 * What exchanges are found by, in rows that describe many: written small, one for each batch, and merged as they become
 * many, so that a search of a million exchanges reads a few hundred rows. An exchange's record is its entry
 * (`batch-entries.ts`), then its batch (32 bits) and its place in it (16 bits), padded to 28 bytes.
 */
import { entryBytes } from '../contract/batch-entries.js'
import type { CallTuple, MaskedBatch } from '../contract/captured-batch.js'
import type { ShapeFacets } from '../contract/exchange-match.js'
import type { VaultDatabase } from './database.js'

export const recordBytes = 28
const batchAt = 20
const ordinalAt = 24
const shapeAt = 12
const callAt = 14

/** So many of a level become one of the next. */
const fanOut = 16
const maxMerged = 16_384
/** Level of those that are merged no more. */
const fullLevel = 100

export interface SegmentRange {
  readonly id: number
  readonly oldest: number
  readonly newest: number
}

export interface SegmentDictionary {
  readonly facets: readonly ShapeFacets[]
  readonly calls: readonly CallTuple[]
}

export interface ExchangeSegments {
  /** Within a transaction. */
  append(batch: MaskedBatch, batchId: number, facets: readonly ShapeFacets[]): void
  /** Of positions from `from` to before `to`, newest first. */
  between(from: number, to: number): readonly SegmentRange[]
  dictionary(id: number): SegmentDictionary
  records(id: number): DataView
  /** Drops those whose batches are all before this one. */
  forgetBefore(batchId: number): void
  clear(): void
}

interface SegmentRow extends SegmentRange {
  readonly level: number
  readonly last_batch: number
  readonly exchanges: number
  readonly facets: string
  readonly calls: string
  readonly records: Uint8Array
}

export function createExchangeSegments(database: VaultDatabase): ExchangeSegments {
  const { insert, mergeLevel } = createMerging(database)
  const between = database.prepare<[number, number], SegmentRange>(
    'SELECT id, oldest, newest FROM exchange_segments WHERE newest >= ? AND oldest < ? ORDER BY newest DESC, id DESC',
  )
  const dictionary = database.prepare<[number], { readonly facets: string; readonly calls: string }>(
    'SELECT facets, calls FROM exchange_segments WHERE id = ?',
  )
  const records = database.prepare<[number], Buffer>('SELECT records FROM exchange_segments WHERE id = ?').pluck()
  const forget = database.prepare<[number]>('DELETE FROM exchange_segments WHERE last_batch < ?')

  return {
    append: (batch, batchId, facets) => {
      insert({
        level: 0,
        oldest: batch.oldest,
        newest: batch.newest,
        last_batch: batchId,
        exchanges: batch.entries.length / entryBytes,
        facets: JSON.stringify(facets),
        calls: batch.calls,
        records: recordsOf(batch.entries, batchId),
      })
      for (let level = 0; mergeLevel(level); level++);
    },
    between: (from, to) => between.all(from, to),
    dictionary: (id) => {
      const { facets = '[]', calls = '[]' } = dictionary.get(id) ?? {}
      return { facets: JSON.parse(facets) as ShapeFacets[], calls: JSON.parse(calls) as CallTuple[] }
    },
    records: (id) => viewOf(records.get(id) ?? new Uint8Array()),
    forgetBefore: (batchId) => void forget.run(batchId),
    clear: () => void database.prepare('DELETE FROM exchange_segments').run(),
  }
}

interface Merging {
  readonly insert: (row: Omit<SegmentRow, 'id'>) => void
  /** Merges a level where it has become full. @returns whether it had */
  readonly mergeLevel: (level: number) => boolean
}

function createMerging(database: VaultDatabase): Merging {
  const insert = database.prepare<Omit<SegmentRow, 'id'>>(
    `INSERT INTO exchange_segments (level, oldest, newest, last_batch, exchanges, facets, calls, records)
     VALUES (@level, @oldest, @newest, @last_batch, @exchanges, @facets, @calls, @records)`,
  )
  const ofLevel = database.prepare<[number], { readonly id: number; readonly exchanges: number }>(
    'SELECT id, exchanges FROM exchange_segments WHERE level = ? ORDER BY id',
  )
  const one = database.prepare<[number], SegmentRow>('SELECT * FROM exchange_segments WHERE id = ?')
  const remove = database.prepare<[number]>('DELETE FROM exchange_segments WHERE id = ?')
  const setLevel = database.prepare<[number, number]>('UPDATE exchange_segments SET level = ? WHERE id = ?')
  const mergeLevel = (level: number): boolean => {
    const rows = ofLevel.all(level)
    if (rows.length < fanOut) return false
    const groups = grouped(rows)
    for (const group of groups) {
      const total = group.reduce((sum, { exchanges }) => sum + exchanges, 0)
      const next = groups.length > 1 || total > maxMerged / 2 ? fullLevel : level + 1
      const [only] = group
      if (group.length === 1 && only !== undefined) {
        setLevel.run(next, only.id)
        continue
      }
      const merged = mergeSegments(group.flatMap(({ id }) => one.all(id)))
      for (const { id } of group) remove.run(id)
      insert.run({ ...merged, level: next })
    }
    return true
  }
  return { insert: (row) => void insert.run(row), mergeLevel }
}

export interface RecordPlace {
  readonly batch: number
  readonly ordinal: number
}

export function positionAt(records: DataView, at: number): number {
  return records.getFloat64(at, true)
}

export function batchOf(records: DataView, at: number): number {
  return records.getUint32(at + batchAt, true)
}

export function ordinalOf(records: DataView, at: number): number {
  return records.getUint16(at + ordinalAt, true)
}

export function shapeOf(records: DataView, at: number): number {
  return records.getUint16(at + shapeAt, true)
}

export function callOf(records: DataView, at: number): number {
  return records.getUint16(at + callAt, true)
}

/** Neighbours, as many as may be one segment. */
function grouped<Row extends { readonly exchanges: number }>(rows: readonly Row[]): Row[][] {
  const groups: Row[][] = []
  let room = 0
  for (const row of rows) {
    const last = groups.at(-1)
    if (last === undefined || row.exchanges > room) {
      groups.push([row])
      room = maxMerged - row.exchanges
    } else {
      last.push(row)
      room -= row.exchanges
    }
  }
  return groups
}

function recordsOf(entries: Uint8Array, batchId: number): Uint8Array {
  const count = entries.length / entryBytes
  const records = new Uint8Array(count * recordBytes)
  const view = viewOf(records)
  for (let ordinal = 0; ordinal < count; ordinal++) {
    const at = ordinal * recordBytes
    records.set(entries.subarray(ordinal * entryBytes, (ordinal + 1) * entryBytes), at)
    view.setUint32(at + batchAt, batchId, true)
    view.setUint16(at + ordinalAt, ordinal, true)
  }
  return records
}

function mergeSegments(rows: readonly SegmentRow[]): Omit<SegmentRow, 'id' | 'level'> {
  const facets = createDictionary()
  const calls = createDictionary()
  const records = new Uint8Array(rows.reduce((bytes, row) => bytes + row.records.length, 0))
  const view = viewOf(records)
  let length = 0
  for (const row of rows) {
    const shapeIndexes = facets.add(row.facets)
    const callIndexes = calls.add(row.calls)
    records.set(row.records, length)
    for (const end = length + row.records.length; length < end; length += recordBytes) {
      view.setUint16(length + shapeAt, shapeIndexes[shapeOf(view, length)] ?? 0, true)
      view.setUint16(length + callAt, callIndexes[callOf(view, length)] ?? 0, true)
    }
  }
  return {
    oldest: Math.min(...rows.map(({ oldest }) => oldest)),
    newest: Math.max(...rows.map(({ newest }) => newest)),
    last_batch: Math.max(...rows.map(({ last_batch }) => last_batch)),
    exchanges: records.length / recordBytes,
    facets: facets.text(),
    calls: calls.text(),
    records: inOrder(records),
  }
}

/** Items of JSON arrays, each once. */
function createDictionary(): { add(json: string): readonly number[]; text(): string } {
  const indexes = new Map<string, number>()
  return {
    add: (json) =>
      (JSON.parse(json) as unknown[]).map((item) => {
        const text = JSON.stringify(item)
        const known = indexes.get(text) ?? indexes.size
        indexes.set(text, known)
        return known
      }),
    text: () => `[${[...indexes.keys()].join(',')}]`,
  }
}

/** Where two processes wrote at once, their exchanges lie between each other. */
function inOrder(records: Uint8Array): Uint8Array {
  const view = viewOf(records)
  const places = Array.from({ length: records.length / recordBytes }, (_, index) => index * recordBytes)
  const isSorted = places.every(
    (at) => at === 0 || view.getFloat64(at - recordBytes, true) <= view.getFloat64(at, true),
  )
  if (isSorted) return records
  places.sort((a, b) => view.getFloat64(a, true) - view.getFloat64(b, true))
  const sorted = new Uint8Array(records.length)
  for (const [index, at] of places.entries()) sorted.set(records.subarray(at, at + recordBytes), index * recordBytes)
  return sorted
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
