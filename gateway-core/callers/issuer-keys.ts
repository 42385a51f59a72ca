/**
 * The signing keys of one JWT issuer: inline, from a JWKS URL, or from the issuer's discovery document. Fetched ahead
 * of use every five minutes, and at once, at most every 30 seconds, when a key id is unknown. A failed fetch leaves the
 * keys that are known in use for up to a day.
 */
import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { Agent, request } from 'undici'
import { isLoopbackHost } from '../contract/profile.js'

const refreshIntervalMs = 5 * 60_000
const unknownKeyCooldownMs = 30_000
const maxAgeMs = 24 * 3_600_000
const fetchTimeoutMs = 5_000
const maxDocumentBytes = 256 * 1024

export interface IssuerKeySource {
  readonly issuer?: string | undefined
  readonly jwks_url?: string | undefined
  readonly jwks?: { readonly keys: readonly Record<string, unknown>[] } | undefined
}

export interface IssuerKeys {
  /** The `getKey` of jose. Throws jose's errors when there is no fitting key. */
  readonly getKey: JWTVerifyGetKey
  close(): void
}

export function createIssuerKeys(source: IssuerKeySource): IssuerKeys {
  if (source.jwks !== undefined) {
    const local = createLocalJWKSet(strongKeys(source.jwks))
    return { getKey: local, close: () => undefined }
  }
  return createRemoteKeys(source)
}

function createRemoteKeys(source: IssuerKeySource): IssuerKeys {
  const agent = new Agent({
    connectTimeout: fetchTimeoutMs,
    headersTimeout: fetchTimeoutMs,
    bodyTimeout: fetchTimeoutMs,
  })
  let pending: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined
  let nextDiscoveryAtMs = 0
  const open = async (): Promise<ReturnType<typeof createRemoteJWKSet>> => {
    const url = source.jwks_url ?? (await discoverJwksUrl(source.issuer ?? '', agent))
    return createRemoteJWKSet(new URL(url), {
      cooldownDuration: unknownKeyCooldownMs,
      cacheMaxAge: maxAgeMs,
      timeoutDuration: fetchTimeoutMs,
      [customFetch]: async (target) => Response.json(strongKeys(await fetchKeySet(target, agent))),
    })
  }
  const keySet = async (): Promise<ReturnType<typeof createRemoteJWKSet>> => {
    if (pending === undefined) {
      if (performance.now() < nextDiscoveryAtMs) throw new Error('the issuer’s keys could not be found a moment ago')
      pending = open()
      pending.catch(() => {
        pending = undefined
        nextDiscoveryAtMs = performance.now() + unknownKeyCooldownMs
      })
    }
    return pending
  }
  const refresh = (): void => {
    // A failure is not an event: the known keys stay in use, and a token that needs others says so itself.
    keySet()
      .then((set) => set.reload(), ignore)
      .catch(ignore)
  }
  refresh()
  const timer = setInterval(refresh, refreshIntervalMs)
  timer.unref()
  return {
    getKey: async (header, token) => (await keySet())(header, token),
    close: () => {
      clearInterval(timer)
      agent.destroy().catch(ignore)
    },
  }
}

function ignore(): void {
  return undefined
}

/** Keys that are too weak to prove anything, or made for something else, are treated as absent. */
function strongKeys(set: { readonly keys: readonly Record<string, unknown>[] }): JSONWebKeySet {
  return { keys: set.keys.filter(isStrongSigningKey) as JSONWebKeySet['keys'] }
}

function isStrongSigningKey(key: Record<string, unknown>): boolean {
  if (key['use'] !== undefined && key['use'] !== 'sig') return false
  if (key['kty'] === 'oct') return false
  if (key['kty'] !== 'RSA') return true
  if (typeof key['n'] !== 'string' || typeof key['e'] !== 'string') return false
  const modulus = Buffer.from(key['n'], 'base64url')
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24
  const exponent = BigInt(`0x0${Buffer.from(key['e'], 'base64url').toString('hex')}`)
  return bits >= 2048 && bits <= 8192 && exponent >= 65537n && exponent % 2n === 1n
}

async function fetchKeySet(url: string, agent: Agent): Promise<{ keys: Record<string, unknown>[] }> {
  const document = await fetchDocument(url, agent)
  if (!Array.isArray(document['keys'])) throw new Error('the JWKS has no keys')
  return {
    keys: document['keys'].filter((key): key is Record<string, unknown> => typeof key === 'object' && key !== null),
  }
}

/**
 * Finds the JWKS of an issuer by its metadata; `issuer` in it must be identical.
 *
 * @see [RFC 8414 §3.3](https://www.rfc-editor.org/rfc/rfc8414.html#section-3.3)
 */
async function discoverJwksUrl(issuer: string, agent: Agent): Promise<string> {
  const { origin, pathname } = new URL(issuer)
  const path = pathname === '/' ? '' : pathname.replace(/\/$/, '')
  const candidates = [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}/.well-known/openid-configuration${path}`,
    ...(path === '' ? [] : [`${origin}${path}/.well-known/openid-configuration`]),
  ]
  for (const candidate of candidates) {
    const metadata = await fetchDocument(candidate, agent).catch(() => undefined)
    if (metadata === undefined) continue
    if (metadata['issuer'] !== issuer) throw new Error('the metadata names another issuer')
    const url = metadata['jwks_uri']
    if (typeof url !== 'string' || !URL.canParse(url)) throw new Error('the metadata names no JWKS')
    const { protocol, hostname } = new URL(url)
    const local = isLoopbackHost(new URL(issuer).hostname) && isLoopbackHost(hostname)
    if (protocol !== 'https:' && !(protocol === 'http:' && local)) throw new Error('the JWKS is not on https')
    return url
  }
  throw new Error('the issuer has no metadata')
}

async function fetchDocument(url: string, agent: Agent): Promise<Record<string, unknown>> {
  const { statusCode, body } = await request(url, {
    dispatcher: agent,
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(fetchTimeoutMs),
  })
  if (statusCode !== 200) {
    await body.dump()
    throw new Error(`answered ${statusCode}`)
  }
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxDocumentBytes) {
      body.destroy()
      throw new Error(`longer than ${maxDocumentBytes} bytes`)
    }
    chunks.push(chunk)
  }
  const document: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw new Error('not a JSON object')
  return document as Record<string, unknown>
}
