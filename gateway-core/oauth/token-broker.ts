/** Asks a token broker for the token that a caller has there for a server. */
import { GatewayError } from '../contract/errors.js'
import type { Caller } from '../contract/caller.js'
import { isRecord } from '../contract/json-rpc.js'
import { isLoopbackHost, type TokenBroker } from '../contract/profile.js'
import type { EncryptionKeys } from './encryption-keys.js'
import { errorCodeOf, refusedBy, tokenFailure } from './oauth-failure.js'
import type { OAuthAnswer, OAuthHttp } from './oauth-http.js'
import { checkToken, claimsOf, type IssuedToken } from './request-token.js'

export interface BrokerRequest {
  readonly adminUrl: string
  readonly settings: TokenBroker
  readonly credential: string | undefined
  readonly slug: string
  readonly caller: Caller
}

/**
 * @throws GatewayError `account_needed` where the caller has none there, `token_endpoint_failed`
 */
export async function askBroker(request: BrokerRequest, http: OAuthHttp, keys: EncryptionKeys): Promise<IssuedToken> {
  const { credential } = request
  const { origin } = new URL(request.adminUrl)
  const answer = await http.send(urlOf(request), {
    method: 'GET',
    reach: 'typed',
    headers: {
      accept: 'application/json',
      ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
    },
  })
  if (answer.status === 404) throw noAccountThere(request, answer.body)
  const secrets = credential === undefined ? [] : [credential]
  if (answer.status === 401 || answer.status === 403)
    throw tokenFailure(
      `The token broker ${origin} refused the gateway’s credential (HTTP ${answer.status}).`,
      'Check token_broker.credential, and the secret that it names.',
    )
  if (answer.status !== 200) throw refusedBy(origin, answer.status, errorCodeOf(answer.body, secrets))
  return readToken(answer, origin, keys)
}

/** The broker may say where the account is connected; otherwise it is known at least which broker, and as what. */
function noAccountThere({ adminUrl, slug, caller }: BrokerRequest, body: Uint8Array): GatewayError {
  const broker = new URL(adminUrl)
  const at = `${broker.origin}${broker.pathname.replace(/\/$/, '')}`
  const connectUrl = linkIn(body, broker)
  return new GatewayError('account_needed', {
    detail: `${caller.subject} has no account for ${slug} at the token broker ${at}.`,
    ...(connectUrl === undefined
      ? { fix: `Connect one for ${slug} where the accounts of ${at} are managed, then make the same call again.` }
      : { connectUrl, fix: 'Open the link in connectUrl in a browser, then make the same call again.' }),
  })
}

const maxLinkLength = 2048

/** A person will open it: over TLS, or on this machine where the broker itself is there. */
function linkIn(body: Uint8Array, broker: URL): string | undefined {
  const { connectUrl, connect_url: link = connectUrl } = parsed(Buffer.from(body).toString('utf8')) ?? {}
  if (typeof link !== 'string' || link.length > maxLinkLength || !URL.canParse(link)) return undefined
  const { href, protocol, hostname, username, password } = new URL(link)
  const isHere = protocol === 'http:' && isLoopbackHost(hostname) && isLoopbackHost(broker.hostname)
  return (protocol === 'https:' || isHere) && username === '' && password === '' ? href : undefined
}

function urlOf({ adminUrl, settings, slug, caller }: BrokerRequest): string {
  const base = new URL(adminUrl)
  const url = new URL(`${base.origin}${base.pathname.replace(/\/$/, '')}/api/v1/downstream-tokens/${slug}`)
  if (settings.account !== undefined) url.searchParams.set('account_id', settings.account)
  if (settings.project !== undefined) url.searchParams.set('project_id', settings.project)
  url.searchParams.set('user_id', caller.subject)
  return url.href
}

async function readToken({ body }: OAuthAnswer, origin: string, keys: EncryptionKeys): Promise<IssuedToken> {
  const outer = parsed(Buffer.from(body).toString('utf8'))
  if (outer === undefined) throw tokenFailure(`The token broker ${origin} answered with something that is not JSON.`)
  const encrypted = outer['encrypted_token']
  const inner = typeof encrypted === 'string' ? await decrypted(encrypted, origin, keys) : outer
  const value = inner['access_token']
  const type = inner['token_type'] ?? outer['token_type']
  if (typeof value !== 'string' || value === '')
    throw tokenFailure(`The token broker ${origin} answered without a token.`)
  if (type !== undefined && (typeof type !== 'string' || type.toLowerCase() !== 'bearer'))
    throw tokenFailure(`The token broker ${origin} gave a token that is no Bearer token.`)
  checkToken(value, origin)
  const expiresInS = inner['expires_in'] ?? outer['expires_in']
  return {
    value,
    claims: claimsOf(value),
    scopes: scopesOf(inner['scope'] ?? outer['scope'] ?? claimsOf(value)?.['scope']),
    expiresInS: typeof expiresInS === 'number' && Number.isFinite(expiresInS) ? expiresInS : undefined,
  }
}

/** What was encrypted is the token itself, or an object that holds it. */
async function decrypted(
  jwe: string,
  origin: string,
  keys: EncryptionKeys,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await keys.decrypt(jwe).catch((error: unknown) => {
    if (error instanceof GatewayError) throw error
    throw tokenFailure(
      `The token broker ${origin} answered with a token that this gateway cannot decrypt.`,
      'Let the broker fetch the gateway’s key again, from /oauth/jwks.',
    )
  })
  return parsed(text) ?? { access_token: text }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function scopesOf(scope: unknown): readonly string[] {
  return typeof scope === 'string' ? scope.split(' ').filter((each) => each !== '') : []
}
