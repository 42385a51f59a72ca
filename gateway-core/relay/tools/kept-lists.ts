/** Where lists are kept: bounded, the one that has not been used for longest goes first. */

const maxLists = 2_000
const maxItems = 400_000

export interface Kept<List> {
  readonly list: List
  /** How often the server had changed its list when this one was asked for. */
  readonly generation: number
}

export interface KeptLists<List> {
  /** The one of this context and the one of everybody, as far as there are, the younger generation first. */
  of(server: string, method: string, context: string): readonly Kept<List>[]
  /**
   * Keeps it, unless one of a younger generation is there.
   *
   * @param context undefined for everybody
   */
  keep(server: string, method: string, context: string | undefined, kept: Kept<List>): void
  forget(server: string): void
}

export function createKeptLists<List extends { readonly items: readonly unknown[] }>(): KeptLists<List> {
  // A Map keeps the order of insertion. Neither slugs nor methods hold a space, so no two lists have one key.
  const lists = new Map<string, Kept<List>>()
  let totalItems = 0
  const remove = (key: string): void => {
    const found = lists.get(key)
    if (found === undefined) return
    lists.delete(key)
    totalItems -= found.list.items.length
  }
  const add = (key: string, kept: Kept<List>): void => {
    remove(key)
    lists.set(key, kept)
    totalItems += kept.list.items.length
    for (const oldest of lists.keys()) {
      if ((lists.size <= maxLists && totalItems <= maxItems) || lists.size === 1) return
      remove(oldest)
    }
  }
  const use = (key: string): readonly Kept<List>[] => {
    const found = lists.get(key)
    if (found === undefined) return []
    lists.delete(key)
    lists.set(key, found)
    return [found]
  }
  return {
    of: (server, method, context) =>
      [...use(ownKey(server, method, context)), ...use(publicKey(server, method))].toSorted(
        (a, b) => b.generation - a.generation,
      ),
    keep: (server, method, context, kept) => {
      const key = context === undefined ? publicKey(server, method) : ownKey(server, method, context)
      const before = lists.get(key)
      if (before === undefined || before.generation <= kept.generation) add(key, kept)
      // What was for everybody once is so no longer as soon as the server says otherwise.
      if (context !== undefined) remove(publicKey(server, method))
    },
    forget: (server) => {
      for (const key of [...lists.keys()]) if (key.startsWith(`${server} `)) remove(key)
    },
  }
}

function publicKey(server: string, method: string): string {
  return `${server} ${method}`
}

function ownKey(server: string, method: string, context: string): string {
  return `${server} ${method} ${context}`
}
