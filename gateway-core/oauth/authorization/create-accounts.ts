/** Connected accounts as the rest of the gateway sees them: tokens for requests, links for people, sign-ins, removal. */
import type { Caller } from '../../contract/caller.js'
import type { Issuance } from '../../contract/issuance.js'
import type { Registry, RegisteredServer } from '../../registry/registry.js'
import type {
  Account,
  AccountChoice,
  AccountOwner,
  AccountStore,
  OAuthClientStore,
  OpenedAccount,
} from '../../vault/account-store.js'
import type { EndpointDiscovery } from '../discover-endpoint.js'
import { issuanceOf } from '../issuance-of.js'
import { claimsOf } from '../request-token.js'
import { causedBy, type OAuthHttp } from '../oauth-http.js'
import { reachFrom } from '../private-address.js'
import { endOrphans, removeAccount } from './account-endings.js'
import type { AccountPorts, TokenCause } from './account-ports.js'
import { accountNotFound, AccountTokens, type AccountToken } from './account-tokens.js'
import { clientKeyFor, discoverProvider, ownerAt, ownerFor, serverNamed, targetOf } from './account-targets.js'
import type { AttemptReport } from './attempts.js'
import { fetchOver } from './call-provider.js'
import type { ConnectTarget, ServerChallenge } from './connect-target.js'
import { lackingAccounts } from './lacking-accounts.js'
import { outcomePage, ticketPage } from './outcome-pages.js'
import { SignIns, type BegunSignIn, type ConnectWish } from './sign-in.js'
import type { Page } from '../../browser-page.js'
import { StepUps } from './step-ups.js'
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

/** Which account a request is to be made with. */
export interface AccountWish {
  readonly server: RegisteredServer
  /** Which of the server's clients, see `ServerPlan.accountClients`. */
  readonly clientKey: string
  readonly caller: Caller
  /** Of the account that the caller's key names; undefined where it leaves that open. */
  readonly label: string | undefined
}

/** What a link to connect an account is for. */
interface Ticket {
  readonly wish: ConnectWish
  readonly challenge: ServerChallenge
  readonly scopes: readonly string[]
  readonly cause: TokenCause
}

/** What a person asks to be connected. */
export interface ConnectRequest {
  /** As `subjectKey` has it; of no concern where the account is the organization's. */
  readonly subject: string
  readonly scopes: readonly string[]
  readonly label?: string | undefined
  /** Whose own client is meant. */
  readonly tool?: string | undefined
  readonly traceId?: string | undefined
}

export interface Accounts {
  /** @throws GatewayError `token_endpoint_failed` */
  token(wish: AccountWish, cause: TokenCause): Promise<AccountToken>
  /** Which account would be used, without asking anybody for anything. */
  known(wish: AccountWish): Promise<AccountToken>
  /**
   * The token of a subject, for somebody who asks on its behalf; undefined where there is no account to be used.
   *
   * @throws GatewayError `unknown_server`, `vault_locked`, `token_endpoint_failed`, `invalid_input`
   */
  tokenFor(slug: string, subject: string, cause: TokenCause): Promise<AccountToken>
  /** After a 401 to this account's token. @throws GatewayError `token_endpoint_failed` */
  afterRefusal(account: Account, cause: TokenCause): Promise<AccountToken>
  /** After a 401 to a token that is as good as new. */
  end(account: Account, reason: string): Promise<AccountToken>
  /**
   * A link that connects an account for this caller, once, within ten minutes.
   *
   * @param account that has to be connected again, where it is one
   */
  connectUrl(baseUrl: string, wish: AccountWish, cause: TokenCause, account?: Account): string
  /**
   * The same for a subject, for somebody who asks on its behalf.
   *
   * @throws GatewayError `unknown_server`, `vault_locked`, `invalid_input`
   */
  connectUrlFor(slug: string, subject: string, cause: TokenCause): string
  /**
   * A link that asks for more scopes for an account; undefined where that was done twice in the last ten minutes.
   */
  stepUpUrl(baseUrl: string, account: Account, scopes: readonly string[], cause: TokenCause): string | undefined
  /** Calls back when this caller has an account. Returns the function that ends it. */
  whenConnected(wish: AccountWish, listener: () => void): () => void
  /** What a browser is answered that opens such a link. */
  openTicket(slug: string, ticket: string): Promise<Page>
  /** What a browser is answered that comes back from a provider. */
  callback(query: URLSearchParams): Promise<Page>
  connect(slug: string, request: ConnectRequest): Promise<BegunSignIn>
  attempt(id: string): AttemptReport | undefined
  list(): Promise<readonly Account[]>
  get(id: string): Promise<Account | undefined>
  /** @see lacking-accounts.ts @throws GatewayError `vault_locked` */
  lacking(servers: Iterable<RegisteredServer>, subject: string): Promise<ReadonlyMap<string, string | undefined>>
  /** @throws GatewayError `not_found`, `conflict` */
  choose(id: string, choice: AccountChoice): Promise<Account>
  /**
   * Removes an account here, and tells the provider where it takes that.
   *
   * @returns whether the provider was told
   * @throws GatewayError `not_found`
   */
  remove(id: string): Promise<boolean>
  /** Ends the accounts whose server is gone, see `endOrphans`, and what waits for the given servers. */
  endOrphans(
    removed: readonly string[],
    isOrphan: (account: Account) => boolean,
    targetOf: (account: Account) => ConnectTarget | undefined,
  ): Promise<void>
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
      for (const [listener, whose] of waiting) if (whose === waitingFor(account)) listener()
    },
  })
  const tokens = new AccountTokens(ports)
  const signIns = new SignIns(ports)
  const { accounts } = options.vault
  return {
    token: ({ server, clientKey, caller, label }, cause) =>
      tokens.current(ownerFor(server, clientKey, caller), label, server.plan.destination, cause),
    known: ({ server, clientKey, caller, label }) =>
      tokens.known(ownerFor(server, clientKey, caller), label, server.plan.destination),
    tokenFor: async (slug, subject, cause) => {
      const server = serverNamed(slug, options.registry)
      const owner = ownerAt(server, clientKeyFor(server, undefined), subject)
      return tokens.current(owner, undefined, server.plan.destination, cause)
    },
    afterRefusal: (account, cause) => tokens.afterRefusal(account, cause),
    end: (account, reason) => tokens.end(account, reason),
    ...linksOf(signIns, options),
    whenConnected: ({ server, clientKey, caller }, listener) => {
      // The same function may wait more than once.
      const own = (): void => listener()
      waiting.set(own, waitingFor(ownerFor(server, clientKey, caller)))
      return () => void waiting.delete(own)
    },
    callback: async (query) => outcomePage(await signIns.finish(query)),
    connect: (slug, request) => connect(slug, request, signIns, options),
    attempt: (id) => signIns.report(id),
    list: () => accounts.list(),
    get: async (id) => (await accounts.get(id))?.account,
    lacking: (servers, subject) => lackingAccounts(servers, subject, accounts),
    choose: async (id, choice) => {
      const chosen = await accounts.choose(id, choice)
      if (chosen === undefined) throw accountNotFound(id)
      ports.changed(chosen, 'chosen')
      return chosen
    },
    remove: (id) => removeAccount(id, ports),
  }
}

function waitingFor({ server, subject, clientKey = '' }: AccountOwner): string {
  return JSON.stringify([server, subject, clientKey])
}

type Links = 'connectUrl' | 'connectUrlFor' | 'stepUpUrl' | 'openTicket' | 'endOrphans' | 'forget'

function linksOf(signIns: SignIns, options: AccountsOptions): Pick<Accounts, Links> {
  const ports = portsOf(options)
  const stepUps = new StepUps()
  const tickets = new UsedOnce<Ticket>()
  const linkTo = (baseUrl: string, ticket: Ticket): string => {
    const { server, subject } = ticket.wish
    const key = tickets.keep(`${server} ${subject}`, ticket)
    return `${baseUrl === '' ? `http://127.0.0.1:${options.dataPort()}` : baseUrl}/connect/${server}?ticket=${key}`
  }
  return {
    connectUrl: (baseUrl, { server, clientKey, caller, label }, cause, account) => {
      const wish = labelled(ownerFor(server, clientKey, caller), account?.label ?? label)
      return linkTo(baseUrl, { wish, challenge: {}, scopes: [], cause })
    },
    connectUrlFor: (slug, subject, cause) => {
      const server = serverNamed(slug, options.registry)
      const wish = ownerAt(server, clientKeyFor(server, undefined), subject)
      return linkTo('', { wish, challenge: {}, scopes: [], cause })
    },
    stepUpUrl: (baseUrl, { id, server, subject, clientKey, label, scopes: before }, scopes, cause) => {
      if (!stepUps.allow(id, scopes)) return undefined
      const owner = { server, subject, ...(clientKey === undefined ? {} : { clientKey }) }
      return linkTo(baseUrl, { wish: labelled(owner, label), challenge: { scopes }, scopes: before, cause })
    },
    openTicket: async (slug, key) => {
      const ticket = tickets.peek(key)?.wish.server === slug ? tickets.take(key) : undefined
      return ticketPage(
        slug,
        ticket && (() => signIns.begin(ticket.wish, ticket.challenge, ticket.scopes, ticket.cause)),
      )
    },
    endOrphans: async (removed, isOrphan, targetOfAccount) => {
      const gone = new Set(removed)
      tickets.drop(({ wish }) => gone.has(wish.server))
      for (const slug of gone) signIns.forgetServer(slug)
      await endOrphans(isOrphan, targetOfAccount, ports)
    },
    forget: () => {
      tickets.clear()
      signIns.clear()
    },
  }
}

function labelled(owner: AccountOwner, label: string | undefined): ConnectWish {
  return label === undefined || label === '' ? owner : { ...owner, label }
}

/** @throws GatewayError as `Accounts.connect` */
async function connect(
  slug: string,
  { subject, scopes, label, tool, traceId }: ConnectRequest,
  signIns: SignIns,
  { registry, vault }: AccountsOptions,
): Promise<BegunSignIn> {
  const server = serverNamed(slug, registry)
  const owner = ownerAt(server, clientKeyFor(server, tool), subject)
  const before = await vault.accounts.find(owner, label ?? '')
  const all = scopes.length === 0 ? [] : [...new Set([...(before?.account.scopes ?? []), ...scopes])]
  return signIns.begin(labelled(owner, label), {}, all, traceId === undefined ? {} : { traceId })
}

function portsOf(options: AccountsOptions): AccountPorts {
  const { registry, vault, http, maxRetries, discovery } = options
  return {
    accounts: vault.accounts,
    clients: vault.oauthClients,
    target: (slug, clientKey) => {
      const server = serverNamed(slug, registry)
      return targetOf(server, clientKey, registry.snapshot?.oauthByProfile ?? new Map(), options.dataPort())
    },
    discover: (target, challenge, cause) =>
      discoverProvider(target, challenge, discovery, { slug: target.slug, ...cause }),
    fetchFor: (target, headOnly, cause) => async (url, request) => {
      const isTyped = url === target.auth.token_url
      const reach = isTyped ? 'typed' : await reachFrom(new URL(target.serverUrl))
      const caused = causedBy(http, { slug: target.slug, ...cause })
      return fetchOver(caused, reach, maxRetries, headOnly)(url, request)
    },
    secret: (name, destination) => options.secret(name, destination),
    issued: (opened, grantType, cause) => options.issued(issuanceFor(opened, grantType, cause)),
    changed: (account, what) => options.changed(account, what),
  }
}

function issuanceFor({ account, tokens }: OpenedAccount, grantType: string, cause: TokenCause): Issuance {
  const { issuer, client, resource, server, subject, providerSubject, scopes, expiresAt } = account
  const { requestId, traceId, caller } = cause
  const nowMs = Date.now()
  const expiresInS = expiresAt === undefined ? undefined : Math.round((Date.parse(expiresAt) - nowMs) / 1000)
  const issued = { value: tokens.accessToken, claims: claimsOf(tokens.accessToken), scopes, expiresInS }
  return issuanceOf(
    issued,
    {
      ...{ grantType, issuer, resource, server, requestId, traceId },
      clientId: client.id,
      subject: providerSubject ?? client.id,
      audience: resource,
      caller: caller ?? { id: subject === '' ? 'organization' : subject, subject, method: 'none' },
    },
    nowMs,
  )
}
