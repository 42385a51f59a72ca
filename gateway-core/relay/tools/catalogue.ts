/**
 * What servers last listed, for when they cannot be asked: whole lists that came as one page, each for the caller that it
 * was for, and for everybody where the server says `public` (MCP 2026-07-28, server/utilities/caching). In memory, bounded.
 */
import type { Answer, Params } from '../../contract/json-rpc.js'
import { listKeys, listMethods, type ListMethod } from './read-list.js'

const maxKept = 500
const maxItems = 2000

export interface Catalogue {
  /** Keeps the answer to a call, where it is a whole list. */
  note(
    server: string,
    callerId: string,
    call: { readonly method: string; readonly params: Params | undefined },
    answer: Answer,
  ): void
  last(server: string, callerId: string, method: string): Params | undefined
  forget(server: string): void
}

export function createCatalogue(): Catalogue {
  // Neither slugs nor methods hold a space. No caller's id is empty, which stands for everybody.
  const kept = new Map<string, Params>()
  return {
    note: (server, callerId, { method, params }, answer) => {
      if (!isListMethod(method) || !('result' in answer) || params?.['cursor'] !== undefined) return
      const { result } = answer
      const items = result[listKeys[method]]
      if (result['nextCursor'] !== undefined || !Array.isArray(items) || items.length > maxItems) return
      const key = `${server} ${method} ${result['cacheScope'] === 'public' ? '' : callerId}`
      kept.delete(key)
      kept.set(key, result)
      const [oldest] = kept.keys()
      if (kept.size > maxKept && oldest !== undefined) kept.delete(oldest)
    },
    last: (server, callerId, method) => kept.get(`${server} ${method} ${callerId}`) ?? kept.get(`${server} ${method} `),
    forget: (server) => {
      for (const key of [...kept.keys()]) if (key.startsWith(`${server} `)) kept.delete(key)
    },
  }
}

function isListMethod(method: string): method is ListMethod {
  return (listMethods as readonly string[]).includes(method)
}
