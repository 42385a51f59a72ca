/** Signing agents in, as the rest of the gateway sees it: the authorization server, what was allowed, and whom tokens stand for. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { JWK } from 'jose'
import type Provider from 'oidc-provider'
import type { MintedTokens } from '../contract/minted-token.js'
import { page, type Page } from '../browser-page.js'
import { GatewayError } from '../contract/errors.js'
import { isLoopbackHost } from '../contract/profile.js'
import { releaseClient } from './clients.js'
import { Consent } from './consent.js'
import { createProvider } from './create-provider.js'
import type { ProviderParts } from './provider-parts.js'
import { Grants } from './grants.js'
import { localAccount } from './local-account.js'
import { People } from './people.js'
import { RequestRate } from './request-rate.js'
import { SignOut } from './sign-out.js'
import { SigningKeys } from './signing-keys.js'
import type { Grant, GrantChange, SignInPorts } from './sign-in-ports.js'
import { TokenReader } from './verify-token.js'

export interface SignIn {
  readonly tokens: MintedTokens
  /** Whether agents are sent here from a server; from `/mcp` where the slug is empty. */
  isInteractive(slug: string): boolean
  /** A request to one of the endpoints of the authorization server, its body unread. */
  handle(request: IncomingMessage, response: ServerResponse, baseUrl: string): Promise<void>
  showConsent(request: IncomingMessage, response: ServerResponse, baseUrl: string, uid: string): Promise<Page>
  decide(request: IncomingMessage, response: ServerResponse, baseUrl: string, uid: string): Promise<Page>
  comeBack(request: IncomingMessage, response: ServerResponse, baseUrl: string, uid: string): Promise<Page>
  showSignOut(request: IncomingMessage, response: ServerResponse, baseUrl: string): Promise<Page>
  signOut(request: IncomingMessage, response: ServerResponse, baseUrl: string): Promise<Page>
  /** @returns undefined where this is no answer to a sign-in */
  callback(query: URLSearchParams): Promise<Page | undefined>
  /** The public halves of the keys that tokens are signed with. @throws GatewayError `vault_locked` */
  publicKeys(): Promise<readonly JWK[]>
  /** Tokens are signed with a new key from now on. @returns its id */
  rotateKeys(): Promise<string>
  grants(): Promise<readonly Grant[]>
  /** Ends an agent's access at once. @throws GatewayError `not_found` */
  removeGrant(id: string): Promise<void>
  /** Takes what was allowed at other servers back. */
  keepServers(isThere: (slug: string) => boolean): Promise<void>
  /** The vault has changed, perhaps by another process. */
  lookAgain(): Promise<void>
  /** The data port has been bound. */
  listening(port: number): void
  /** The vault was locked. */
  forget(): void
}

export class GatewaySignIn implements SignIn {
  readonly tokens: TokenReader
  private readonly keys: SigningKeys
  private readonly allowed: Grants
  private readonly people: People
  private readonly consent: Consent
  private readonly leaving: SignOut
  private readonly parts: ProviderParts
  private readonly providers = new Map<string, Promise<Provider>>()
  private readonly registrations = new RequestRate(60, 60_000)
  private dataPort = 0

  constructor(private readonly ports: SignInPorts) {
    this.keys = new SigningKeys(ports.secrets, ports.nowMs)
    this.allowed = new Grants({ store: ports.store, changed: (grant, what) => this.changed(grant, what) })
    this.people = new People(ports, (accountId) => this.end(accountId))
    this.tokens = new TokenReader(this.keys, this.allowed, this.people, ports, (issuer) => this.isOwnIssuer(issuer))
    this.parts = {
      ports,
      grants: this.allowed,
      people: this.people,
      revoke: (token, issuer) => this.tokens.revoke(token, issuer),
    }
    this.consent = new Consent(this.parts)
    this.leaving = new SignOut(this.parts)
  }

  isInteractive(slug: string): boolean {
    return this.ports
      .offered()
      .some((server) => server.isInteractive && (slug === '' ? server.isMember : server.slug === slug))
  }

  async handle(request: IncomingMessage, response: ServerResponse, baseUrl: string): Promise<void> {
    if (request.method === 'POST' && isPath(request.url, '/oauth/register') && !this.registrations.allow())
      return refuseForNow(response)
    const provider = await this.providerFor(baseUrl)
    await provider.callback()(request, response)
  }

  async showConsent(request: IncomingMessage, response: ServerResponse, baseUrl: string, uid: string): Promise<Page> {
    return this.consent.show({ request, response, baseUrl, uid, provider: await this.providerFor(baseUrl) })
  }

  async decide(request: IncomingMessage, response: ServerResponse, baseUrl: string, uid: string): Promise<Page> {
    return this.consent.decide({ request, response, baseUrl, uid, provider: await this.providerFor(baseUrl) })
  }

  async comeBack(request: IncomingMessage, response: ServerResponse, baseUrl: string, uid: string): Promise<Page> {
    const ticket = new URL(request.url ?? '', baseUrl).searchParams.get('ticket') ?? ''
    const provider = await this.providerFor(baseUrl)
    return this.consent.comeBack({ request, response, baseUrl, uid, provider }, ticket)
  }

  async showSignOut(request: IncomingMessage, response: ServerResponse, baseUrl: string): Promise<Page> {
    return this.leaving.show({ request, response, provider: await this.providerFor(baseUrl) })
  }

  async signOut(request: IncomingMessage, response: ServerResponse, baseUrl: string): Promise<Page> {
    return this.leaving.decide({ request, response, provider: await this.providerFor(baseUrl) })
  }

  async callback(query: URLSearchParams): Promise<Page | undefined> {
    const answer = await this.ports.identityProvider.finish(query)
    if (answer === undefined) return undefined
    if (answer.kind === 'wrong_issuer')
      return page(400, 'This answer came from another provider', [
        'The identity provider’s name does not match the one that Gatehouse asked, so nothing of its answer was used.',
        'If you were in the middle of signing in, go on there.',
      ])
    return this.consent.arrive(answer.begun, answer.kind === 'signed_in' ? answer.person : { reason: answer.reason })
  }

  async publicKeys(): Promise<readonly JWK[]> {
    return (await this.keys.load()).publicKeys
  }

  async rotateKeys(): Promise<string> {
    const kid = await this.keys.rotate()
    this.forgetKeys()
    return kid
  }

  async grants(): Promise<readonly Grant[]> {
    await this.allowed.lookAgain()
    return this.allowed.all()
  }

  async removeGrant(id: string): Promise<void> {
    await this.allowed.lookAgain()
    if ((await this.allowed.remove(id)) !== undefined) return
    throw new GatewayError('not_found', {
      detail: `No agent was allowed anything under the id ${id}.`,
      fix: '`gatehouse grants list` shows what is allowed.',
    })
  }

  keepServers(isThere: (slug: string) => boolean): Promise<void> {
    return this.allowed.keepServers(isThere)
  }

  async lookAgain(): Promise<void> {
    this.people.lookAgain()
    this.tokens.forgetRevoked()
    await this.allowed.lookAgain()
  }

  listening(port: number): void {
    this.dataPort = port
  }

  forget(): void {
    this.keys.forget()
    this.allowed.forget()
    this.people.forget()
    this.consent.forget()
    this.ports.identityProvider.forget()
    this.forgetKeys()
  }

  private isOwnIssuer(issuer: string): boolean {
    return this.providers.has(issuer) || (isOrigin(issuer) && isOwnAddress(new URL(issuer), this.dataPort))
  }

  /** One for each name that the gateway is asked by: an issuer is exactly one of them. */
  private providerFor(baseUrl: string): Promise<Provider> {
    const known = this.providers.get(baseUrl)
    if (known !== undefined) return known
    const made = this.keys.load().then((ring) => createProvider(baseUrl, ring, this.parts))
    this.providers.set(baseUrl, made)
    made.catch(() => {
      if (this.providers.get(baseUrl) === made) this.providers.delete(baseUrl)
    })
    return made
  }

  /** Their private halves are in the providers. */
  private forgetKeys(): void {
    this.providers.clear()
    this.tokens.forget()
  }

  /** The identity provider says that somebody's session is over. */
  private async end(accountId: string): Promise<void> {
    for (const grant of await this.allowed.all()) if (grant.accountId === accountId) await this.allowed.remove(grant.id)
  }

  private changed(grant: Grant, what: GrantChange): void {
    this.ports.changed(grant, what)
    if (what !== 'removed') return
    this.afterRemoval(grant).catch((error: unknown) =>
      this.ports.logger.warn({ err: error }, 'a grant was removed, and not all that belonged to it'),
    )
  }

  private async afterRemoval({ clientId, accountId }: Grant): Promise<void> {
    const { store, nowMs } = this.ports
    const left = await this.allowed.all()
    if (!left.some((grant) => grant.clientId === clientId)) await releaseClient(clientId, store, nowMs())
    // Nobody acts for this person any more.
    const isLast = accountId !== localAccount && !left.some((grant) => grant.accountId === accountId)
    if (isLast) await this.people.remove(accountId)
  }
}

function isPath(url: string | undefined, path: string): boolean {
  return url?.split('?', 1)[0] === path
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text
}

function isOwnAddress({ protocol, hostname, port }: URL, dataPort: number): boolean {
  return protocol === 'http:' && isLoopbackHost(hostname) && port === String(dataPort)
}

function refuseForNow(response: ServerResponse): void {
  const body = { error: 'temporarily_unavailable', error_description: 'Too many programs register at once.' }
  response
    .writeHead(429, { 'content-type': 'application/json', 'cache-control': 'no-store', 'retry-after': '60' })
    .end(JSON.stringify(body))
}
