/** Each header on its way through the gateway: what the agent sent, what became of it, what the server got. */
import type { Exchange } from '../../client/api.js'
import type { HeaderFate } from '../../components/header-diff.js'

type Request = Exchange['request']
export type Entry = Request['headers'][number]

export interface HeaderTrip {
  readonly fate: HeaderFate
  readonly name: string
  readonly from: Entry | undefined
  readonly to: Entry | undefined
  /** Where the outbound value came from, or why there is none. */
  readonly source: Entry['source']
  /** Undefined for what the connection itself uses up. */
  readonly reason: string | undefined
}

/** Headers of the agent in their order, then those that the gateway added. */
export function headerTrips({ headers, forwarded, stripped, injected }: Request): readonly HeaderTrip[] {
  const out = new Map(injected.map((entry) => [entry.name.toLowerCase(), entry]))
  const passed = new Map(forwarded.map((entry) => [entry.name.toLowerCase(), entry]))
  const removed = new Map(stripped.map((entry) => [entry.name.toLowerCase(), entry]))
  const fromAgent = headers.map((from): HeaderTrip => {
    const key = from.name.toLowerCase()
    const set = out.get(key)
    out.delete(key)
    if (set !== undefined) {
      const fate = set.disposition === 'generated' ? 'generated' : 'replaced'
      return { fate, name: from.name, from, to: set, source: set.source, reason: set.reason }
    }
    const to = passed.get(key)
    if (to !== undefined) return { fate: 'forwarded', name: from.name, from, to, source: to.source, reason: undefined }
    const why = removed.get(key)
    return {
      fate: 'stripped',
      name: from.name,
      from,
      to: undefined,
      source: why?.source ?? from.source,
      reason: why?.reason,
    }
  })
  const added = [...out.values()].map((to): HeaderTrip => ({
    fate: to.disposition,
    name: to.name,
    from: undefined,
    to,
    source: to.source,
    reason: to.reason,
  }))
  return [...fromAgent, ...added]
}

/** What a rule or the vault did; what merely passes, and what every connection has of its own, is no change. */
export function isChange({ fate, reason }: HeaderTrip): boolean {
  return fate !== 'forwarded' && fate !== 'generated' && reason !== undefined
}
