/** Where a key moves the active row of a list. */

interface Key {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

const pageRows = 10

/** @returns undefined where the key moves nothing; never outside the list */
export function movedIndex({ key, ctrlKey, metaKey, altKey }: Key, index: number, count: number): number | undefined {
  if (ctrlKey || metaKey || altKey) return undefined
  const target = {
    ArrowDown: index + 1,
    j: index + 1,
    ArrowUp: index - 1,
    k: index - 1,
    PageDown: index + pageRows,
    PageUp: index - pageRows,
    Home: 0,
    End: count - 1,
  }[key]
  return target === undefined ? undefined : Math.max(0, Math.min(count - 1, target))
}
