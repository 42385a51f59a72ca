/**
 * Connecting an account: from the authorization request to tokens in the vault.
 *
 * @see MCP 2026-07-28, basic/authorization; RFC 6749 §4.1, RFC 7636 (PKCE), RFC 8707 (resource), RFC 9207 (iss)
 */
import { randomUUID } from 'node:crypto'
import * as oauth from 'oauth4webapi'
import type { Diagnosis } from '../../contract/diagnosis.js'
import { GatewayError } from '../../contract/errors.js'
import { randomHex } from '../../random-hex.js'
import type { Account, AccountClient, AccountOwner, OpenedAccount } from '../../vault/account-store.js'
import type { TwoClocks } from '../clock-skew.js'
import { tokenFailure } from '../oauth-failure.js'
import { causedPorts, type AccountPorts, type TokenCause } from './account-ports.js'
import { ProviderRefusal } from './call-provider.js'
import { Attempts, type AttemptReport } from './attempts.js'
import {
  checkEndpoint,
  requirePkce,
  typedProvider,
  type ConnectTarget,
  type Provider,
  type ServerChallenge,
} from './connect-target.js'
import { findClient } from './find-client.js'
import { explainedFailure, refusedInBrowser, unexpectedAnswer, wrongIssuer } from './diagnose-sign-in.js'
import { redeemCode } from './token-requests.js'
import { usedOnceMs } from './used-once.js'

/** Which account is to be connected. */
export interface ConnectWish extends AccountOwner {
  readonly label?: string
}

/** What has to be known when the browser comes back. */
interface Begun {
  readonly wish: ConnectWish
  readonly cause: TokenCause
  readonly provider: Provider
  readonly client: AccountClient
  readonly verifier: string
  readonly scopes: readonly string[] | undefined
  /** URL of the server as it was: its origin is where the token may go. */
  readonly serverUrl: string
}

export interface BegunSignIn {
  readonly authorizationUrl: string
  readonly attemptId: string
  /** RFC 3339. */
  readonly expiresAt: string
}

interface Redeemed {
  readonly opened: OpenedAccount
  readonly clocks: TwoClocks | undefined
}

/** How the browser's coming back ended. */
export type CallbackOutcome =
  | { readonly kind: 'connected'; readonly account: Account; readonly clocks: TwoClocks | undefined }
  /** Nothing waits for this state. */
  | { readonly kind: 'unknown_state'; readonly diagnosis: Diagnosis }
  /** The answer is not of the provider that was asked; the sign-in still waits for the one that is. */
  | { readonly kind: 'wrong_issuer'; readonly slug: string; readonly diagnosis: Diagnosis }
  | { readonly kind: 'failed'; readonly slug: string; readonly error: GatewayError }

export class SignIns {
  private readonly attempts = new Attempts<Begun>()

  constructor(private readonly ports: AccountPorts) {}

  /**
   * @param scopes that were granted or asked for before, and are asked for again beside those of the challenge
   * @param cause what is missing is made up
   * @throws GatewayError `unknown_server`, `invalid_input`, `token_endpoint_failed`, …
   */
  async begin(
    wish: ConnectWish,
    challenge: ServerChallenge,
    scopes: readonly string[],
    cause: Partial<TokenCause>,
  ): Promise<BegunSignIn> {
    const target = this.ports.target(wish.server, wish.clientKey ?? '')
    const provider = typedProvider(target) ?? (await this.ports.discover(target, challenge, cause))
    requirePkce(provider.metadata)
    const endpoint = checkEndpoint(provider.metadata.authorization_endpoint, 'authorization endpoint')
    checkEndpoint(provider.metadata.token_endpoint, 'token endpoint')
    const client = await findClient(target, provider, this.ports, this.ports.fetchFor(target, false, cause))
    const wanted = scopesToAsk(target, provider, challenge, scopes)
    const verifier = oauth.generateRandomCodeVerifier()
    const { serverUrl } = target
    const { requestId = randomUUID(), traceId = randomHex(16), ...caused } = cause
    const known = { ...caused, requestId, traceId }
    const begun: Begun = { wish, cause: known, provider, client, verifier, scopes: wanted, serverUrl }
    const { id, state } = this.attempts.begin(`${wish.server} ${wish.subject}`, begun)
    const parameters = {
      response_type: 'code',
      client_id: client.id,
      redirect_uri: client.redirectUri,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      resource: provider.resource,
      ...(wanted === undefined || wanted.length === 0 ? {} : { scope: wanted.join(' ') }),
      // OpenID Connect Core §11: a provider may ignore offline_access where nobody is asked.
      ...(wanted?.includes('offline_access') === true ? { prompt: 'consent' } : {}),
    }
    for (const [name, value] of Object.entries(parameters)) endpoint.searchParams.set(name, value)
    const expiresAt = new Date(Date.now() + usedOnceMs).toISOString()
    return { authorizationUrl: endpoint.href, attemptId: id, expiresAt }
  }

  report(id: string): AttemptReport | undefined {
    return this.attempts.report(id)
  }

  /** Ends what waits for a server that is no more. */
  forgetServer(slug: string): void {
    this.attempts.drop(({ wish }) => wish.server === slug, 'The server was removed.')
  }

  /** Ends whatever waits, as when the vault is locked. */
  clear(): void {
    this.attempts.clear()
  }

  /** @param query of the browser's request; a parameter that comes twice is no answer of a provider */
  async finish(query: URLSearchParams): Promise<CallbackOutcome> {
    const state = query.getAll('state')
    const waiting = state.length === 1 ? this.attempts.waiting(state[0] ?? '') : undefined
    if (waiting === undefined) return this.unexpected(state)
    const { id, what: begun } = waiting
    const { provider } = begun
    const slug = begun.wish.server
    if (!isFrom(provider, query)) {
      const named = query.getAll('iss')
      const diagnosis = wrongIssuer(provider.metadata.issuer, named.length === 1 ? named[0] : undefined)
      return { kind: 'wrong_issuer', slug, diagnosis }
    }
    if (!this.attempts.take(state[0] ?? '')) return this.unexpected(state)
    try {
      const { opened, clocks } = await this.redeem(begun, query, state[0] ?? '')
      const { account } = opened
      this.ports.issued(opened, 'authorization_code', begun.cause)
      this.ports.changed(account, 'connected')
      this.attempts.finish(id, { accountId: account.id })
      return { kind: 'connected', account, clocks }
    } catch (error) {
      if (error instanceof ProviderRefusal && error.oauthError === 'invalid_client') await this.forgetClient(begun)
      const told = explainedFailure(error, begun.client)
      const { diagnosis, message } = told
      this.attempts.finish(id, { error: message, ...(diagnosis === undefined ? {} : { diagnosis }) })
      return { kind: 'failed', slug, error: told }
    }
  }

  private unexpected(state: readonly string[]): CallbackOutcome {
    const earlier = state.length === 1 ? this.attempts.earlier(state[0] ?? '') : undefined
    return { kind: 'unknown_state', diagnosis: unexpectedAnswer(earlier) }
  }

  /** Whoever tries again is registered anew. */
  private async forgetClient({ client, provider }: Begun): Promise<void> {
    if (client.registration === 'dcr')
      await this.ports.clients.remove(provider.metadata.issuer, client.redirectUri).catch(() => undefined)
  }

  private async redeem(begun: Begun, query: URLSearchParams, state: string): Promise<Redeemed> {
    const { wish, provider, client } = begun
    const { metadata } = provider
    const target = this.ports.target(wish.server, wish.clientKey ?? '')
    if (new URL(target.serverUrl).origin !== new URL(begun.serverUrl).origin)
      throw tokenFailure('The server was given another address meanwhile.', 'Connect the account again.')
    const parameters = validated(provider, client, query, state)
    const { verifier } = begun
    const ports = causedPorts(this.ports, begun.cause)
    const granted = await redeemCode(metadata, client, parameters, verifier, provider.resource, target, ports)
    const opened = await this.ports.accounts.connect(
      {
        ...wish,
        destination: new URL(target.serverUrl).origin,
        issuer: metadata.issuer,
        client,
        tokenUrl: metadata.token_endpoint ?? '',
        resource: provider.resource,
        scopes: granted.scopes ?? begun.scopes ?? [],
        ...(metadata.revocation_endpoint === undefined ? {} : { revocationUrl: metadata.revocation_endpoint }),
        ...(granted.expiresAt === undefined ? {} : { expiresAt: granted.expiresAt }),
        ...(granted.providerSubject === undefined ? {} : { providerSubject: granted.providerSubject }),
      },
      granted.tokens,
    )
    return { opened, clocks: granted.clocks }
  }
}

/** What is configured comes first, then what the server asked for, then all that it knows of, then nothing. */
function scopesToAsk(
  target: ConnectTarget,
  { metadata, resourceScopes, challengeScopes }: Provider,
  challenge: ServerChallenge,
  before: readonly string[],
): readonly string[] | undefined {
  const { scopes: configured } = target.auth
  const asked = challenge.scopes ?? challengeScopes
  const base = configured ?? asked ?? (before.length > 0 ? undefined : resourceScopes)
  const all = new Set([...(base ?? []), ...(challenge.scopes ?? []), ...before])
  if (base === undefined && all.size === 0) return undefined
  // Where scopes are asked for, a refresh token may have to be, too.
  const offersOffline = metadata.scopes_supported?.includes('offline_access') === true
  if (configured === undefined && all.size > 0 && offersOffline) all.add('offline_access')
  return [...all]
}

/**
 * Whether an answer names the issuer that was asked, exactly, or need not name one. A provider whose endpoints were typed
 * has told no issuer; its answers may name one on the origin of its endpoint.
 */
function isFrom({ metadata, isDiscovered }: Provider, query: URLSearchParams): boolean {
  const named = query.getAll('iss')
  const [issuer] = named
  if (issuer === undefined) return metadata.authorization_response_iss_parameter_supported !== true
  if (named.length > 1) return false
  if (isDiscovered) return issuer === metadata.issuer
  return URL.canParse(issuer) && new URL(issuer).origin === metadata.issuer
}

/** @throws GatewayError `token_endpoint_failed` where the provider answered with an error, or with no code */
function validated(
  { metadata, isDiscovered }: Provider,
  client: AccountClient,
  query: URLSearchParams,
  state: string,
): URLSearchParams {
  const answer = new URLSearchParams(query)
  if (!isDiscovered) answer.delete('iss')
  try {
    const parameters = oauth.validateAuthResponse(metadata, { client_id: client.id }, answer, state)
    if (parameters.get('code') === null || parameters.get('code') === '')
      throw tokenFailure('The provider sent no code.')
    return parameters
  } catch (error) {
    if (error instanceof GatewayError) throw error
    if (!(error instanceof oauth.AuthorizationResponseError))
      throw tokenFailure('The provider’s answer is not one that OAuth knows.', 'Start again.')
    throw refusedInBrowser(error, client)
  }
}
