/** JSON values as Cedar takes them. Pure. */
import type { CedarValueJson } from '@cedar-policy/cedar-wasm/nodejs'
import { isRecord } from '../contract/json-rpc.js'
import type { ArgumentNode } from './argument-paths.js'

const largestDecimal = 922_337_203_685_477

/**
 * Cedar knows neither null nor fractions, and gives some keys a meaning of its own. A null is as if it were not there; a
 * fraction becomes a decimal of four digits, a number beyond 2^53 its text, an object with such a key its JSON text:
 * comparing one of these with another type is an error, and an error in a `forbid` denies.
 */
function toCedar(value: unknown): CedarValueJson | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return fromNumber(value)
  if (Array.isArray(value)) return value.flatMap((item: unknown) => toCedar(item) ?? [])
  if (!isRecord(value)) return undefined
  const entries = Object.entries(value)
  if (entries.some(([key]) => key.startsWith('__'))) return JSON.stringify(value)
  const record: Record<string, CedarValueJson> = {}
  for (const [key, item] of entries) {
    const converted = toCedar(item)
    if (converted !== undefined) record[key] = converted
  }
  return record
}

function fromNumber(value: number): CedarValueJson {
  if (Number.isSafeInteger(value)) return value
  if (Number.isInteger(value) || Math.abs(value) > largestDecimal) return String(value)
  return { __extn: { fn: 'decimal', arg: value.toFixed(4) } }
}

/** Of arguments only those that policies mention, by their outermost names. */
export function argumentsFor(value: unknown, used: ArgumentNode, whole: boolean): Record<string, CedarValueJson> {
  if (!isRecord(value)) return {}
  const record: Record<string, CedarValueJson> = {}
  for (const name of whole ? Object.keys(value) : used.children.keys()) {
    if (!Object.hasOwn(value, name)) continue
    const converted = toCedar(value[name])
    if (converted !== undefined) record[name] = converted
  }
  return record
}
