/**
 * The team's identity provider, for which the gateway is an OpenID Connect client: people are sent there to sign in, with
 * PKCE, a nonce and a state that is good once; their tokens are refreshed, and revoked when they sign out.
 *
 * @see [OpenID Connect Core 1.0](https://openid.net/specs/openid-connect-core-1_0.html)
 */
import * as oauth from 'oauth4webapi'
import { GatewayError } from '../../contract/errors.js'
import { isRecord } from '../../contract/json-rpc.js'
import type { ProfileSettings } from '../../contract/profile.js'
import { callProvider, fetchOver, ProviderRefusal } from '../authorization/call-provider.js'
import { checkEndpoint } from '../authorization/connect-target.js'
import { UsedOnce } from '../authorization/used-once.js'
import { clientSecretBasic } from '../client-authentication.js'
import type { EndpointDiscovery } from '../discover-endpoint.js'
import type { OAuthHttp } from '../oauth-http.js'
import { reachFrom } from '../private-address.js'

export type SingleSignOn = NonNullable<NonNullable<ProfileSettings['authentication']>['sso']>

export interface OpenIdProviderOptions {
  /** Undefined where none is configured. */
  readonly settings: () => SingleSignOn | undefined
  /** Where the provider sends browsers back to. */
  readonly redirectUri: () => string
  /** That makes one attempt for each request. */
  readonly http: OAuthHttp
  readonly discovery: EndpointDiscovery
  /** @throws GatewayError `secret_missing`, `server_disabled` */
  secret(name: string, destination: string): Promise<string>
  readonly nowMs: () => number
}

export interface SignedIn {
  readonly issuer: string
  readonly sub: string
  readonly claims: Readonly<Record<string, unknown>>
  readonly accessToken: string
  readonly refreshToken?: string | undefined
  readonly idToken?: string | undefined
  /** Epoch milliseconds; undefined where the provider did not say. */
  readonly expiresMs?: number | undefined
}

interface Pending<Begun> {
  readonly begun: Begun
  readonly issuer: string
  readonly verifier: string
  readonly nonce: string
  readonly redirectUri: string
}

export type OpenIdAnswer<Begun> =
  | { readonly kind: 'signed_in'; readonly begun: Begun; readonly person: SignedIn }
  | { readonly kind: 'failed'; readonly begun: Begun; readonly reason: string }
  /** Another issuer answered than was asked. The real answer may still come. */
  | { readonly kind: 'wrong_issuer' }

interface Connection {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly auth: oauth.ClientAuth
  readonly scopes: string
  readonly fetch: ReturnType<typeof fetchOver>
}

const defaultScopes = ['openid', 'profile', 'email']

export class OpenIdProvider<Begun> {
  private readonly pending = new UsedOnce<Pending<Begun>>()

  constructor(private readonly options: OpenIdProviderOptions) {}

  issuer(): string | undefined {
    return this.options.settings()?.issuer
  }

  async begin(begun: Begun, selectAccount: boolean): Promise<string> {
    const { server, client, scopes } = await this.connect()
    const endpoint = checkEndpoint(server.authorization_endpoint, 'authorization endpoint')
    const [verifier, nonce] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomNonce()]
    const redirectUri = this.options.redirectUri()
    const state = this.pending.keep('sso', { begun, issuer: server.issuer, verifier, nonce, redirectUri })
    const parameters = {
      response_type: 'code',
      client_id: client.client_id,
      redirect_uri: redirectUri,
      scope: scopes,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(selectAccount ? { prompt: 'select_account' } : {}),
    }
    for (const [name, value] of Object.entries(parameters)) endpoint.searchParams.set(name, value)
    return endpoint.href
  }

  async finish(query: URLSearchParams): Promise<OpenIdAnswer<Begun> | undefined> {
    const [state, ...others] = query.getAll('state')
    const waiting = state === undefined || others.length > 0 ? undefined : this.pending.peek(state)
    if (state === undefined || waiting === undefined) return undefined
    const { begun } = waiting
    const connection = await this.connect()
    if (!isFrom(connection.server, waiting.issuer, query)) return { kind: 'wrong_issuer' }
    if (this.pending.take(state) === undefined) return undefined
    try {
      return { kind: 'signed_in', begun, person: await this.redeem(connection, waiting, query, state) }
    } catch (error) {
      if (error instanceof GatewayError) return { kind: 'failed', begun, reason: error.message }
      if (error instanceof oauth.AuthorizationResponseError)
        return { kind: 'failed', begun, reason: `The identity provider answered ${codeOf(error.error)}.` }
      return { kind: 'failed', begun, reason: 'The identity provider’s answer is not one that OpenID Connect knows.' }
    }
  }

  async refresh(person: SignedIn): Promise<SignedIn | 'ended'> {
    const { server, client, auth, fetch } = await this.connect()
    const { refreshToken } = person
    if (server.issuer !== person.issuer || refreshToken === undefined) return 'ended'
    const endpoint = checkEndpoint(server.token_endpoint, 'token endpoint')
    try {
      return await callProvider('refresh a session', endpoint, fetch, async (options) => {
        const response = await oauth.refreshTokenGrantRequest(server, client, auth, refreshToken, options)
        const answer = await oauth.processRefreshTokenResponse(server, client, response)
        const told = oauth.getValidatedIdTokenClaims(answer)
        if (told !== undefined && told.sub !== person.sub) return 'ended' as const
        return { ...person, claims: { ...person.claims, ...told }, ...this.tokensOf(answer, person) }
      })
    } catch (error) {
      if (error instanceof ProviderRefusal && error.oauthError === 'invalid_grant') return 'ended'
      throw error
    }
  }

  async revoke({ issuer, accessToken, refreshToken }: SignedIn): Promise<void> {
    const connection = await this.connect().catch(() => undefined)
    if (connection === undefined || connection.server.issuer !== issuer) return
    const { server, client, auth, fetch } = connection
    if (server.revocation_endpoint === undefined) return
    const work = async (): Promise<void> => {
      const endpoint = checkEndpoint(server.revocation_endpoint, 'revocation endpoint')
      await callProvider('revoke a session', endpoint, fetch, async (options) => {
        const token = refreshToken ?? accessToken
        await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, token, options))
      })
    }
    // Here it is over all the same.
    await work().catch(() => undefined)
  }

  forget(): void {
    this.pending.clear()
  }

  private async connect(): Promise<Connection> {
    const { settings, http, discovery, secret } = this.options
    const configured = settings()
    if (configured === undefined)
      throw new GatewayError('token_endpoint_failed', { detail: 'No identity provider is configured.' })
    const { issuer, client_id: clientId, client_secret: secretRef, scopes = defaultScopes } = configured
    const { metadata } = await discovery.find(issuer, issuer)
    const server = { ...metadata, issuer } as oauth.AuthorizationServer
    const value = secretRef === undefined ? undefined : await secret(secretRef.secret, new URL(issuer).origin)
    const reach = await reachFrom(new URL(issuer))
    return {
      server,
      client: { client_id: clientId },
      auth: proofOf(server, value),
      scopes: [...new Set(['openid', ...scopes])].join(' '),
      fetch: fetchOver(http, reach, 0, false),
    }
  }

  private async redeem(
    { server, client, auth, fetch }: Connection,
    { verifier, nonce, redirectUri }: Pending<Begun>,
    query: URLSearchParams,
    state: string,
  ): Promise<SignedIn> {
    const parameters = oauth.validateAuthResponse(server, client, query, state)
    const endpoint = checkEndpoint(server.token_endpoint, 'token endpoint')
    return callProvider('sign somebody in', endpoint, fetch, async (options) => {
      const response = await oauth.authorizationCodeGrantRequest(
        ...([server, client, auth, parameters, redirectUri, verifier] as const),
        options,
      )
      const answer = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: nonce,
        requireIdToken: true,
      })
      const claims = oauth.getValidatedIdTokenClaims(answer)
      if (claims === undefined) throw new GatewayError('token_endpoint_failed', { detail: 'There is no ID token.' })
      await oauth.validateApplicationLevelSignature(server, response, options)
      const more = await userInfo(server, client, answer.access_token, claims.sub, options)
      return { issuer: server.issuer, sub: claims.sub, claims: { ...claims, ...more }, ...this.tokensOf(answer) }
    })
  }

  private tokensOf(
    answer: oauth.TokenEndpointResponse,
    before?: SignedIn,
  ): Pick<SignedIn, 'accessToken' | 'refreshToken' | 'expiresMs'> {
    const {
      access_token: accessToken,
      refresh_token: refreshToken = before?.refreshToken,
      expires_in: seconds,
    } = answer
    return {
      accessToken,
      refreshToken,
      expiresMs: typeof seconds === 'number' ? this.options.nowMs() + seconds * 1000 : undefined,
    }
  }
}

/** What the ID token leaves out. A provider without the endpoint has told everything. */
async function userInfo(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  accessToken: string,
  sub: string,
  options: oauth.UserInfoRequestOptions,
): Promise<Readonly<Record<string, unknown>>> {
  if (server.userinfo_endpoint === undefined) return {}
  checkEndpoint(server.userinfo_endpoint, 'userinfo endpoint')
  const response = await oauth.userInfoRequest(server, client, accessToken, options)
  const claims: unknown = await oauth.processUserInfoResponse(server, client, sub, response)
  return isRecord(claims) ? claims : {}
}

function proofOf(
  { token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer,
  secret: string | undefined,
): oauth.ClientAuth {
  if (secret === undefined) return oauth.None()
  const isPostOnly = methods?.includes('client_secret_post') === true && !methods.includes('client_secret_basic')
  return isPostOnly ? oauth.ClientSecretPost(secret) : clientSecretBasic(secret)
}

/** RFC 9207: who answers has to be who was asked, by exactly the same name. */
function isFrom(server: oauth.AuthorizationServer, asked: string, query: URLSearchParams): boolean {
  if (server.issuer !== asked) return false
  const named = query.getAll('iss')
  if (named.length > 1) return false
  const [issuer] = named
  return issuer === undefined ? server.authorization_response_iss_parameter_supported !== true : issuer === asked
}

function codeOf(error: string): string {
  return /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(error) ? error : 'with an unknown error'
}
