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
import { createProvider, type ProviderParts } from './create-provider.js'
import { Grants } from './grants.js'
import { localAccount } from './local-account.js'
import { People } from './people.js'
import { RequestRate } from './request-rate.js'
import { SigningKeys } from './signing-keys.js'
import type { Grant, SignInPorts } from './sign-in-ports.js'
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
  /** @returns undefined where this is no answer to a sign-in */
  callback(query: URLSearchParams): Promise<Page | undefined>
  /** The public halves of the keys that tokens are signed with. @throws GatewayError `vault_locked` */
  publicKeys(): Promise<readonly JWK[]>
  /** Tokens are signed with a new key from now on. @returns its id */
  rotateKeys(): Promise<string>
  grants(): Promise<readonly Grant[]>
  /** Ends an agent's access at once. @throws GatewayError `not_found` */
  removeGrant(id: string): Promise<void>
  /** The data port has been bound. */
  listening(port: number): void
  /** The vault was locked. */
  forget(): void
}

export function createSignIn(ports: SignInPorts): SignIn {
  const keys = new SigningKeys(ports.secrets, ports.nowMs)
  const grants = new Grants({ store: ports.store, changed: (grant, what) => changed(grant, what) })
  const people = new People(ports, async (accountId) => {
    for (const { id } of await ownedBy(accountId)) await grants.remove(id)
  })
  const providers = new Map<string, Promise<Provider>>()
  const registrations = new RequestRate(60, 60_000)
  let dataPort = 0
  const isOwnIssuer = (issuer: string): boolean =>
    providers.has(issuer) || (isOrigin(issuer) && isOwnAddress(new URL(issuer), dataPort))
  const tokens = new TokenReader(keys, grants, people, ports, isOwnIssuer)
  const parts: ProviderParts = { ports, grants, people, revoke: (token, issuer) => tokens.revoke(token, issuer) }
  const consent = new Consent(parts)
  const ownedBy = async (accountId: string): Promise<readonly Grant[]> =>
    (await grants.all()).filter((grant) => grant.accountId === accountId)
  const changed: SignInPorts['changed'] = (grant, what) => {
    ports.changed(grant, what)
    if (what === 'removed')
      afterRemoval(grant).catch((error: unknown) =>
        ports.logger.warn({ err: error }, 'a grant was removed, and not all that it left'),
      )
  }
  const afterRemoval = async ({ clientId, accountId }: Grant): Promise<void> => {
    const left = await grants.all()
    if (!left.some((grant) => grant.clientId === clientId)) await releaseClient(clientId, ports.store, ports.nowMs())
    // Nobody acts for this person any more.
    if (accountId !== localAccount && !left.some((grant) => grant.accountId === accountId))
      await people.remove(accountId)
  }
  /** One for each name that the gateway is asked by: an issuer is exactly one of them. */
  const providerFor = (baseUrl: string): Promise<Provider> => {
    const known = providers.get(baseUrl)
    if (known !== undefined) return known
    const made = keys.load().then((ring) => createProvider(baseUrl, ring, parts))
    providers.set(baseUrl, made)
    made.catch(() => {
      if (providers.get(baseUrl) === made) providers.delete(baseUrl)
    })
    return made
  }
  const forgetKeys = (): void => {
    providers.clear()
    tokens.forget()
  }
  return {
    tokens,
    isInteractive: (slug) =>
      ports.offered().some((server) => server.isInteractive && (slug === '' ? server.isMember : server.slug === slug)),
    handle: async (request, response, baseUrl) => {
      if (request.method === 'POST' && request.url === '/oauth/register' && !registrations.allow())
        return refuseForNow(response)
      const provider = await providerFor(baseUrl)
      await provider.callback()(request, response)
    },
    showConsent: async (request, response, baseUrl, uid) =>
      consent.show({ request, response, baseUrl, uid, provider: await providerFor(baseUrl) }),
    decide: async (request, response, baseUrl, uid) =>
      consent.decide({ request, response, baseUrl, uid, provider: await providerFor(baseUrl) }),
    comeBack: async (request, response, baseUrl, uid) => {
      const ticket = new URL(request.url ?? '', baseUrl).searchParams.get('ticket') ?? ''
      return consent.comeBack({ request, response, baseUrl, uid, provider: await providerFor(baseUrl) }, ticket)
    },
    callback: async (query) => {
      const answer = await ports.identityProvider.finish(query)
      if (answer === undefined) return undefined
      if (answer.kind === 'wrong_issuer')
        return page(400, 'This answer came from another provider', [
          'The identity provider’s name does not match the one that Gatehouse asked, so nothing of its answer was used.',
          'If you were in the middle of signing in, go on there.',
        ])
      const { begun } = answer
      if (!isOwnIssuer(begun.baseUrl)) return page(400, 'This sign-in is no longer open', ['Start again.'])
      return consent.arrive(begun, answer.kind === 'signed_in' ? answer.person : { reason: answer.reason })
    },
    publicKeys: async () => (await keys.load()).publicKeys,
    rotateKeys: async () => {
      const kid = await keys.rotate()
      forgetKeys()
      return kid
    },
    grants: () => grants.all(),
    removeGrant: async (id) => {
      if ((await grants.remove(id)) === undefined)
        throw new GatewayError('not_found', {
          detail: `No agent was allowed anything under the id ${id}.`,
          fix: '`gatehouse grants list` shows what is allowed.',
        })
    },
    listening: (port) => (dataPort = port),
    forget: () => {
      keys.forget()
      grants.forget()
      people.forget()
      consent.forget()
      ports.identityProvider.forget()
      forgetKeys()
    },
  }
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
