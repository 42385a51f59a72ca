/** How accounts end: removed here first, then revoked at the provider where it takes that. */
import type { Account, OpenedAccount } from '../../vault/account-store.js'
import type { AccountPorts } from './account-ports.js'
import { accountNotFound } from './account-tokens.js'
import type { ConnectTarget } from './connect-target.js'
import { revoke } from './token-requests.js'

/**
 * @returns whether the provider was told
 * @throws GatewayError `not_found`
 */
export async function removeAccount(id: string, ports: AccountPorts): Promise<boolean> {
  const opened = await takeAccount(id, ports)
  if (opened === undefined) throw accountNotFound(id)
  const { server, clientKey = '' } = opened.account
  return revokeQuietly(opened, () => ports.target(server, clientKey), ports)
}

/** Whatever the provider does after this, nothing of the account is used any more. */
async function takeAccount(id: string, ports: AccountPorts): Promise<OpenedAccount | undefined> {
  const opened = await ports.accounts.get(id)
  if (opened === undefined || !(await ports.accounts.remove(id))) return undefined
  ports.changed(opened.account, 'removed')
  return opened
}

/**
 * Ends the accounts whose server is no longer there, or no longer configured for them.
 *
 * @param isOrphan by the configuration as it is in the vault now
 * @param targetOf as it was when the server was last there; undefined where nobody knows
 */
export async function endOrphans(
  isOrphan: (account: Account) => boolean,
  targetOf: (account: Account) => ConnectTarget | undefined,
  ports: AccountPorts,
): Promise<void> {
  const ended: OpenedAccount[] = []
  for (const account of await ports.accounts.list()) {
    if (!isOrphan(account)) continue
    // One that cannot be opened ends all the same.
    const opened = await takeAccount(account.id, ports).catch(() => undefined)
    if (opened !== undefined) ended.push(opened)
    else await ports.accounts.remove(account.id).catch(() => undefined)
  }
  for (const opened of ended)
    await revokeQuietly(opened, () => targetOf(opened.account) ?? targetLeft(opened.account), ports)
}

/** What an account itself knows of where it was connected. */
function targetLeft({ server, destination, client }: Account): ConnectTarget {
  return {
    slug: server,
    serverUrl: destination,
    auth: { type: 'oauth2_authorization_code' },
    clientMetadataUrl: undefined,
    redirectUri: client.redirectUri,
  }
}

async function revokeQuietly(
  { account, tokens }: OpenedAccount,
  target: () => ConnectTarget,
  ports: AccountPorts,
): Promise<boolean> {
  if (account.revocationUrl === undefined) return false
  try {
    await revoke(account, tokens, target(), ports)
    return true
  } catch {
    return false
  }
}
