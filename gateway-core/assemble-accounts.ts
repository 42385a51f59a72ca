/** Part of the composition root: connected accounts, over the vault, the registry and the gateway's own HTTP. */
import type { Logger } from 'pino'
import { GatewayError } from './contract/errors.js'
import type { GatewayEvents } from './events.js'
import { createAccounts, type AccountChange, type Accounts } from './oauth/authorization/create-accounts.js'
import { createEndpointDiscovery } from './oauth/discover-endpoint.js'
import { createOAuthHttp, type OAuthHttpSettings } from './oauth/oauth-http.js'
import type { ObserveRequest } from './oauth/observed-request.js'
import type { SecretSource } from './pipeline/ports.js'
import type { Registry } from './registry/registry.js'
import type { ServerStates } from './servers/server-states.js'
import type { Account } from './vault/account-store.js'
import type { Vault } from './vault/vault.js'

export interface AssembledAccounts {
  readonly accounts: Accounts
  /** The data port has been bound. */
  listening(port: number): void
  close(): Promise<void>
}

export interface AccountSurroundings {
  readonly vault: Vault
  readonly registry: Registry
  readonly events: GatewayEvents
  readonly states: ServerStates
  readonly secrets: SecretSource
  readonly settings: OAuthHttpSettings
  readonly observe: ObserveRequest
  readonly logger: Pick<Logger, 'warn'>
  /** What was learnt of a server with another account says nothing any more. */
  forgetLists(slug: string): void
}

export function assembleAccounts(around: AccountSurroundings): AssembledAccounts {
  const { vault, registry, secrets, settings, observe, logger } = around
  let dataPort = 0
  // A code or a refresh token that may have arrived is not sent again; looking things up is tried as often as is set.
  const once = createOAuthHttp({ ...settings, maxRetries: 0 }, observe)
  const http = createOAuthHttp(settings, observe)
  const accounts = createAccounts({
    registry,
    vault,
    http: once,
    maxRetries: settings.maxRetries,
    discovery: createEndpointDiscovery(http),
    dataPort: () => dataPort,
    secret: (name, destination) => openSecret(name, destination, secrets),
    issued: (issuance) => {
      vault.issuances.append([issuance]).catch((error: unknown) => {
        logger.warn({ err: error }, 'a token was obtained and could not be listed')
      })
    },
    changed: (account, what) => tell(account, what, around),
  })
  const stop = vault.onStateChange((state) => {
    if (state !== 'unlocked') accounts.forget()
  })
  return {
    accounts,
    listening: (port) => (dataPort = port),
    close: async () => {
      stop()
      await Promise.all([once.close(), http.close()])
    },
  }
}

function tell(account: Account, what: AccountChange, { events, states, forgetLists }: AccountSurroundings): void {
  const { id, server, subject, status } = account
  if (what === 'connected') states.signedIn(server)
  if (what === 'connected' || what === 'removed') forgetLists(server)
  const change = what === 'removed' ? 'removed' : status
  events.emit({ event: 'account', data: { id, server, subject, status: change } })
}

/** @throws GatewayError `secret_missing`, `server_disabled` */
async function openSecret(name: string, destination: string, secrets: SecretSource): Promise<string> {
  const opened = secrets.known(name, undefined, destination) ?? (await secrets.open(name, undefined, destination))
  if (opened.outcome === 'value') return opened.value
  throw opened.outcome === 'missing'
    ? new GatewayError('secret_missing', {
        detail: `The secret ${name} is not in the vault.`,
        fix: `Store it: gatehouse secrets set ${name}`,
      })
    : new GatewayError('server_disabled', {
        detail: `The secret ${name} has not been approved for ${destination}.`,
        fix: 'Approve the server: gatehouse servers approve SLUG',
      })
}
