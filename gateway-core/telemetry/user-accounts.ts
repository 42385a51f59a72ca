/** Connected accounts by user and status: of so many users, the others as one. */
import type { MetricFamily } from '../contract/metric-family.js'

const maxUsers = 200
const maxLabelLength = 256

/** @param accounts whose subject is empty where they are the organization's */
export function userAccounts(accounts: readonly { readonly subject: string; readonly status: string }[]): MetricFamily {
  const counts = new Map<string, Map<string, number>>()
  for (const { subject, status } of accounts) {
    const label = subject.slice(0, maxLabelLength)
    const user = counts.has(label) || counts.size < maxUsers ? label : 'other'
    const byStatus = counts.get(user) ?? new Map<string, number>()
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
    counts.set(user, byStatus)
  }
  return {
    name: 'gatehouse_user_accounts',
    help: 'Connected accounts, by user and by status. Those of the organization have no subject.',
    type: 'gauge',
    samples: [...counts].flatMap(([subject, byStatus]) =>
      [...byStatus].map(([status, value]) => ({ labels: { subject, status }, value })),
    ),
  }
}
