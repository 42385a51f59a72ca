import type { Account, AgentKey } from '../../client/api.js'

export interface AccountChoice {
  /** Slug. */
  readonly server: string
  /** Empty is the account without a label. */
  readonly labels: readonly string[]
  /** What the key uses; undefined where that is left to the owner's default. */
  readonly chosen: string | undefined
}

/** The servers where a key's subject has several accounts. No label is `*`, which stands for the default on screen. */
export function severalAccounts(
  { subject, servers, accounts: chosen = {} }: Pick<AgentKey, 'subject' | 'servers' | 'accounts'>,
  accounts: readonly Pick<Account, 'server' | 'subject' | 'label'>[],
): readonly AccountChoice[] {
  const byServer = new Map<string, Set<string>>()
  for (const { server, subject: owner, label = '' } of accounts)
    if (owner === subject && servers?.includes(server) !== false)
      byServer.set(server, (byServer.get(server) ?? new Set()).add(label))
  return [...byServer]
    .filter(([server, labels]) => labels.size > 1 || chosen[server] !== undefined)
    .map(([server, labels]) => ({ server, labels: [...labels].sort(), chosen: chosen[server] }))
}
