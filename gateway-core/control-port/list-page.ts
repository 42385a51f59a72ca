/** Pages of a list that is at hand as a whole. */
import { GatewayError } from '../contract/errors.js'
import type { PageQuery } from '../contract/schema-parts.js'

export interface ListPage<T> {
  readonly items: T[]
  readonly nextCursor?: string
}

/**
 * The items after the cursor, as many as are wanted: all of them where no limit is given. A cursor names the last item of
 * the page before and, for when that is gone by now, its place.
 *
 * @param keyOf tells one item from every other
 * @throws GatewayError `invalid_input` for a cursor that is none
 */
export function listPage<T>(all: readonly T[], { cursor, limit }: PageQuery, keyOf: (item: T) => string): ListPage<T> {
  const start = cursor === undefined ? 0 : placeAfter(readCursor(cursor), all, keyOf)
  const items = all.slice(start, limit === undefined ? undefined : start + limit)
  const [last] = items.slice(-1)
  if (last === undefined || start + items.length >= all.length) return { items }
  return { items, nextCursor: writeCursor({ key: keyOf(last), place: start + items.length }) }
}

interface Cursor {
  readonly key: string
  /** How many came before the next page. */
  readonly place: number
}

function placeAfter<T>({ key, place }: Cursor, all: readonly T[], keyOf: (item: T) => string): number {
  const index = all.findIndex((item) => keyOf(item) === key)
  // The last one is gone, so that those behind it have moved up by one.
  return index === -1 ? Math.max(0, place - 1) : index + 1
}

function writeCursor({ key, place }: Cursor): string {
  return Buffer.from(JSON.stringify([place, key])).toString('base64url')
}

function readCursor(text: string): Cursor {
  const [place, key] = parsed(text)
  if (typeof key === 'string' && typeof place === 'number' && Number.isSafeInteger(place) && place > 0)
    return { key, place }
  const message = 'expected a nextCursor of an earlier answer'
  throw new GatewayError('invalid_input', { detail: `cursor: ${message}`, errors: [{ path: 'cursor', message }] })
}

function parsed(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}
