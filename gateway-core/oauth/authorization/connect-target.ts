/** A server that accounts are connected at, and the provider that they are of. */
import type { AuthorizationServer } from 'oauth4webapi'
import { GatewayError } from '../../contract/errors.js'
import { isLoopbackHost, type AppAuth } from '../../contract/profile.js'

export type AuthorizationCode = Extract<AppAuth, { type: 'oauth2_authorization_code' }>

export interface ConnectTarget {
  readonly slug: string
  readonly serverUrl: string
  readonly auth: AuthorizationCode
  /** URL of the metadata document that describes this client, where one is hosted. */
  readonly clientMetadataUrl: string | undefined
  /** Where providers send the browser back to. */
  readonly redirectUri: string
}

/** What a server said when it refused for lack of a token or a scope. */
export interface ServerChallenge {
  readonly scopes?: readonly string[]
  readonly resourceMetadataUrl?: string
}

/** Where sign-ins at a server go. */
export interface Provider {
  readonly metadata: AuthorizationServer
  /** Whether it was discovered; otherwise a person typed its endpoints, and nobody has told its issuer. */
  readonly isDiscovered: boolean
  /** RFC 8707. */
  readonly resource: string
  /** That the protected resource knows of (RFC 9728). */
  readonly resourceScopes: readonly string[] | undefined
  /** Of the server's challenge, now or at discovery. */
  readonly challengeScopes: readonly string[] | undefined
}

/**
 * A provider whose endpoints a person typed. Its issuer is not known; the origin of its authorization endpoint stands for
 * it wherever things are kept per issuer.
 */
export function typedProvider(target: ConnectTarget): Provider | undefined {
  const { authorization_url: authorize, token_url: token } = target.auth
  if (authorize === undefined || token === undefined) return undefined
  return {
    metadata: {
      issuer: new URL(authorize).origin,
      authorization_endpoint: authorize,
      token_endpoint: token,
      code_challenge_methods_supported: ['S256'],
    },
    isDiscovered: false,
    resource: resourceOf(target),
    resourceScopes: undefined,
    challengeScopes: undefined,
  }
}

/** The server's own name in requests for tokens: its URL without a fragment, and without a slash alone as its path. */
export function resourceOf({ auth, serverUrl }: Pick<ConnectTarget, 'auth' | 'serverUrl'>): string {
  if (auth.resource !== undefined) return auth.resource
  const url = new URL(serverUrl)
  url.hash = ''
  return url.pathname === '/' && url.search === '' ? url.origin : url.href
}

/**
 * @throws GatewayError `token_endpoint_failed` where an endpoint that a provider names is none that a browser or a
 *   credential may be sent to
 */
export function checkEndpoint(url: string | undefined, what: string): URL {
  const parsed = url !== undefined && URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined)
    throw new GatewayError('token_endpoint_failed', { detail: `The provider’s metadata names no ${what}.` })
  const isSafe = parsed.protocol === 'https:' || (parsed.protocol === 'http:' && isLoopbackHost(parsed.hostname))
  if (isSafe && parsed.username === '' && parsed.password === '' && parsed.hash === '') return parsed
  throw new GatewayError('token_endpoint_failed', {
    detail: `The provider names a ${what} that is no https: URL, so nobody is sent there.`,
    fix: 'Tell the provider; there is no way around this.',
  })
}

/** @throws GatewayError `token_endpoint_failed` */
export function requirePkce({ code_challenge_methods_supported: methods }: AuthorizationServer): void {
  if (methods?.includes('S256') === true) return
  throw new GatewayError('token_endpoint_failed', {
    detail:
      'The provider does not say that it supports PKCE with S256' +
      `${methods === undefined ? '' : `: it names ${methods.slice(0, 5).join(', ') || 'none'}`}. Without it a code could be stolen.`,
    fix: 'Tell the provider to support and announce code_challenge_methods_supported: S256.',
  })
}
