/** Connected accounts as the rest of the gateway sees them: tokens for requests, links for people, sign-ins, removal. */
import type { AuthorizationServer } from 'oauth4webapi'
import { subjectKey, type Caller } from '../../contract/caller.js'
import { GatewayError } from '../../contract/errors.js'
import type { Registry, RegisteredServer } from '../../registry/registry.js'
import type { Issuance } from '../../contract/issuance.js'
import type { Account, AccountStore, OAuthClientStore, OpenedAccount } from '../../vault/account-store.js'
import type { EndpointDiscovery } from '../discover-endpoint.js'
import { issuanceOf } from '../issuance-of.js'
import { claimsOf } from '../request-token.js'
import type { OAuthHttp } from '../oauth-http.js'
import { reachFrom } from '../private-address.js'
import type { AccountPorts } from './account-ports.js'
import { accountNotFound, AccountTokens, type AccountToken } from './account-tokens.js'
import type { AttemptReport } from './attempts.js'
import { fetchOver } from './call-provider.js'
import {
  authorizationCodeOf,
  resourceOf,
  type ConnectTarget,
  type Provider,
  type ServerChallenge,
} from './connect-target.js'
import { outcomePage, ticketPage } from './outcome-pages.js'
import type { Page } from './pages.js'
import { SignIns, type BegunSignIn } from './sign-in.js'
import { StepUps } from './step-ups.js'
import { revoke } from './token-requests.js'
import { UsedOnce } from './used-once.js'

export interface AccountsOptions {
  readonly registry: Pick<Registry, 'snapshot'>
  readonly vault: { readonly accounts: AccountStore; readonly oauthClients: OAuthClientStore }
  /** That makes one attempt for each request. */
  readonly http: OAuthHttp
  readonly maxRetries: number
  readonly discovery: EndpointDiscovery
  /** Port of the data port; where providers send browsers back to. */
  readonly dataPort: () => number
  secret(name: string, destination: string): Promise<string>
  issued(issuance: Issuance): void
  changed(account: Account, what: AccountChange): void
}

export type AccountChange = Parameters<AccountPorts['changed']>[1]

/** What a link to connect an account is for. */
interface Ticket {
  readonly slug: string
  readonly subject: string
  readonly challenge: ServerChallenge
  readonly scopes: readonly string[]
}

export interface Accounts {
  /** @throws GatewayError `token_endpoint_failed` */
  token(server: RegisteredServer, caller: Caller): Promise<AccountToken>
  /** After a 401 to this account's token. @throws GatewayError `token_endpoint_failed` */
  afterRefusal(account: Account): Promise<AccountToken>
  /** After a 401 to a token that is as good as new. */
  end(account: Account, reason: string): Promise<AccountToken>
  /** A link that connects an account for this caller, once, within ten minutes. */
  connectUrl(baseUrl: string, server: RegisteredServer, caller: Caller, challenge?: ServerChallenge): string
  /**
   * A link that asks for more scopes for an account; undefined where that was done twice in the last ten minutes.
   */
  stepUpUrl(baseUrl: string, account: Account, scopes: readonly string[]): string | undefined
  /** Calls back when this caller has an account. Returns the function that ends it. */
  whenConnected(server: RegisteredServer, caller: Caller, listener: () => void): () => void
  /** What a browser is answered that opens such a link. */
  openTicket(slug: string, ticket: string): Promise<Page>
  /** What a browser is answered that comes back from a provider. */
  callback(query: URLSearchParams): Promise<Page>
  /** @param subject as `subjectKey` has it; of no concern where the account is the organization's */
  connect(slug: string, subject: string, scopes: readonly string[]): Promise<BegunSignIn>
  attempt(id: string): AttemptReport | undefined
  list(): Promise<readonly Account[]>
  get(id: string): Promise<Account | undefined>
  /**
   * Removes an account here, and tells the provider where it takes that.
   *
   * @returns whether the provider was told
   * @throws GatewayError `not_found`
   */
  remove(id: string): Promise<boolean>
  /** Ends what waits for a browser: the vault was locked. */
  forget(): void
}

export function createAccounts(options: AccountsOptions): Accounts {
  const waiting = new Map<() => void, string>()
  const ports = portsOf({
    ...options,
    changed: (account, what) => {
      options.changed(account, what)
      if (what !== 'connected') return
      for (const [listener, whose] of waiting) if (whose === `${account.server} ${account.subject}`) listener()
    },
  })
  const tokens = new AccountTokens(ports)
  const signIns = new SignIns(ports)
  const stepUps = new StepUps()
  const tickets = new UsedOnce<Ticket>()
  const linkTo = (baseUrl: string, ticket: Ticket): string => {
    const key = tickets.keep(`${ticket.slug} ${ticket.subject}`, ticket)
    return `${baseUrl === '' ? `http://127.0.0.1:${options.dataPort()}` : baseUrl}/connect/${ticket.slug}?ticket=${key}`
  }
  return {
    token: (server, caller) => tokens.current(server.slug, subjectAt(server, caller), server.plan.destination),
    afterRefusal: (account) => tokens.afterRefusal(account),
    end: (account, reason) => tokens.end(account, reason),
    connectUrl: (baseUrl, server, caller, challenge = {}) =>
      linkTo(baseUrl, { slug: server.slug, subject: subjectAt(server, caller), challenge, scopes: [] }),
    stepUpUrl: (baseUrl, { id, server: slug, subject, scopes: before }, scopes) =>
      stepUps.allow(id, scopes) ? linkTo(baseUrl, { slug, subject, challenge: { scopes }, scopes: before }) : undefined,
    whenConnected: (server, caller, listener) => {
      // The same function may wait more than once.
      const own = (): void => listener()
      waiting.set(own, `${server.slug} ${subjectAt(server, caller)}`)
      return () => void waiting.delete(own)
    },
    openTicket: async (slug, key) => {
      const ticket = tickets.peek(key)?.slug === slug ? tickets.take(key) : undefined
      return ticketPage(
        slug,
        ticket && (() => signIns.begin(ticket.slug, ticket.subject, ticket.challenge, ticket.scopes)),
      )
    },
    callback: async (query) => outcomePage(await signIns.finish(query)),
    connect: async (slug, subject, scopes) => {
      const { auth } = ports.target(slug)
      const whose = auth.per === 'organization' ? '' : subject
      const before = await options.vault.accounts.find(slug, whose)
      const all = scopes.length === 0 ? [] : [...new Set([...(before?.account.scopes ?? []), ...scopes])]
      return signIns.begin(slug, whose, {}, all)
    },
    attempt: (id) => signIns.report(id),
    list: () => options.vault.accounts.list(),
    get: async (id) => (await options.vault.accounts.get(id))?.account,
    remove: (id) => remove(id, ports),
    forget: () => {
      tickets.clear()
      signIns.clear()
    },
  }
}

/** Whose account a caller uses at a server; empty for the organization's. */
function subjectAt({ resolved }: RegisteredServer, caller: Caller): string {
  const auth = authorizationCodeOf(resolved)
  return auth?.per === 'organization' ? '' : subjectKey(caller)
}

function portsOf(options: AccountsOptions): AccountPorts {
  const { registry, vault, http, maxRetries, discovery } = options
  return {
    accounts: vault.accounts,
    clients: vault.oauthClients,
    target: (slug) => targetOf(slug, registry, options.dataPort()),
    discover: (target, challenge) => discover(target, challenge, discovery),
    fetchFor: (target, headOnly) => async (url, request) => {
      const isTyped = url === target.auth.token_url
      const reach = isTyped ? 'typed' : await reachFrom(new URL(target.serverUrl))
      return fetchOver(http, reach, maxRetries, headOnly)(url, request)
    },
    secret: (name, destination) => options.secret(name, destination),
    issued: (opened, grantType, cause) => options.issued(issuanceFor(opened, grantType, cause)),
    changed: (account, what) => options.changed(account, what),
  }
}

function issuanceFor({ account, tokens }: OpenedAccount, grantType: string, cause: string): Issuance {
  const { issuer, client, resource, server, subject, providerSubject, scopes, expiresAt } = account
  const nowMs = Date.now()
  const expiresInS = expiresAt === undefined ? undefined : Math.round((Date.parse(expiresAt) - nowMs) / 1000)
  const issued = { value: tokens.accessToken, claims: claimsOf(tokens.accessToken), scopes, expiresInS }
  return issuanceOf(
    issued,
    {
      ...{ grantType, issuer, resource, server },
      clientId: client.id,
      subject: providerSubject ?? client.id,
      audience: resource,
      caller: { id: subject === '' ? 'organization' : subject, subject, method: 'none' },
      requestId: cause,
      traceId: '',
    },
    nowMs,
  )
}

function targetOf(slug: string, { snapshot }: Pick<Registry, 'snapshot'>, port: number): ConnectTarget {
  if (snapshot === undefined) throw new GatewayError('vault_locked')
  const server = snapshot.servers.get(slug)
  if (server === undefined)
    throw new GatewayError('unknown_server', {
      detail: `No server is called ${JSON.stringify(slug.slice(0, 64))}.`,
      fix: '`gatehouse servers list` names the servers.',
    })
  const auth = authorizationCodeOf(server.resolved)
  if (auth === undefined)
    throw new GatewayError('invalid_input', {
      detail: `Accounts are not connected at ${slug}: its app_auth is ${server.resolved.appAuth.type}.`,
      fix: 'Set app_auth { type: oauth2_authorization_code }.',
    })
  const settings = snapshot.oauthByProfile.get(server.profile)
  return {
    slug,
    serverUrl: server.plan.url,
    auth,
    clientMetadataUrl: settings?.client_metadata_url,
    redirectUri: `http://${settings?.callback_host ?? '127.0.0.1'}:${port}/oauth/callback`,
  }
}

async function discover(
  target: ConnectTarget,
  challenge: ServerChallenge,
  discovery: EndpointDiscovery,
): Promise<Provider> {
  // Connecting is rare, and what it finds is kept with the account: nothing of last time is believed.
  discovery.forget()
  const { issuer, metadata, resource, scopes } = await discovery.find(target.serverUrl, undefined)
  const { authorization_url: authorize, token_url: token } = target.auth
  return {
    // What of it is used is checked where it is used.
    metadata: {
      ...(metadata as Partial<AuthorizationServer>),
      ...(authorize === undefined ? {} : { authorization_endpoint: authorize }),
      ...(token === undefined ? {} : { token_endpoint: token }),
      issuer,
    },
    isDiscovered: true,
    resource: target.auth.resource ?? resource ?? resourceOf(target),
    resourceScopes: scopes.supported,
    challengeScopes: challenge.scopes ?? scopes.challenged,
  }
}

async function remove(id: string, ports: AccountPorts): Promise<boolean> {
  const opened = await ports.accounts.get(id)
  if (opened === undefined) throw accountNotFound(id)
  const { account, tokens } = opened
  // Here first: whatever the provider does, nothing of it is used any more.
  await ports.accounts.remove(id)
  ports.changed(account, 'removed')
  if (account.revocationUrl === undefined) return false
  try {
    await revoke(account, tokens, ports.target(account.server), ports)
    return true
  } catch {
    return false
  }
}
