/** The requests of an account's life to its provider's token and revocation endpoints. */
import * as oauth from 'oauth4webapi'
import type { Account, AccountClient, AccountTokens, RefreshedTokens } from '../../vault/account-store.js'
import { GatewayError } from '../../contract/errors.js'
import type { AccountPorts, Fetch } from './account-ports.js'
import { callProvider } from './call-provider.js'
import { checkEndpoint, type ConnectTarget } from './connect-target.js'
import type { TwoClocks } from '../clock-skew.js'
import { clientSecretBasic } from '../client-authentication.js'
import { privateKeyJwt } from '../private-key.js'

interface ClientProof {
  readonly client: oauth.Client
  readonly auth: oauth.ClientAuth
}

/**
 * How the client of a grant proves that it is it.
 *
 * @throws GatewayError `token_endpoint_failed` where the client is no longer configured or registered
 */
async function proofOf(
  client: AccountClient,
  issuer: string,
  tokenUrl: string,
  target: ConnectTarget,
  ports: AccountPorts,
): Promise<ClientProof> {
  const known = { client_id: client.id }
  switch (client.registration) {
    case 'cimd':
      return { client: known, auth: oauth.None() }
    case 'dcr': {
      const registered = await ports.clients.find(issuer, client.redirectUri)
      if (registered?.clientId !== client.id) throw clientGone()
      const { authMethod, clientSecret } = registered
      if (authMethod === 'none' || clientSecret === undefined) return { client: known, auth: oauth.None() }
      return { client: known, auth: secretProof(authMethod, clientSecret) }
    }
    case 'static': {
      const { client_id: id, client_secret: secret, client_auth: method, private_key: key } = target.auth
      if (id !== client.id) throw clientGone()
      const destination = new URL(target.auth.token_url ?? target.serverUrl).origin
      if (method === 'private_key_jwt' && key !== undefined) {
        const pem = await ports.secret(key.secret, destination)
        return { client: known, auth: await privateKeyJwt(pem, target.auth.signing_algorithm, key.secret) }
      }
      if (secret === undefined) return { client: known, auth: oauth.None() }
      const value = await ports.secret(secret.secret, destination)
      return {
        client: known,
        auth: secretProof(method === 'client_secret_post' ? method : 'client_secret_basic', value),
      }
    }
  }
}

function secretProof(method: 'client_secret_basic' | 'client_secret_post', secret: string): oauth.ClientAuth {
  return method === 'client_secret_post' ? oauth.ClientSecretPost(secret) : clientSecretBasic(secret)
}

function clientGone(): GatewayError {
  return new GatewayError('token_endpoint_failed', {
    detail: 'The OAuth client that this account was connected with is no longer the one that is configured.',
    fix: 'Connect the account again.',
  })
}

/** What a code gave. */
export interface Granted {
  readonly tokens: AccountTokens
  /** Undefined where the provider did not say. */
  readonly scopes: readonly string[] | undefined
  readonly expiresAt: string | undefined
  readonly providerSubject: string | undefined
  /** Where the provider's clock is another. */
  readonly clocks: TwoClocks | undefined
}

/** @throws GatewayError `token_endpoint_failed`, `secret_missing`, `server_disabled` */
export async function redeemCode(
  metadata: oauth.AuthorizationServer,
  client: AccountClient,
  parameters: URLSearchParams,
  verifier: string,
  resource: string,
  target: ConnectTarget,
  ports: AccountPorts,
): Promise<Granted> {
  const endpoint = checkEndpoint(metadata.token_endpoint, 'token endpoint')
  const proof = await proofOf(client, metadata.issuer, endpoint.href, target, ports)
  return callProvider('get a token', endpoint, fetchOf(target, ports), async (options, clocks) => {
    const response = await oauth.authorizationCodeGrantRequest(
      metadata,
      proof.client,
      proof.auth,
      parameters,
      client.redirectUri,
      verifier,
      { ...options, additionalParameters: { resource } },
    )
    const answer = await oauth.processAuthorizationCodeResponse(metadata, proof.client, response)
    return {
      tokens: tokensOf(answer, undefined),
      scopes: scopesOf(answer),
      expiresAt: expiryOf(answer),
      providerSubject: oauth.getValidatedIdTokenClaims(answer)?.sub,
      clocks: clocks(),
    }
  })
}

/** @throws ProviderRefusal, GatewayError as `redeemCode` */
export async function redeemRefreshToken(
  account: Account,
  refreshToken: string,
  target: ConnectTarget,
  ports: AccountPorts,
): Promise<RefreshedTokens> {
  const endpoint = checkEndpoint(account.tokenUrl, 'token endpoint')
  const metadata = { issuer: account.issuer, token_endpoint: account.tokenUrl }
  const proof = await proofOf(account.client, account.issuer, account.tokenUrl, target, ports)
  return callProvider('refresh a token', endpoint, fetchOf(target, ports), async (options) => {
    const response = await oauth.refreshTokenGrantRequest(metadata, proof.client, proof.auth, refreshToken, {
      ...options,
      additionalParameters: { resource: account.resource },
    })
    const answer = await withoutIdToken(response)
    const given = await oauth.processRefreshTokenResponse(metadata, proof.client, answer)
    const [scopes, expiresAt] = [scopesOf(given), expiryOf(given)]
    return {
      tokens: tokensOf(given, refreshToken),
      ...(scopes === undefined ? {} : { scopes }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    }
  })
}

/** An ID token tells nothing that is not known since the account was connected. */
async function withoutIdToken(response: Response): Promise<Response> {
  if (response.status !== 200) return response
  const { id_token: _ignored, ...rest } = (await response.json()) as Record<string, unknown>
  return Response.json(rest)
}

/** RFC 7009. With the refresh token the whole grant ends. @throws GatewayError where the provider did not do it */
export async function revoke(
  account: Account,
  tokens: AccountTokens,
  target: ConnectTarget,
  ports: AccountPorts,
): Promise<void> {
  if (account.revocationUrl === undefined) return
  const endpoint = checkEndpoint(account.revocationUrl, 'revocation endpoint')
  const metadata = { issuer: account.issuer, revocation_endpoint: account.revocationUrl }
  const proof = await proofOf(account.client, account.issuer, account.tokenUrl, target, ports)
  const [token, kind] =
    tokens.refreshToken === undefined ? [tokens.accessToken, 'access_token'] : [tokens.refreshToken, 'refresh_token']
  await callProvider('revoke a token', endpoint, ports.fetchFor(target, true), async (options) =>
    oauth.processRevocationResponse(
      await oauth.revocationRequest(metadata, proof.client, proof.auth, token, {
        ...options,
        additionalParameters: { token_type_hint: kind },
      }),
    ),
  )
}

function fetchOf(target: ConnectTarget, ports: AccountPorts): Fetch {
  return ports.fetchFor(target, false)
}

/** A provider that does not rotate refresh tokens sends none with a refresh: the old one stays. */
function tokensOf(answer: oauth.TokenEndpointResponse, before: string | undefined): AccountTokens {
  const refreshToken = answer.refresh_token ?? before
  return { accessToken: answer.access_token, ...(refreshToken === undefined ? {} : { refreshToken }) }
}

function scopesOf({ scope }: oauth.TokenEndpointResponse): readonly string[] | undefined {
  return scope?.split(' ').filter((one) => one !== '')
}

function expiryOf({ expires_in: seconds }: oauth.TokenEndpointResponse): string | undefined {
  const isTold = typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 && seconds < 1e10
  return isTold ? new Date(Date.now() + seconds * 1000).toISOString() : undefined
}
