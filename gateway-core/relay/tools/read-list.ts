/** Reads a list of a server to its end, page by page. */
import type { Answer, JsonRpcError, Params } from '../../contract/json-rpc.js'

const maxPages = 100
const maxItems = 10_000

export const listMethods = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'] as const
export type ListMethod = (typeof listMethods)[number]

/** Where a result has its list. */
export const listKeys = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
} as const satisfies Record<ListMethod, string>

export interface WholeList {
  readonly items: readonly unknown[]
  /** The smallest of the pages; undefined where no page has one. */
  readonly ttlMs: number | undefined
  /** `private` if any page is; undefined where no page says. */
  readonly cacheScope: 'public' | 'private' | undefined
  /** It went on after 100 pages or 10,000 items, or its cursors went round in a circle. */
  readonly isCutOff: boolean
}

/** The server answered, but with no list. */
export class ListRefused extends Error {
  constructor(
    method: ListMethod,
    /** Undefined where it answered with a result that holds none. */
    readonly error: JsonRpcError | undefined,
  ) {
    super(`the server answered ${method} ${error === undefined ? 'without a list' : `with error ${error.code}`}`)
  }
}

/**
 * @throws what `fetch` throws; ListRefused
 */
export async function readList(
  method: ListMethod,
  fetch: (params: Params | undefined) => Promise<Answer>,
): Promise<WholeList> {
  const items: unknown[] = []
  const ttls: number[] = []
  const scopes: string[] = []
  const cursors = new Set<string>()
  let cursor: string | undefined
  do {
    const answer = await fetch(cursor === undefined ? undefined : { cursor })
    if ('error' in answer) throw new ListRefused(method, answer.error)
    const page = answer.result[listKeys[method]]
    if (!Array.isArray(page)) throw new ListRefused(method, undefined)
    for (const item of page.slice(0, maxItems - items.length)) items.push(item)
    const { ttlMs, cacheScope, nextCursor } = answer.result
    if (typeof ttlMs === 'number' && ttlMs >= 0) ttls.push(ttlMs)
    if (typeof cacheScope === 'string') scopes.push(cacheScope)
    cursor = typeof nextCursor === 'string' ? nextCursor : undefined
    if (cursor === undefined) break
    if (cursors.has(cursor)) break
    cursors.add(cursor)
  } while (cursors.size < maxPages && items.length < maxItems)
  return {
    items,
    ttlMs: ttls.length === 0 ? undefined : Math.min(...ttls),
    cacheScope: scopes.length === 0 ? undefined : scopes.every((scope) => scope === 'public') ? 'public' : 'private',
    isCutOff: cursor !== undefined,
  }
}
