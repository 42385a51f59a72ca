/**
 * Steps `metadata` and `registration` of a probe: whether a server that asks for a credential says where tokens for it
 * come from, and whether Gatehouse could get itself registered there.
 *
 * @see [RFC 9728](https://www.rfc-editor.org/rfc/rfc9728.html), [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414.html)
 * @see MCP 2026-07-28, basic/authorization
 */
import { isLoopbackHost } from '../contract/profile.js'
import type { HttpRefusal } from '../servers/transport.js'
import type { Params } from '../contract/json-rpc.js'
import type { DocumentReader } from './probe-document.js'
import { cut, type Finding, type ProbeSteps } from './probe-steps.js'

export interface Challenge {
  /** `Bearer`; undefined where the server named none. */
  readonly scheme: string | undefined
  /** RFC 6750 §3.1, e.g. `invalid_token`. */
  readonly error: string | undefined
  readonly scope: string | undefined
  readonly resourceMetadata: string | undefined
}

export function readChallenge({ headers }: HttpRefusal): Challenge {
  const field = headers['www-authenticate']
  const text = Array.isArray(field) ? field.join(', ') : (field ?? '')
  const parameter = (name: string): string | undefined =>
    new RegExp(`(?:^|[\\s,])${name}\\s*=\\s*(?:"([^"]{0,2048})"|([^\\s",]{1,2048}))`, 'i')
      .exec(text)
      ?.slice(1)
      .find((value) => value !== undefined)
  return {
    scheme: /^\s*([A-Za-z][\w-]{0,31})(?:\s|,|$)/.exec(text)?.[1],
    error: /^[a-z_]{1,64}$/.exec(parameter('error') ?? '')?.[0],
    scope: parameter('scope'),
    resourceMetadata: parameter('resource_metadata'),
  }
}

export async function probeOAuth(
  server: URL,
  challenge: Challenge,
  hasClient: boolean,
  reader: DocumentReader,
  steps: ProbeSteps,
): Promise<void> {
  const issuer = await steps.run('metadata', (signal) => readMetadata(server, challenge, reader, signal))
  if (issuer === undefined) return
  const document = await steps.run('registration', (signal) => readRegistration(issuer, hasClient, reader, signal))
  if (document !== undefined) steps.add('authorization', describeAuthorization(document), 0)
}

async function readMetadata(
  server: URL,
  challenge: Challenge,
  reader: DocumentReader,
  signal: AbortSignal,
): Promise<Finding<string>> {
  const wellKnown = `${server.origin}/.well-known/oauth-protected-resource`
  const candidates =
    challenge.resourceMetadata === undefined
      ? [...new Set([`${wellKnown}${server.pathname === '/' ? '' : server.pathname}`, wellKnown])]
      : [challenge.resourceMetadata]
  for (const candidate of candidates) {
    const document = await reader.read(candidate, signal)
    if (document !== undefined) return describeMetadata(server, document)
  }
  return { ok: false, detail: 'It publishes no protected-resource metadata, so nobody can sign in to it by OAuth.' }
}

function describeMetadata(server: URL, document: Params): Finding<string> {
  const { resource, authorization_servers: servers } = document
  if (typeof resource !== 'string' || !isResourceOf(server, resource))
    return {
      ok: false,
      detail: `Its protected-resource metadata is about another resource. Expected ${withoutQuery(server.href)}; received ${cut(String(resource), 200)}.`,
    }
  const issuer: unknown = Array.isArray(servers) ? servers[0] : undefined
  if (typeof issuer !== 'string' || !URL.canParse(issuer))
    return { ok: false, detail: 'Its protected-resource metadata names no authorization server.' }
  return { detail: `Tokens for it come from ${cut(withoutQuery(issuer), 200)}.`, value: issuer }
}

function isResourceOf(server: URL, resource: string): boolean {
  if (!URL.canParse(resource)) return false
  const { origin, pathname } = new URL(resource)
  const folder = pathname.endsWith('/') ? pathname : `${pathname}/`
  return origin === server.origin && `${server.pathname}/`.startsWith(folder)
}

async function readRegistration(
  issuer: string,
  hasClient: boolean,
  reader: DocumentReader,
  signal: AbortSignal,
): Promise<Finding<Params>> {
  for (const candidate of metadataUrls(issuer)) {
    const document = await reader.read(candidate, signal)
    if (document?.['issuer'] === issuer) return { ...describeRegistration(document, hasClient), value: document }
    if (document !== undefined)
      return {
        ok: false,
        detail: `The authorization server’s metadata names another issuer, so it is not trusted. Expected ${cut(withoutQuery(issuer), 200)}; received ${cut(String(document['issuer']), 200)}.`,
      }
  }
  return { ok: false, detail: 'The authorization server publishes no metadata.' }
}

/** RFC 8414 §3.1, then OpenID Connect Discovery 1.0 §4, in the order of MCP. */
function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    ...(path === '' ? [] : [`${origin}${path}/.well-known/openid-configuration`]),
  ]
}

function describeRegistration(document: Params, hasClient: boolean): Finding<undefined> {
  const ways = [
    ...(hasClient ? ['the client that is configured'] : []),
    ...(document['client_id_metadata_document_supported'] === true ? ['client metadata documents'] : []),
    ...(typeof document['registration_endpoint'] === 'string' ? ['dynamic registration'] : []),
  ]
  const pkce = document['code_challenge_methods_supported']
  if (!Array.isArray(pkce) || !pkce.includes('S256'))
    return {
      ok: false,
      detail: 'The authorization server does not announce PKCE with S256, without which MCP has no sign-in.',
    }
  if (ways.length > 0) return { detail: `The authorization server can be used by ${ways.join(' and ')}.` }
  return {
    ok: false,
    detail:
      'The authorization server registers no client by itself. Register Gatehouse there by hand, and set client_id of app_auth.',
  }
}

/** Where people would be sent, and the token asked for. Nobody is. */
function describeAuthorization({
  authorization_endpoint: authorize,
  token_endpoint: token,
  authorization_response_iss_parameter_supported: namesItself,
}: Params): Finding<undefined> {
  for (const [what, url] of [
    ['authorization endpoint', authorize],
    ['token endpoint', token],
  ] as const)
    if (typeof url !== 'string' || !isAskable(url))
      return { ok: false, detail: `The provider names no ${what} that is an https: URL.` }
  const told = namesItself === true ? ' Its answers name it, so that they cannot be mixed up.' : ''
  return { detail: `People sign in at ${cut(withoutQuery(String(authorize)), 200)}; nobody was sent there.${told}` }
}

function isAskable(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
