/** Part of the composition root: connected accounts, over the vault, the registry and the gateway's own HTTP. */
import type { Logger } from 'pino'
import { GatewayError } from './contract/errors.js'
import { resolveServer } from './contract/resolved-server.js'
import { compilePlan, type ServerPlan } from './credentials/compile-plan.js'
import type { GatewayEvents } from './events.js'
import { targetOf } from './oauth/authorization/account-targets.js'
import type { ConnectTarget } from './oauth/authorization/connect-target.js'
import { createAccounts, type AccountChange, type Accounts } from './oauth/authorization/create-accounts.js'
import { createEndpointDiscovery } from './oauth/discover-endpoint.js'
import { createOAuthHttp, type OAuthHttpSettings } from './oauth/oauth-http.js'
import type { ObserveRequest } from './oauth/observed-request.js'
import type { SecretSource } from './pipeline/ports.js'
import type { Registry, Snapshot } from './registry/registry.js'
import type { ServerStates } from './servers/server-states.js'
import type { Account } from './vault/account-store.js'
import type { Configuration, IssuanceStore, Vault } from './vault/vault.js'

export interface AssembledAccounts {
  readonly accounts: Accounts
  /** The data port has been bound. */
  listening(port: number): void
  close(): Promise<void>
}

export interface AccountSurroundings {
  readonly vault: Vault
  readonly issuances: Pick<IssuanceStore, 'append'>
  readonly registry: Registry
  readonly events: GatewayEvents
  readonly states: ServerStates
  readonly secrets: SecretSource
  readonly settings: OAuthHttpSettings
  readonly observe: ObserveRequest
  readonly logger: Pick<Logger, 'warn'>
  /** Lets the states of servers say where somebody has to sign in by now. */
  noteSignIns(): Promise<void>
  /** What was learnt of a server with another account says nothing any more. */
  forgetLists(slug: string, what: AccountChange): void
  /** Ends the sessions with a server: calls may be made with another account than those before. */
  endSessions(slug: string): void
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
      around.issuances.append([issuance]).catch((error: unknown) => {
        logger.warn({ err: error }, 'a token was obtained and could not be listed')
      })
    },
    changed: (account, what) => tell(account, what, around),
  })
  const stops = [
    vault.onStateChange((state) => {
      if (state !== 'unlocked') accounts.forget()
    }),
    endAccountsOfRemoved(accounts, () => dataPort, around),
  ]
  return {
    accounts,
    listening: (port) => (dataPort = port),
    close: async () => {
      for (const stop of stops) stop()
      await Promise.all([once.close(), http.close()])
    },
  }
}

function tell(account: Account, what: AccountChange, around: AccountSurroundings): void {
  const { events, states, forgetLists } = around
  const { id, server, subject, status } = account
  if (what === 'connected') states.signedIn(server)
  if (what !== 'refreshed' && what !== 'sign_in_needed') {
    forgetLists(server, what)
    endSessionsOfSeveral(account, around).catch(() => undefined)
  }
  const change = what === 'removed' ? 'removed' : status
  events.emit({ event: 'account', data: { id, server, subject, status: change } })
  // Behind a refresh nothing is different, and a vault that was locked meanwhile knows nothing of accounts.
  if (what !== 'refreshed') around.noteSignIns().catch(() => undefined)
}

/** Where an owner has several, another may be used from now on: no session begun with one goes on with another. */
async function endSessionsOfSeveral(account: Account, { vault, endSessions }: AccountSurroundings): Promise<void> {
  const { id, server, subject, clientKey } = account
  const all = await vault.accounts.list()
  const others = all.filter((one) => one.server === server && one.subject === subject && one.clientKey === clientKey)
  if (others.some((one) => one.id !== id)) endSessions(server)
}

/**
 * Where a server is removed, or no longer configured for an account, the account ends, and what waits for it. Behind the
 * change; one after another.
 *
 * @returns the function that ends it
 */
function endAccountsOfRemoved(
  accounts: Accounts,
  dataPort: () => number,
  { vault, registry, logger }: AccountSurroundings,
): () => void {
  let before: Snapshot | undefined
  let running: Promise<void> = Promise.resolve()
  return registry.onChange(() => {
    const previous = before
    before = registry.snapshot
    if (before === undefined) return
    const removed = previous === undefined ? [] : removedFrom(previous, before)
    // A start is one, too: the process may have ended between the removal and this.
    if (previous !== undefined && removed.length === 0) return
    const targetThen = (account: Account): ConnectTarget | undefined => {
      const server = previous?.servers.get(account.server)
      const { clientKey = '' } = account
      if (previous === undefined || server?.plan.accountClients.has(clientKey) !== true) return undefined
      return targetOf(server, clientKey, previous.oauthByProfile, dataPort())
    }
    running = running
      .then(async () => {
        // As the vault has it now: another process may have added what this one has not read yet.
        const isHome = homes(await vault.configuration.load())
        await accounts.endOrphans(removed, (account) => !isHome(account), targetThen)
      })
      .catch((error: unknown) => {
        if (vault.state === 'unlocked') logger.warn({ err: error }, 'accounts of a removed server were not ended')
      })
  })
}

/** Slugs of servers that are gone, or have lost a client that accounts are connected with. */
function removedFrom(before: Snapshot, after: Snapshot): readonly string[] {
  return [...before.servers.values()].flatMap(({ slug, plan }) => {
    const now = after.servers.get(slug)
    const isGone = now === undefined || [...plan.accountClients.keys()].some((key) => !hasHome(key, now.plan))
    return isGone ? [slug] : []
  })
}

function homes({ servers }: Configuration): (account: Account) => boolean {
  const plans = new Map(servers.map(({ slug, config }) => [slug, compilePlan(resolveServer(slug, config))]))
  return ({ server, clientKey = '' }) => {
    const plan = plans.get(server)
    return plan !== undefined && hasHome(clientKey, plan)
  }
}

/** The server's own accounts stay while it is configured otherwise: a person may turn back. */
function hasHome(clientKey: string, { accountClients }: ServerPlan): boolean {
  return clientKey === '' || accountClients.has(clientKey)
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
