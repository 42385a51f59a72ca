/**
 * How an exchange is noted where it is looked for: 20 bytes, little-endian. 64-bit float: position; then unsigned: 32 bits
 * duration in microseconds; 16 bits each: shape and call (places in their lists), status; 8 bits each: decision, flags.
 */
import type { Decision } from './exchange.js'
import type { RowFacets } from './exchange-match.js'

export const entryBytes = 20

export const entryFlags = { body: 1, events: 2, issuance: 4, policy: 8 } as const

const decisions: readonly Decision[] = ['allow', 'deny', 'error']

const maxDurationUs = 0xffff_ffff

export interface Entry {
  readonly position: number
  readonly durationUs: number
  readonly shape: number
  readonly call: number
  readonly status: number
  readonly decision: Decision
  /** Sum of `entryFlags`. */
  readonly flags: number
}

export function writeEntry(view: DataView, at: number, entry: Entry): void {
  view.setFloat64(at, entry.position, true)
  view.setUint32(at + 8, Math.min(entry.durationUs, maxDurationUs), true)
  view.setUint16(at + 12, entry.shape, true)
  view.setUint16(at + 14, entry.call, true)
  view.setUint16(at + 16, entry.status, true)
  view.setUint8(at + 18, entry.decision === 'allow' ? 0 : entry.decision === 'deny' ? 1 : 2)
  view.setUint8(at + 19, entry.flags)
}

type WritableRow = { -readonly [Field in keyof RowFacets]: RowFacets[Field] }

export const emptyRow: RowFacets = {
  status: 0,
  decision: 'error',
  durationMs: 0,
  hasBody: false,
  hasEvents: false,
  hasIssuance: false,
  hasPolicy: false,
}

/** Fills a row, and returns it: one for each of a million entries would cost more than what is asked of them. */
export function readRow(view: DataView, at: number, row: WritableRow): RowFacets {
  const flags = view.getUint8(at + 19)
  row.status = view.getUint16(at + 16, true)
  row.decision = decisions[view.getUint8(at + 18)] ?? 'error'
  row.durationMs = view.getUint32(at + 8, true) / 1000
  row.hasBody = (flags & entryFlags.body) !== 0
  row.hasEvents = (flags & entryFlags.events) !== 0
  row.hasIssuance = (flags & entryFlags.issuance) !== 0
  row.hasPolicy = (flags & entryFlags.policy) !== 0
  return row
}
