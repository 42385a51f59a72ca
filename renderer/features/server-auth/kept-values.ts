/** What was typed for each kind of a choice, so that looking at another kind loses nothing. As long as the page is open. */
const kept = new Map<string, unknown>()

/** @param place what the choice is about: `github app_auth` */
export function keepValue(place: string, kind: string, value: unknown): void {
  kept.set(`${place} ${kind}`, value)
}

export function keptValue<T>(place: string, kind: string, blank: T): T {
  const value = kept.get(`${place} ${kind}`)
  return value === undefined ? blank : (value as T)
}
