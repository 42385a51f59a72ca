/** Counts the tokens that were obtained or minted, by grant and by user: of so many users, the others as one. */
import { subjectKey } from '../contract/caller.js'
import type { Issuance } from '../contract/issuance.js'
import type { MetricFamily } from '../contract/metric-family.js'

const maxSeries = 200
const maxLabelLength = 256

export interface IssuanceCounts {
  note(issuance: Pick<Issuance, 'grantType' | 'caller'>): void
  family(): MetricFamily
}

export function createIssuanceCounts(): IssuanceCounts {
  const series = new Map<string, { readonly grant: string; readonly subject: string; value: number }>()
  return {
    note: ({ grantType, caller }) => {
      const grant = shortGrant(grantType)
      const subject = subjectKey(caller).slice(0, maxLabelLength)
      const isTold = series.has(`${grant} ${subject}`) || series.size < maxSeries
      const counted = { grant, subject: isTold ? subject : 'other' }
      const key = `${grant} ${counted.subject}`
      const before = series.get(key)
      if (before === undefined) series.set(key, { ...counted, value: 1 })
      else before.value++
    },
    family: () => ({
      name: 'gatehouse_issuances_total',
      help: 'Tokens that Gatehouse obtained for servers or minted for agents, by grant and by user.',
      type: 'counter',
      samples: [...series.values()].map(({ grant, subject, value }) => ({ labels: { grant, subject }, value })),
    }),
  }
}

const grants = ['client_credentials', 'token_exchange', 'token_broker', 'authorization_code', 'refresh_token']

/** A closed set: what an agent calls its grant does not make series. */
function shortGrant(grantType: string): string {
  return grants.find((grant) => grantType === grant || grantType.endsWith(`:${grant.replace('_', '-')}`)) ?? 'other'
}
