/**
 * Lists of servers (`tools/list` and its like), kept as long as their servers say and shared no further than they allow
 * (MCP 2026-07-28, server/utilities/caching).
 *
 * How long a list is fresh:
 * - stateless era: `ttlMs`; absent or 0 is not at all;
 * - older era, where there is no `ttlMs`: until `list_changed` if the server declares it, but 10 minutes at most, as a
 *   notification is lost with the stream that it would have come on; 60 s otherwise.
 *
 * Who may have it: everybody if `cacheScope` is `public`, otherwise, and where a server does not say, the context that
 * it was fetched for.
 */
import { isRecord, type Answer, type Params } from '../../contract/json-rpc.js'
import type { ServerAbout } from '../../servers/server-session.js'
import { createKeptLists } from './kept-lists.js'
import { listMethods, readList, type ListMethod, type WholeList } from './read-list.js'

const maxTtlMs = 86_400_000
const maxAnnouncedMs = 600_000
const unannouncedMs = 60_000

export interface ListRequest {
  readonly server: string
  /** Whose authorization the list is fetched with. One word for everybody where the session is shared. */
  readonly context: string
  readonly method: ListMethod
  /** Asked when the list is there, as a server may only be known once it has been spoken to. */
  about(): ServerAbout | undefined
  /** Asks for one page. Is called again for each further one, with its cursor. */
  fetch(params: Params | undefined): Promise<Answer>
}

export interface KnownList extends WholeList {
  /** On the clock of the cache. 0: not any more. */
  readonly freshUntilMs: number
}

export interface ListCache {
  /**
   * A fresh list, from memory or from its server, which is asked once however many wait. A failure is not remembered.
   *
   * @throws what `fetch` throws; ListRefused where the server answered with an error or with no list
   */
  get(request: ListRequest): Promise<KnownList>
  /** The list if `get` would not have to ask. */
  fresh(server: string, context: string, method: ListMethod): KnownList | undefined
  /** The last list that there was, however old: for a server that is down. */
  lastKnown(server: string, context: string, method: ListMethod): KnownList | undefined
  /** The server said `list_changed`. Lists that are on their way are not kept as fresh. */
  invalidate(server: string, method: ListMethod): void
  /** The server is registered no longer, or differently: not even the last list is kept. */
  forget(server: string): void
}

export function createListCache(nowMs: () => number): ListCache {
  const kept = createKeptLists<KnownList>()
  const flights = new Map<string, Promise<KnownList>>()
  // Generations are never given twice, so that a list which was asked for before is known for what it is.
  let lastGeneration = 0
  const generations = new Map<string, number>()
  const forgottenAt = new Map<string, number>()
  const generationOf = (server: string, method: ListMethod): number => generations.get(`${server} ${method}`) ?? 0
  const renew = (server: string, method: ListMethod): void =>
    void generations.set(`${server} ${method}`, ++lastGeneration)

  const fresh = (server: string, context: string, method: ListMethod): KnownList | undefined => {
    const generation = generationOf(server, method)
    return kept
      .of(server, method, context)
      .find((found) => found.generation === generation && nowMs() < found.list.freshUntilMs)?.list
  }
  const load = async (request: ListRequest, generation: number): Promise<KnownList> => {
    const { server, context, method } = request
    const list = await readList(method, (params) => request.fetch(params))
    const known = { ...list, freshUntilMs: nowMs() + freshForMs(list, request.about(), method) }
    if (generation >= (forgottenAt.get(server) ?? 0))
      kept.keep(server, method, list.cacheScope === 'public' ? undefined : context, { list: known, generation })
    return known
  }
  return {
    fresh,
    get: async (request) => {
      const { server, context, method } = request
      const found = fresh(server, context, method)
      if (found !== undefined) return found
      const generation = generationOf(server, method)
      const key = `${generation} ${server} ${method} ${context}`
      const flight = flights.get(key) ?? load(request, generation).finally(() => flights.delete(key))
      flights.set(key, flight)
      return flight
    },
    lastKnown: (server, context, method) => kept.of(server, method, context)[0]?.list,
    invalidate: renew,
    forget: (server) => {
      forgottenAt.set(server, ++lastGeneration)
      for (const method of listMethods) renew(server, method)
      kept.forget(server)
    },
  }
}

function freshForMs(list: WholeList, about: ServerAbout | undefined, method: ListMethod): number {
  if (list.ttlMs !== undefined) return Math.min(list.ttlMs, maxTtlMs)
  if (about?.era !== 'legacy') return 0
  const capability = about.capabilities[method.slice(0, method.indexOf('/'))]
  return isRecord(capability) && capability['listChanged'] === true ? maxAnnouncedMs : unannouncedMs
}
