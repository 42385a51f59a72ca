/**
 * A map of what comes and goes, such as requests in flight.
 *
 * V8's `Map` and `Set` make themselves another table every so many changes, and the outgrown one keeps a link to it and
 * all that was in it. Once one of them is old, everything that is in a later one becomes old as well, and lives on until
 * the next full collection: under load that costs more than the requests themselves. Here an entry is emptied when it is
 * deleted, so that only the empty entry lives on. Keys do too: they should be numbers or text, not objects.
 */
export class ShortLivedMap<K extends number | string, V> {
  readonly #entries = new Map<K, { value: V | undefined }>()

  get size(): number {
    return this.#entries.size
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)?.value
  }

  has(key: K): boolean {
    return this.#entries.has(key)
  }

  set(key: K, value: V): void {
    this.delete(key)
    this.#entries.set(key, { value })
  }

  /** @returns whether it was there */
  delete(key: K): boolean {
    const entry = this.#entries.get(key)
    if (entry === undefined) return false
    entry.value = undefined
    return this.#entries.delete(key)
  }

  clear(): void {
    for (const entry of this.#entries.values()) entry.value = undefined
    this.#entries.clear()
  }

  /** In the order in which they were set. Those deleted meanwhile are left out. */
  *values(): Iterable<V> {
    for (const { value } of this.#entries.values()) if (value !== undefined) yield value
  }
}
