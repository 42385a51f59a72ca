/** One preference of this browser, kept in its local storage. Never for anything secret. */

export interface StoredValue<T> {
  readonly get: () => T
  readonly set: (value: T) => void
  readonly subscribe: (listener: () => void) => () => void
}

/**
 * @param name below `gatehouse.` in the storage
 * @param parse undefined where the stored text is none of the values
 */
export function createStoredValue<T>(
  name: string,
  initial: T,
  parse: (text: string) => T | undefined,
  write: (value: T) => string = String,
): StoredValue<T> {
  const key = `gatehouse.${name}`
  const listeners = new Set<() => void>()
  let value = parse(readStorage(key) ?? '') ?? initial
  return {
    get: () => value,
    set(next) {
      value = next
      writeStorage(key, write(next))
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** A browser may refuse the storage; the preference then lasts as long as the page. */
function readStorage(key: string): string | null {
  try {
    return localStorage.getItem(key)
  } catch {
    return null
  }
}

function writeStorage(key: string, text: string): void {
  try {
    localStorage.setItem(key, text)
  } catch {
    return
  }
}
