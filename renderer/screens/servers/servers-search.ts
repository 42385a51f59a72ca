/** What the servers screen keeps in its address. */
export interface ServersSearch {
  /** Slug of the server that is shown beside the list. */
  readonly selected?: string
  readonly filter?: string
  /** Text to add a server from, for review; empty for the empty box. */
  readonly add?: string
}

export function readServersSearch(search: Record<string, unknown>): ServersSearch {
  const text = (key: string): string | undefined => {
    const value = search[key]
    return typeof value === 'string' && value.length <= 16_384 ? value : undefined
  }
  const [selected, filter, add] = [text('selected'), text('filter'), text('add')]
  return {
    ...(selected !== undefined && { selected }),
    ...(filter !== undefined && filter !== '' && { filter }),
    ...(add !== undefined && { add }),
  }
}
