/**
 * How far this machine's clock is from another's, as an answer's `Date` header or a token's times tell.
 *
 * @see [RFC 9110 §6.6.1](https://www.rfc-editor.org/rfc/rfc9110.html#section-6.6.1)
 */
import type { Diagnosis } from '../contract/diagnosis.js'

/** Less than that is the answer's way, and the header's whole seconds. */
const maxSkewMs = 60_000

/** What two clocks said at one moment, epoch milliseconds. */
export interface TwoClocks {
  readonly theirsMs: number
  readonly oursMs: number
}

/** @returns undefined where both agree, or nobody can tell */
export function clocksApart(date: unknown, oursMs: number): TwoClocks | undefined {
  const theirsMs = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Math.abs(theirsMs - oursMs) > maxSkewMs ? { theirsMs, oursMs } : undefined
}

/** @param whose e.g. `the provider’s` */
export function clockFact({ theirsMs, oursMs }: TwoClocks, whose: string): string {
  return `By ${whose} clock it is ${textOf(theirsMs)}, by this machine’s ${textOf(oursMs)}.`
}

/** @param facts that led to asking about the clock */
export function clockSkew(clocks: TwoClocks, whose: string, facts: readonly string[]): Diagnosis {
  const minutes = Math.round((clocks.oursMs - clocks.theirsMs) / 60_000)
  return {
    code: 'CLOCK_SKEW',
    title: `Your clock is ${Math.abs(minutes)} min ${minutes < 0 ? 'behind' : 'ahead'}`,
    facts: [...facts, clockFact(clocks, whose)],
    likelyCause: 'times in the token look wrong to one of the two.',
    fix: 'Set this machine’s clock, then sign in again.',
  }
}

function textOf(ms: number): string {
  return new Date(ms).toISOString()
}
