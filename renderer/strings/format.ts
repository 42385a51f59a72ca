/** Numbers, times and sizes as people read them, in the language of the page. */

const language = 'en'
const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 })
const oneDigit = new Intl.NumberFormat(language, { maximumFractionDigits: 1 })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' })
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' })
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })

export function formatCount(count: number): string {
  return whole.format(count)
}

/** @param durationMs milliseconds, fractions allowed */
export function formatDuration(durationMs: number): string {
  if (durationMs >= 10_000) return `${whole.format(durationMs / 1000)} s`
  if (durationMs >= 1_000) return `${oneDigit.format(durationMs / 1000)} s`
  if (durationMs >= 10) return `${whole.format(durationMs)} ms`
  return `${oneDigit.format(durationMs)} ms`
}

/** @param sizeBytes shown with binary units, as files are */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1024) return `${whole.format(sizeBytes)} B`
  if (sizeBytes < 1024 * 1024) return `${oneDigit.format(sizeBytes / 1024)} KiB`
  return `${oneDigit.format(sizeBytes / 1024 / 1024)} MiB`
}

/** @param time RFC 3339; shown in the reader's own zone */
export function formatMoment(time: string): string {
  return moment.format(new Date(time))
}

/** The time of day, always of one width. @param time RFC 3339; shown in the reader's own zone */
export function formatClock(time: string): string {
  return clock.format(new Date(time))
}

const steps = [
  ['second', 1_000, 60],
  ['minute', 60_000, 60],
  ['hour', 3_600_000, 24],
  ['day', 86_400_000, 30],
  ['month', 2_592_000_000, 12],
] as const

/** How long ago, or in how long: `5 min. ago`. @param time RFC 3339 */
export function formatRelative(time: string, nowMs = Date.now()): string {
  const differenceMs = new Date(time).getTime() - nowMs
  for (const [unit, unitMs, count] of steps) {
    const amount = Math.trunc(differenceMs / unitMs)
    if (Math.abs(amount) < count) return relative.format(amount, unit)
  }
  return relative.format(Math.trunc(differenceMs / 31_536_000_000), 'year')
}
