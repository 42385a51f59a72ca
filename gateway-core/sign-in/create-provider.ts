/**
 * The gateway as authorization server, by one of its names: OAuth 2.1 with PKCE, resource indicators that become the
 * audience, JWT access tokens (RFC 9068), rotating refresh tokens, dynamic registration and client metadata documents.
 */
import type { Configuration, default as Provider } from 'oidc-provider'
import { randomHex } from '../random-hex.js'
import { expectsApproval } from './approval-check.js'
import { loadProvider } from './load-provider.js'
import { localAccount } from './local-account.js'
import { errorPage } from './consent-page.js'
import { featuresOf } from './provider-features.js'
import { onlyScope, type ProviderParts } from './provider-parts.js'
import { observeProvider } from './observe-provider.js'
import { serverOf } from './resources.js'
import { accessTokenSeconds, type KeyRing } from './signing-keys.js'
import { smoothRequests } from './smooth-requests.js'
import { VaultAdapter } from './vault-adapter.js'
import { opaquePrefix } from './verify-token.js'

const day = 24 * 60 * 60

/** @param issuer `http://host:port`, as agents asked for it */
export async function createProvider(issuer: string, ring: KeyRing, parts: ProviderParts): Promise<Provider> {
  const library = await loadProvider(parts.ports.logger)
  const provider = new library.default(issuer, {
    ...fixed,
    ...behaviour(issuer, ring, parts, library),
    adapter: (kind) => new VaultAdapter(kind, parts.ports.store, parts.grants, parts.ports.nowMs),
    jwks: { keys: [...ring.keys] },
    cookies: cookiesOf(issuer, ring),
    interactions: {
      url: (_ctx, { uid }) => `/oauth/consent/${uid}`,
      policy: expectsApproval(library.interactionPolicy, parts.grants),
    },
  })
  // Opaque values are known for the gateway's own wherever they turn up.
  for (const model of [provider.RefreshToken, provider.AuthorizationCode])
    Object.assign(model.prototype, { generateTokenId: () => opaquePrefix + randomHex(32) })
  provider.use(smoothRequests((token) => parts.revoke(token, issuer)))
  observeProvider(provider, parts)
  return provider
}

const fixed: Configuration = {
  scopes: [onlyScope],
  claims: {},
  responseTypes: ['code'],
  pkce: { required: () => true },
  clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
  clientDefaults: {
    application_type: 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    id_token_signed_response_alg: 'ES256',
  },
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  routes: {
    authorization: '/oauth/authorize',
    token: '/oauth/token',
    registration: '/oauth/register',
    revocation: '/oauth/revoke',
    jwks: '/oauth/jwks',
    end_session: '/oauth/session/end',
  },
  ttl: {
    AccessToken: () => accessTokenSeconds,
    AuthorizationCode: 60,
    Grant: 365 * day,
    IdToken: accessTokenSeconds,
    Interaction: 600,
    RefreshToken: 90 * day,
    Session: 30 * day,
  },
  // What agents say of themselves makes the gateway ask nobody.
  sectorIdentifierUriValidate: () => false,
  renderError: (ctx, out) => {
    const { status, headers, body } = errorPage(ctx.status, out.error, out.error_description)
    ctx.status = status
    for (const [name, value] of Object.entries(headers)) ctx.set(name, value)
    ctx.body = body
  },
}

function behaviour(
  issuer: string,
  ring: KeyRing,
  { ports, people }: ProviderParts,
  { errors }: typeof import('oidc-provider'),
): Configuration {
  const [signing] = ring.keys
  return {
    // RFC 8252: agents are native programs; without "refresh_token" they would ask a person every ten minutes.
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: (ctx) => {
      // Before the token is used up: a mistake must not end the grant.
      const resource = ctx.oidc.params?.['resource']
      const granted = ctx.oidc.entities.RefreshToken?.resourceIndicators
      if (resource !== undefined && (typeof resource !== 'string' || granted?.has(resource) !== true))
        throw new errors.InvalidTarget('the refresh token was granted for another resource')
      for (const one of granted ?? [])
        if (one === undefined || serverOf(issuer, one, ports.offered()) === undefined)
          throw new errors.InvalidTarget('the server of this refresh token is no more')
      return true
    },
    loadExistingGrant: async (ctx) => {
      const id = ctx.oidc.result?.consent?.grantId ?? ctx.oidc.session?.grantIdFor(ctx.oidc.client?.clientId ?? '')
      const grant = id === undefined ? undefined : await ctx.oidc.provider.Grant.find(id)
      return grant?.accountId === ctx.oidc.account?.accountId ? grant : undefined
    },
    findAccount: async (_ctx, accountId) => {
      const isLocal = accountId === localAccount
      const isKnown = isLocal
        ? ports.identityProvider.issuer() === undefined
        : (await people.alive(accountId)) !== undefined
      return isKnown ? { accountId, claims: () => ({ sub: accountId }) } : undefined
    },
    fetch: (url) => ports.fetchDocument(new Request(url).url),
    extraTokenClaims: (_ctx, token) => ('grantId' in token ? { grant: token.grantId } : undefined),
    features: featuresOf(issuer, signing?.kid, ports, errors),
  }
}

/** Cookies know no ports: without one in their names two gateways on one machine would take each other's. */
function cookiesOf(issuer: string, { cookieKey }: KeyRing): Configuration['cookies'] {
  const { port } = new URL(issuer)
  const all = { httpOnly: true, signed: true, sameSite: 'lax', overwrite: true } as const
  return {
    keys: [cookieKey],
    long: { ...all, path: '/oauth' },
    short: all,
    names: {
      session: `gatehouse_session_${port}`,
      interaction: `gatehouse_interaction_${port}`,
      resume: `gatehouse_resume_${port}`,
    },
  }
}
