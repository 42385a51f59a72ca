/** Counts the requests of each caller: of so many callers, the others as one. */
import { subjectKey, type Caller } from '../contract/caller.js'
import type { ExchangeLane } from '../contract/exchange.js'
import type { MetricFamily } from '../contract/metric-family.js'

const maxCallers = 200
const maxLabelLength = 256

interface Counted {
  readonly lane: ExchangeLane
  readonly caller: Caller | null
}

export interface CallerCounts {
  note(exchange: Counted): void
  family(): MetricFamily
}

export function createCallerCounts(): CallerCounts {
  const bySubject = new Map<string, { readonly method: string; value: number }>()
  return {
    note: ({ lane, caller }) => {
      if (lane === 'auth' || caller === null) return
      // What tells callers without a credential apart says nothing to people.
      const subject = subjectKey(caller).slice(0, maxLabelLength)
      const name = `${subject} ${caller.method}`
      const isTold = bySubject.has(name) || bySubject.size < maxCallers
      const key = isTold ? name : 'other '
      const counted = bySubject.get(key) ?? { method: isTold ? caller.method : '', value: 0 }
      counted.value++
      bySubject.set(key, counted)
    },
    family: () => ({
      name: 'gatehouse_caller_requests_total',
      help: 'Requests of agents, by user and by how the caller proved itself.',
      type: 'counter',
      samples: [...bySubject].map(([name, { method, value }]) => ({
        labels: { subject: name.slice(0, name.lastIndexOf(' ')), method },
        value,
      })),
    }),
  }
}
