/**
 * A real authorization server (`oidc-provider`) on loopback for clients without a person: client credentials in every
 * way to prove a client, resource indicators, JWT access tokens, and token exchange.
 */
import type { webcrypto } from 'node:crypto'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, jwtVerify, SignJWT, type JWK } from 'jose'
import Provider, { type ClientMetadata } from 'oidc-provider'

export interface TokenRequestSeen {
  readonly grantType: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly authorization: string | undefined
}

export interface MachineProvider {
  readonly issuer: string
  readonly tokenUrl: string
  readonly jwksUrl: string
  /** Requests that gave a token, oldest first. */
  readonly granted: TokenRequestSeen[]
  /** Lifetime of tokens from now on. */
  tokenSeconds: number
  /** A token of a user, as they would get by signing in for this audience. */
  userToken(subject: string, audience: string, claims?: Readonly<Record<string, unknown>>): Promise<string>
  /** PKCS #8 of the client `gateway-key`. */
  readonly clientKeyPem: string
  close(): Promise<void>
}

/** With characters that form-encoding changes. */
export const basicSecret = 'p%40ss: w+rd&=/'
export const postSecret = 'post-secret-0123456789'
const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'

export async function startMachineProvider(): Promise<MachineProvider> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const keys = await generateKeyPair('ES256', { extractable: true })
  const clientKeys = await generateKeyPair('ES256', { extractable: true })
  const signingKey = { ...(await exportJWK(keys.privateKey)), alg: 'ES256', use: 'sig', kid: 'k1' }
  const sign = (claims: Record<string, unknown>, seconds: number): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(issuer)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
      .sign(keys.privateKey)
  const peer: MachineProvider = {
    issuer,
    tokenUrl: `${issuer}/token`,
    jwksUrl: `${issuer}/jwks`,
    granted: [],
    tokenSeconds: 3600,
    userToken: (sub, aud, claims = {}) => sign({ sub, aud, ...claims }, 600),
    clientKeyPem: await pemOf(clientKeys.privateKey),
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
  const provider = createProvider(issuer, signingKey, await exportJWK(clientKeys.publicKey), () => peer.tokenSeconds)
  provider.registerGrantType(
    exchangeGrant,
    async (ctx) => {
      const { subject_token: subject, audience, resource, scope } = ctx.oidc.params ?? {}
      const { payload } = await jwtVerify(String(subject), keys.publicKey)
      const claims = { sub: payload.sub, aud: audience ?? resource, scope, exchanged: true }
      ctx.body = {
        access_token: await sign(claims, peer.tokenSeconds),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: peer.tokenSeconds,
      }
    },
    ['subject_token', 'subject_token_type', 'audience', 'scope', 'resource'],
  )
  provider.on('grant.success', (ctx) => {
    const parameters = { ...ctx.oidc.params }
    const grantType = String(parameters['grant_type'])
    peer.granted.push({ grantType, parameters, authorization: ctx.headers.authorization })
  })
  server.on('request', (request, response) => void provider.callback()(request, response))
  return peer
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key))
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
}

function createProvider(issuer: string, signingKey: JWK, clientKey: JWK, seconds: () => number): Provider {
  const machine = {
    redirect_uris: [],
    response_types: [],
    id_token_signed_response_alg: 'ES256',
    scope: 'internal/write internal/read',
  } as const
  const clients: ClientMetadata[] = [
    {
      ...machine,
      client_id: 'gateway',
      client_secret: postSecret,
      grant_types: ['client_credentials', exchangeGrant],
      token_endpoint_auth_method: 'client_secret_post',
    },
    {
      ...machine,
      client_id: 'gateway-basic',
      client_secret: basicSecret,
      grant_types: ['client_credentials', exchangeGrant],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      ...machine,
      client_id: 'gateway-key',
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...clientKey, alg: 'ES256', use: 'sig' }] },
    },
  ] as ClientMetadata[]
  return new Provider(issuer, {
    clients,
    jwks: { keys: [signingKey] } as never,
    scopes: ['openid', 'internal/write', 'internal/read', 'internal/admin'],
    cookies: { keys: ['test'] },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    ttl: { ClientCredentials: seconds },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: 'internal/write internal/read',
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: seconds(),
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  })
}
