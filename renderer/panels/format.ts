/** Numbers and times as people read them. */

/** @param durationMs milliseconds, fractions allowed */
export function formatDuration(durationMs: number): string {
  if (durationMs >= 10_000) return `${(durationMs / 1000).toFixed(0)} s`
  if (durationMs >= 1_000) return `${(durationMs / 1000).toFixed(1)} s`
  if (durationMs >= 10) return `${durationMs.toFixed(0)} ms`
  return `${durationMs.toFixed(1)} ms`
}

/** @param time RFC 3339; shown in the reader's own zone and language */
export function formatMoment(time: string): string {
  return new Date(time).toLocaleString()
}

/** @param time RFC 3339 */
export function formatTimeOfDay(time: string): string {
  return new Date(time).toLocaleTimeString()
}

/** JSON laid out for reading; any other text as it is. */
export function formatBody(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
