import type { Account, AgentKey } from '../../client/api.js'
import { t } from '../../strings/i18n.js'

/** Whose account it is, in words. */
export function ownerName({ subject }: Pick<Account, 'subject'>): string {
  return subject === '' ? t('vault.organization') : subject
}

/** `files · ada · work` */
export function accountName(account: Pick<Account, 'server' | 'subject' | 'label'>): string {
  return [account.server, ownerName(account), account.label].filter((part) => part !== undefined).join(' · ')
}

/** The keys whose calls may use an account: those of its subject, or all where it is the organization's. */
export function keysUsing(
  { server, subject }: Pick<Account, 'server' | 'subject'>,
  keys: readonly AgentKey[],
): readonly AgentKey[] {
  return keys.filter((key) => (subject === '' || key.subject === subject) && key.servers?.includes(server) !== false)
}
