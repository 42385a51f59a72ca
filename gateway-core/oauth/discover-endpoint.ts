/**
 * Finds the token endpoint of a server's authorization server: protected-resource metadata, from the server's challenge or
 * a well-known place, then authorization-server metadata, whose `issuer` has to be exactly the one that was asked for.
 *
 * @see [RFC 9728](https://www.rfc-editor.org/rfc/rfc9728.html), [RFC 8414](https://www.rfc-editor.org/rfc/rfc8414.html)
 * @see MCP 2026-07-28, basic/authorization § Authorization Server Discovery
 */
import { isLoopbackHost } from '../contract/profile.js'
import { isRecord } from '../contract/json-rpc.js'
import { causedBy, type OAuthHttp } from './oauth-http.js'
import type { Cause } from './observed-request.js'
import { diagnosed, tokenFailure } from './oauth-failure.js'
import { reachFrom, type Reach } from './private-address.js'

export interface DiscoveredEndpoint {
  readonly issuer: string
  readonly tokenEndpoint: string
  readonly reach: Reach
  /** What the server calls itself. */
  readonly resource: string | undefined
  /** The authorization server's metadata as a whole. Only what is above has been checked. */
  readonly metadata: Readonly<Record<string, unknown>>
  readonly scopes: KnownScopes
}

export interface KnownScopes {
  /** That the server's challenge names. */
  readonly challenged?: readonly string[]
  /** That its metadata lists. */
  readonly supported?: readonly string[]
}

export interface EndpointDiscovery {
  /**
   * @param issuer named by a person, so that the server is not asked for it
   * @param cause to which what has to be asked is laid
   * @throws GatewayError `token_endpoint_failed`
   */
  find(serverUrl: string, issuer: string | undefined, cause?: Cause): Promise<DiscoveredEndpoint>
  forget(): void
}

const keptMs = 10 * 60_000
const maxKept = 1000

type Document = Readonly<Record<string, unknown>>

interface FoundResource {
  readonly issuer: string
  readonly resource: string
  readonly scopes: KnownScopes
}

export function createEndpointDiscovery(http: OAuthHttp): EndpointDiscovery {
  const kept = new Map<string, { readonly untilMs: number; readonly found: Promise<DiscoveredEndpoint> }>()
  return {
    find: (serverUrl, issuer, cause) => {
      const key = `${serverUrl} ${issuer ?? ''}`
      const known = kept.get(key)
      if (known !== undefined && known.untilMs > performance.now()) return known.found
      const found = discover(new URL(serverUrl), issuer, cause === undefined ? http : causedBy(http, cause))
      if (kept.size >= maxKept) kept.clear()
      const entry = { untilMs: performance.now() + keptMs, found }
      kept.set(key, entry)
      found.catch(() => {
        if (kept.get(key) === entry) kept.delete(key)
      })
      return found
    },
    forget: () => kept.clear(),
  }
}

async function discover(server: URL, named: string | undefined, http: OAuthHttp): Promise<DiscoveredEndpoint> {
  if (named !== undefined) {
    const reach = await reachFrom(new URL(named))
    return readAuthorizationServer(named, reach, undefined, http)
  }
  const reach = await reachFrom(server)
  const resource = await findResourceMetadata(server, reach, http)
  // Servers of the oldest revision with OAuth publish none, and are their own authorization servers.
  if (resource === undefined) return readAuthorizationServer(server.origin, reach, undefined, http)
  const found = await readAuthorizationServer(resource.issuer, reach, resource.resource, http)
  return { ...found, scopes: resource.scopes }
}

async function findResourceMetadata(server: URL, reach: Reach, http: OAuthHttp): Promise<FoundResource | undefined> {
  const { url, scope } = await challengeOf(server, http)
  const scopes = scope === undefined ? {} : { challenged: scope.split(' ').filter((one) => one !== '') }
  if (url !== undefined) {
    const document = await readDocument(url, reach, http)
    if (document === undefined)
      throw tokenFailure(`${server.origin} names protected-resource metadata that is not there.`)
    return readResource(server, document, scopes)
  }
  const wellKnown = `${server.origin}/.well-known/oauth-protected-resource`
  for (const candidate of new Set([`${wellKnown}${server.pathname === '/' ? '' : server.pathname}`, wellKnown])) {
    const document = await readDocument(candidate, reach, http)
    if (document !== undefined) return readResource(server, document, scopes)
  }
  return undefined
}

/** What a server without a session and a credential answers to a message that asks for nothing. */
async function challengeOf(server: URL, http: OAuthHttp): Promise<{ readonly url?: string; readonly scope?: string }> {
  const { status, headers } = await http.send(server.href, {
    method: 'POST',
    reach: 'typed',
    headOnly: true,
    headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'ping' }),
  })
  if (status !== 401 && status !== 403) return {}
  const challenge = headers['www-authenticate'] ?? ''
  const scope = parameterOf(challenge, 'scope')
  const told = scope === undefined ? {} : { scope }
  const url = parameterOf(challenge, 'resource_metadata')
  if (url === undefined) return told
  if (!URL.canParse(url) || new URL(url).origin !== server.origin)
    throw tokenFailure(`${server.origin} names protected-resource metadata on another origin, which is not trusted.`)
  return { url, ...told }
}

/** A parameter of a `WWW-Authenticate` challenge. */
export function parameterOf(challenge: string, name: string): string | undefined {
  return new RegExp(`(?:^|[\\s,])${name}\\s*=\\s*(?:"([^"]{1,2048})"|([^\\s",]{1,2048}))`, 'i')
    .exec(challenge)
    ?.slice(1)
    .find((value) => value !== undefined)
}

/** RFC 9728 §3.3: metadata that is about another resource must not be used. */
function readResource(server: URL, document: Document, challenged: KnownScopes): FoundResource {
  const { resource, authorization_servers: servers, scopes_supported: supported } = document
  if (typeof resource !== 'string' || !isResourceOf(server, resource))
    throw diagnosed({
      code: 'OAUTH_RESOURCE_MISMATCH',
      title: 'The server’s sign-in info is for a different address',
      facts: [`The protected-resource metadata of ${server.origin} is about another resource.`],
      expected: `${server.origin}${server.pathname}`,
      received: typeof resource === 'string' ? shortened(resource) : 'none',
      fix: 'Register the server with exactly the URL that it calls itself, or set token_url.',
    })
  const issuer: unknown = Array.isArray(servers) ? servers[0] : undefined
  if (typeof issuer !== 'string' || !isAskable(issuer) || issuer.includes('?'))
    throw tokenFailure(`The protected-resource metadata of ${server.origin} names no authorization server.`)
  const isList = Array.isArray(supported) && supported.every((scope) => typeof scope === 'string')
  return { issuer, resource, scopes: { ...challenged, ...(isList ? { supported: supported as string[] } : {}) } }
}

function isResourceOf(server: URL, resource: string): boolean {
  if (!URL.canParse(resource)) return false
  const { origin, pathname } = new URL(resource)
  const folder = pathname.endsWith('/') ? pathname : `${pathname}/`
  return origin === server.origin && `${server.pathname}/`.startsWith(folder)
}

async function readAuthorizationServer(
  issuer: string,
  reach: Reach,
  resource: string | undefined,
  http: OAuthHttp,
): Promise<DiscoveredEndpoint> {
  for (const candidate of metadataUrls(issuer)) {
    const document = await readDocument(candidate, reach, http)
    if (document === undefined) continue
    if (document['issuer'] !== issuer)
      throw diagnosed({
        code: 'OAUTH_ISSUER_MISMATCH',
        title: 'The sign-in server’s name doesn’t match',
        facts: [`The authorization server’s metadata names another issuer than ${safe(issuer)}, so it is not trusted.`],
        expected: safe(issuer),
        received: typeof document['issuer'] === 'string' ? shortened(document['issuer']) : 'none',
        fix: 'Tell whoever runs the authorization server; there is no way around this.',
      })
    const tokenEndpoint = document['token_endpoint']
    if (typeof tokenEndpoint !== 'string' || !isAskable(tokenEndpoint))
      throw tokenFailure(`The metadata of ${safe(issuer)} names no token endpoint that is an https: URL.`)
    return { issuer, tokenEndpoint, reach, resource, metadata: document, scopes: {} }
  }
  throw tokenFailure(
    `${safe(issuer)} publishes no authorization-server metadata.`,
    'Set token_url in the server’s configuration.',
  )
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

/** @returns undefined where there is no such document */
async function readDocument(url: string, reach: Reach, http: OAuthHttp): Promise<Document | undefined> {
  const { status, body } = await http.send(url, { method: 'GET', reach, headers: { accept: 'application/json' } })
  if (status >= 500) throw tokenFailure(`${new URL(url).origin} answered ${status} where its metadata was expected.`)
  if (status !== 200) return undefined
  try {
    const document: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return isRecord(document) ? document : undefined
  } catch {
    throw tokenFailure(`${new URL(url).origin} answered with metadata that is not JSON.`)
  }
}

/** Credentials go over TLS, or stay on this machine. */
function isAskable(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, username, hash } = new URL(url)
  if (username !== '' || hash !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))
}

/** What somebody else wrote, without a query. */
function shortened(text: string): string {
  return (text.split(/[?#]/)[0] ?? '').slice(0, 200)
}

function safe(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}${pathname === '/' ? '' : pathname}`
}
