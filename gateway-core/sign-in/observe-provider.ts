/** Notes what the authorization server gives and refuses: issuances, and refusals as exchanges. */
import type Provider from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { randomHex } from '../random-hex.js'
import type { ProviderParts } from './provider-parts.js'
import type { Grant } from './sign-in-ports.js'
import { serverOf } from './resources.js'
import { accessTokenSeconds } from './signing-keys.js'

/** No secrets, and what a refusal is about. */
const tellable = ['grant_type', 'client_id', 'redirect_uri', 'resource', 'response_type', 'code_challenge_method']

interface OAuthError {
  readonly error: string
  readonly error_description?: string | undefined
  readonly error_detail?: string | undefined
  readonly status?: number
}

export function observeProvider(provider: Provider, { ports, grants }: ProviderParts): void {
  const refuse = (ctx: KoaContextWithOIDC, error: OAuthError): void => {
    const parameters = ctx.oidc.params ?? {}
    ports.refused({
      httpMethod: ctx.method,
      path: ctx.path,
      parameters: Object.fromEntries(
        tellable.flatMap((name) => (name in parameters ? [[name, parameters[name]]] : [])),
      ),
      status: ctx.status,
      error: error.error,
      description: error.error_detail ?? error.error_description,
    })
  }
  provider.on('authorization.error', refuse)
  provider.on('grant.error', refuse)
  provider.on('registration_create.error', refuse)
  provider.on('revocation.error', refuse)
  provider.on('server_error', (_ctx, error) => ports.logger.error({ err: error }, 'the authorization server failed'))
  provider.on('grant.success', (ctx) => {
    const { AccessToken: token, Grant: grant } = ctx.oidc.entities
    if (token === undefined || grant === undefined) return
    void grants.find(grant.jti).then((found) => {
      if (found !== undefined) ports.issued(issuanceOf(ctx, found, token, provider.issuer, ports))
    })
  })
}

function issuanceOf(
  ctx: KoaContextWithOIDC,
  grant: Grant,
  { aud, scope }: { readonly aud?: string | string[] | undefined; readonly scope?: string | undefined },
  issuer: string,
  { nowMs, offered }: ProviderParts['ports'],
) {
  const audience = [aud ?? []].flat().join(' ')
  return {
    id: `iss_${randomHex(12)}`,
    issuedAt: new Date(nowMs()).toISOString(),
    grantType: String(ctx.oidc.params?.['grant_type']),
    issuer,
    clientId: grant.clientId,
    subject: grant.accountId,
    audience,
    resource: audience,
    scopes: scope?.split(' ') ?? [],
    server: serverOf(issuer, audience, offered())?.slug ?? '',
    caller: {
      id: grant.issuer === undefined ? `${issuer}#${grant.subject}` : grant.accountId,
      subject: grant.subject,
      ...(grant.issuer === undefined ? {} : { issuer: grant.issuer }),
      ...(grant.email === undefined ? {} : { email: grant.email }),
      method: 'oauth',
      client: grant.clientId,
    },
    requestId: `token_${randomHex(8)}`,
    traceId: '',
    expiresAt: new Date(nowMs() + accessTokenSeconds * 1000).toISOString(),
  } as const
}
