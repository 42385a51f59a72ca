/** Finds exchanges, newest first, for as long as it may take; what it did not get to is asked for with a cursor. */
import { emptyRow, readRow } from '../contract/batch-entries.js'
import { placesPerMs } from '../contract/captured-batch.js'
import { GatewayError } from '../contract/errors.js'
import { parseExchangeFilter } from '../contract/exchange-filter.js'
import { createExchangeMatcher, type CallFacets, type ExchangeMatcher } from '../contract/exchange-match.js'
import type { ExchangeQuery, ExchangeSummary } from '../contract/exchange.js'
import type { ExchangePage, KeptExchange } from './exchange-form.js'
import {
  batchOf,
  callOf,
  ordinalOf,
  positionAt,
  recordBytes,
  shapeOf,
  type ExchangeSegments,
  type RecordPlace,
} from './exchange-segments.js'
import type { ExchangeTexts } from './exchange-texts.js'

const defaultLimit = 50
const maxLimit = 500

export interface SearchedExchanges {
  readonly segments: ExchangeSegments
  readonly texts: Pick<ExchangeTexts, 'finder'>
  /** The oldest batch that is kept. */
  firstBatch(): number
  /** One batch's exchanges at these places in it. */
  read(batch: number, ordinals: ReadonlySet<number>): readonly KeptExchange[]
}

export interface SearchBounds {
  /** Position before which nothing counts as kept. */
  readonly floor: number
  /** Milliseconds after which the search ends with what it has. */
  readonly budgetMs: number
}

interface Found extends RecordPlace {
  readonly position: number
}

/** @throws GatewayError `invalid_input` for a cursor or a filter that is none */
export function searchExchanges(kept: SearchedExchanges, query: ExchangeQuery, bounds: SearchBounds): ExchangePage {
  const limit = Math.min(Math.max(query.limit ?? defaultLimit, 1), maxLimit)
  const from = Math.max(bounds.floor, query.since === undefined ? 0 : Date.parse(query.since) * placesPerMs)
  const to = Math.min(
    query.until === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(query.until) * placesPerMs,
    query.cursor === undefined ? Number.MAX_SAFE_INTEGER : readCursor(query.cursor),
  )
  const matcher = matcherOf(query)
  const mayHold = kept.texts.finder(matcher.wanted)
  const search: Search = { from, to, limit, matcher, mayHold, firstBatch: kept.firstBatch() }
  const endMs = performance.now() + bounds.budgetMs
  const ranges = kept.segments.between(from, to)
  let found: Found[] = []
  let stoppedAt: number | undefined
  for (const [index, { id, newest }] of ranges.entries()) {
    const surplus = found[limit]
    if (surplus !== undefined && surplus.position >= newest) break
    if (index > 0 && performance.now() > endMs) {
      stoppedAt = newest + 1
      break
    }
    const inSegment = candidates(kept.segments, id, search)
    const { matching, unread } = verified(kept, inSegment, search, endMs)
    found = [...found, ...matching].sort((a, b) => b.position - a.position).slice(0, limit + 1)
    if (unread !== undefined) {
      stoppedAt = Math.max(unread + 1, (ranges[index + 1]?.newest ?? 0) + 1)
      break
    }
  }
  const complete = stoppedAt === undefined ? found : found.filter(({ position }) => position >= (stoppedAt ?? 0))
  const page = complete.slice(0, limit)
  const last = complete.length > limit ? page.at(-1)?.position : stoppedAt
  const nextCursor = last === undefined ? {} : { nextCursor: `${cursorMark}${last.toString(36)}` }
  return { items: summariesOf(kept, page), ...nextCursor, isPartial: page.length < limit && stoppedAt !== undefined }
}

interface Search {
  readonly from: number
  readonly to: number
  readonly limit: number
  readonly matcher: ExchangeMatcher
  /** Whether a batch may hold the text that is wanted, where something can tell. */
  readonly mayHold: ((batch: number) => boolean) | undefined
  readonly firstBatch: number
}

function matcherOf(query: ExchangeQuery): ExchangeMatcher {
  const filter = parseExchangeFilter(query.q ?? '')
  if ('message' in filter)
    throw new GatewayError('invalid_input', {
      errors: [{ path: 'q', message: `character ${filter.position + 1}: ${filter.message}` }],
    })
  const matcher = createExchangeMatcher(filter)
  const { server, caller, verdict, tool, status } = query
  return {
    ...matcher,
    shape: (facets) =>
      (server === undefined || facets.server === server) &&
      (caller === undefined || facets.caller?.id === caller || facets.caller?.subject === caller) &&
      matcher.shape(facets),
    call: (facets) => (tool === undefined || facets.tool === tool) && matcher.call(facets),
    row:
      verdict === undefined && status === undefined
        ? matcher.row
        : (row, call) =>
            (verdict === undefined || row.decision === verdict) &&
            (status === undefined || row.status === status) &&
            (matcher.row === undefined || matcher.row(row, call)),
  }
}

/** Those of a segment that meet everything but the text, newest first; one more than the page takes is enough. */
function* candidates(segments: ExchangeSegments, id: number, search: Search): Iterable<Found> {
  const { matcher, from, to, firstBatch, mayHold } = search
  const dictionary = segments.dictionary(id)
  const shapes = dictionary.facets.map((facets) => matcher.shape(facets))
  if (!shapes.includes(true)) return
  const calls = dictionary.calls.map(([method, tool, errorCode, replayOf]): CallFacets | undefined => {
    const call = { method, tool, errorCode, replayOf }
    return matcher.call(call) ? call : undefined
  })
  if (calls.every((call) => call === undefined)) return
  const records = segments.records(id)
  const row = { ...emptyRow }
  let unlikely = -1
  for (let at = records.byteLength - recordBytes; at >= 0; at -= recordBytes) {
    const call = calls[callOf(records, at)]
    if (call === undefined || shapes[shapeOf(records, at)] !== true) continue
    if (matcher.row !== undefined && !matcher.row(readRow(records, at, row), call)) continue
    const position = positionAt(records, at)
    if (position < from || position >= to) continue
    const batch = batchOf(records, at)
    if (batch === unlikely || batch < firstBatch) continue
    if (mayHold?.(batch) === false) unlikely = batch
    else yield { position, batch, ordinal: ordinalOf(records, at) }
  }
}

interface Verified {
  readonly matching: readonly Found[]
  /** Position of the first that there was no time for. */
  readonly unread: number | undefined
}

/** Looks into the text of those that come, where the filter asks for it. */
function verified(
  kept: SearchedExchanges,
  found: Iterable<Found>,
  { matcher, limit }: Search,
  endMs: number,
): Verified {
  const matching: Found[] = []
  const { text } = matcher
  if (text === undefined) {
    for (const candidate of found) {
      matching.push(candidate)
      if (matching.length > limit) break
    }
    return { matching, unread: undefined }
  }
  let isFirst = true
  for (const group of byBatch(found)) {
    const [first] = group
    if (first === undefined) continue
    if (!isFirst && performance.now() > endMs) return { matching, unread: first.position }
    isFirst = false
    const byPosition = new Map(group.map((candidate) => [candidate.position, candidate]))
    const exchanges = kept.read(first.batch, new Set(group.map(({ ordinal }) => ordinal)))
    for (const exchange of [...exchanges].reverse()) {
      const candidate = byPosition.get(exchange.position)
      if (candidate !== undefined && text(exchange)) matching.push(candidate)
    }
    if (matching.length > limit) break
  }
  return { matching, unread: undefined }
}

/** Neighbours of one batch together. */
function* byBatch(found: Iterable<Found>): Iterable<readonly Found[]> {
  let group: Found[] = []
  for (const candidate of found) {
    if (group[0] !== undefined && group[0].batch !== candidate.batch) {
      yield group
      group = []
    }
    group.push(candidate)
  }
  yield group
}

function summariesOf(kept: SearchedExchanges, page: readonly Found[]): ExchangeSummary[] {
  const ordinals = new Map<number, Set<number>>()
  for (const { batch, ordinal } of page) ordinals.set(batch, (ordinals.get(batch) ?? new Set()).add(ordinal))
  const byPosition = new Map<number, ExchangeSummary>()
  for (const [batch, wanted] of ordinals)
    for (const exchange of kept.read(batch, wanted)) byPosition.set(exchange.position, exchange.summary())
  return page.flatMap(({ position }) => byPosition.get(position) ?? [])
}

/** NaN where the text is no id, which no exchange has. */
export function positionOf(id: string): number {
  return /^[0-9a-z]{1,11}$/.test(id) ? Number.parseInt(id, 36) : Number.NaN
}

/** Tells a cursor from any other word. */
const cursorMark = 'before-'

/** @throws GatewayError `invalid_input` */
function readCursor(cursor: string): number {
  const position = cursor.startsWith(cursorMark) ? positionOf(cursor.slice(cursorMark.length)) : Number.NaN
  if (!Number.isNaN(position)) return position
  const message = 'expected a nextCursor of an earlier answer'
  throw new GatewayError('invalid_input', { detail: `cursor: ${message}`, errors: [{ path: 'cursor', message }] })
}

/** Where replays of an exchange are found: in the calls of segments, from its own place in time on. */
export function replaysOf(segments: ExchangeSegments, id: string): string[] {
  const replays: number[] = []
  for (const range of segments.between(positionOf(id), Number.MAX_SAFE_INTEGER)) {
    const { calls } = segments.dictionary(range.id)
    const wanted = new Set(calls.flatMap(([, , , replayOf], index) => (replayOf === id ? [index] : [])))
    if (wanted.size === 0) continue
    const records = segments.records(range.id)
    for (let at = 0; at < records.byteLength; at += recordBytes)
      if (wanted.has(callOf(records, at))) replays.push(records.getFloat64(at, true))
  }
  return replays.sort((a, b) => a - b).map((position) => position.toString(36))
}
