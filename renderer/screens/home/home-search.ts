/** What the first screen keeps in its address. */
export interface HomeSearch {
  /** Slug of the server whose first call is being made. */
  readonly first?: string
}

export function readHomeSearch({ first }: Record<string, unknown>): HomeSearch {
  return typeof first === 'string' && first.length <= 64 ? { first } : {}
}
