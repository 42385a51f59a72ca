/** Who has to sign in where, as far as the vault knows: nobody is asked for anything. */
import { defaultAccount } from '../../contract/default-account.js'
import type { RegisteredServer } from '../../registry/registry.js'
import type { Account, AccountStore } from '../../vault/account-store.js'
import { ownerAt } from './account-targets.js'

export const notConnected = 'No account is connected yet.'

/** Why an account cannot be used at a destination; undefined where it can. */
export function unusableReason(account: Account, destination: string): string | undefined {
  if (account.destination !== destination) return 'The account was connected for another address of the server.'
  return account.status === 'sign_in_needed' ? (account.reason ?? notConnected) : undefined
}

/**
 * Of the servers that are called with an account of their caller's or the organization's, why this subject has none that
 * can be used; undefined where it has. Accounts that only some tools of a server are called with are not looked at.
 *
 * @returns by slug
 */
export async function lackingAccounts(
  servers: Iterable<RegisteredServer>,
  subject: string,
  accounts: Pick<AccountStore, 'list'>,
): Promise<ReadonlyMap<string, string | undefined>> {
  const wanted = [...servers].filter(({ plan }) => plan.accountClients.has(''))
  if (wanted.length === 0) return new Map()
  const all = await accounts.list()
  return new Map(
    wanted.map((server) => {
      const account = defaultAccount(all, ownerAt(server, '', subject))
      return [server.slug, account === undefined ? notConnected : unusableReason(account, server.plan.destination)]
    }),
  )
}
