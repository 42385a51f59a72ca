/** The credentials of a foreign HTTP server, in its URL and its headers, as app auth and outbound headers. */
import { isMapping, type Conversion, type Mapping, type PrefixedSecret } from './conversion.js'
import { namesSecretParameter, tokenShapeAt } from './secret-shapes.js'

interface Reference {
  readonly secret: string
}

/** What would stand in `Authorization`. */
export type Authorization = { readonly path: string } & (
  | { readonly type: 'bearer'; readonly token: Reference }
  | { readonly type: 'basic'; readonly username: string | Reference; readonly password: Reference }
  | { readonly type: 'header'; readonly value: PrefixedSecret }
)

export interface QueryKey {
  readonly path: string
  readonly name: string
  readonly value: Reference
}

/** An outbound header of type `custom`. */
export interface CustomHeader {
  readonly path: string
  readonly header: string
  readonly value: string | PrefixedSecret
}

export interface UrlCredentials {
  /** The URL without them. */
  readonly url: string
  readonly authorization?: Authorization
  readonly queryKey?: QueryKey
}

/** Takes user information and query keys out of a URL. */
export function takeUrlCredentials(conversion: Conversion, slug: string, text: string, path: string): UrlCredentials {
  if (!URL.canParse(text)) {
    if (text.includes('${'))
      conversion.fail(path, 'expected the URL written out: a variable may stand only in place of a credential')
    return { url: text }
  }
  const url = new URL(text)
  const authorization = takeUserInformation(conversion, slug, url, path)
  const keys = [...url.searchParams].filter(
    ([name, value]) => namesSecretParameter(name) || tokenShapeAt(value) === 0 || value.includes('${'),
  )
  for (const [name] of keys) url.searchParams.delete(name)
  const changed = authorization !== undefined || keys.length > 0
  const rest = changed ? url.href : text
  if (/\$(?:\{|%7B)/i.test(rest))
    conversion.fail(path, 'expected the URL written out: a variable may stand only in place of a credential')
  if (keys.length > 1)
    conversion.fail(path, `expected one credential in the query; found ${keys.map(([name]) => name).join(', ')}`)
  const [key] = keys
  const value = key === undefined ? undefined : conversion.plainSecret(key[1], `${slug}-${key[0].toLowerCase()}`, path)
  return {
    url: rest,
    ...(authorization === undefined ? {} : { authorization }),
    ...(key === undefined || value === undefined ? {} : { queryKey: { path, name: key[0], value } }),
  }
}

function takeUserInformation(conversion: Conversion, slug: string, url: URL, path: string): Authorization | undefined {
  if (url.username === '' && url.password === '') return undefined
  const [username, password] = [decoded(url.username), decoded(url.password)]
  url.username = ''
  url.password = ''
  if (username === undefined || password === undefined)
    return conversion.fail(path, 'expected user name and password percent-encoded as UTF-8')
  return basicAuthorization(conversion, slug, username, password, path)
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Basic credentials; those that the profile has no words for go to the vault as one value. */
export function basicAuthorization(
  conversion: Conversion,
  slug: string,
  username: string,
  password: string,
  path: string,
): Authorization | undefined {
  const hasVariable = username.includes('${') || password.includes('${')
  if (!hasVariable && (password === '' || username.includes(':') || !/^[\x20-\x7e]*$/.test(username))) {
    const whole = conversion.secret(
      Buffer.from(`${username}:${password}`).toString('base64'),
      `${slug}-authorization`,
      path,
    )
    return whole && { type: 'header', value: { ...whole, prefix: 'Basic ' }, path }
  }
  const secret = conversion.plainSecret(password, `${slug}-password`, path)
  const user = username.includes('${') ? conversion.plainSecret(username, `${slug}-username`, path) : username
  return secret && user !== undefined ? { type: 'basic', username: user, password: secret, path } : undefined
}

/** Reads the value of an `Authorization` header. */
function readAuthorization(
  conversion: Conversion,
  slug: string,
  value: string,
  path: string,
): Authorization | undefined {
  const name = `${slug}-authorization`
  const [, scheme = '', rest = ''] = /^(\S+) +(.+)$/s.exec(value) ?? []
  if (scheme.toLowerCase() === 'bearer') {
    const token = conversion.secret(rest, name, path)
    if (token?.prefix === undefined) return token && { type: 'bearer', token, path }
    return { type: 'header', value: { secret: token.secret, prefix: `Bearer ${token.prefix}` }, path }
  }
  if (scheme.toLowerCase() === 'basic' && !rest.includes('${')) {
    const [, username, password] = /^([^:]*):(.+)$/s.exec(Buffer.from(rest, 'base64').toString('utf8')) ?? []
    if (username !== undefined && password !== undefined && isUtf8Base64(rest, `${username}:${password}`))
      return basicAuthorization(conversion, slug, username, password, path)
  }
  const whole = conversion.secret(value, name, path)
  return whole && { type: 'header', value: whole, path }
}

function isUtf8Base64(encoded: string, text: string): boolean {
  return Buffer.from(text).toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '')
}

const gatewaysOwn =
  /^(?:content-type|content-length|accept|accept-encoding|user-agent|host|connection|expect|keep-alive|te|trailer|transfer-encoding|upgrade|last-event-id|traceparent|tracestate|baggage|x-request-id|mcp-.*|proxy-.*)$/

export interface ReadHeaders {
  readonly authorization?: Authorization
  readonly custom: readonly CustomHeader[]
}

/** Reads a foreign `headers` mapping. Every literal value goes to the vault, as none can be told from a secret. */
export function readHeaders(conversion: Conversion, slug: string, headers: unknown, at: string): ReadHeaders {
  if (!isMapping(headers)) {
    conversion.fail(at, 'expected a mapping of header names to values')
    return { custom: [] }
  }
  let authorization: Authorization | undefined
  const custom: CustomHeader[] = []
  for (const [header, written] of Object.entries(headers)) {
    const path = `${at}.${header}`
    const lower = header.toLowerCase()
    const value = typeof written === 'number' || typeof written === 'boolean' ? String(written) : written
    if (typeof value !== 'string') conversion.fail(path, 'expected text')
    else if (gatewaysOwn.test(lower)) conversion.warn(path, 'is not carried over: the gateway sends its own')
    else if (!/^[\x20-\x7e\t]*$/.test(value))
      conversion.fail(path, 'expected printable ASCII, as a header value can hold')
    else if (lower === 'authorization') authorization = readAuthorization(conversion, slug, value, path)
    else {
      const reference = value === '' ? '' : conversion.secret(value, `${slug}-${lower}`, path)
      if (reference !== undefined) custom.push({ path, header, value: reference })
    }
  }
  return authorization === undefined ? { custom } : { authorization, custom }
}

/** What a server's credentials become. At most one of them is app auth; an `Authorization` beside it is a header. */
export function placeCredentials(
  conversion: Conversion,
  server: Record<string, unknown>,
  slug: string,
  found: {
    readonly authorization?: Authorization | undefined
    readonly queryKey?: QueryKey | undefined
    readonly custom: readonly CustomHeader[]
  },
): void {
  const at = `mcpServers.${slug}`
  const { queryKey } = found
  if (queryKey !== undefined) {
    if (server['app_auth'] === undefined) {
      server['app_auth'] = { type: 'api_key', name: queryKey.name, in: 'query', value: queryKey.value }
      conversion.cameFrom(`${at}.app_auth`, queryKey.path)
    } else
      conversion.fail(
        queryKey.path,
        `expected no credential in the query (${queryKey.name}): app_auth already says what goes out`,
      )
  }
  const headers: Mapping[] = Array.isArray(server['outbound_headers']) ? [...server['outbound_headers']] : []
  const addHeader = ({ header, value, path }: CustomHeader): void => {
    conversion.cameFrom(`${at}.outbound_headers[${headers.length}]`, path)
    if (typeof value === 'string') headers.push({ type: 'custom', header, value })
    else
      headers.push({
        type: 'custom',
        header,
        ...(value.prefix === undefined ? {} : { prefix: value.prefix }),
        value: { secret: value.secret },
      })
  }
  const { authorization } = found
  if (authorization !== undefined) {
    const isHeader = server['app_auth'] !== undefined || authorization.type === 'header'
    const header = isHeader ? authorizationHeader(conversion, authorization) : undefined
    if (header !== undefined) addHeader(header)
    if (!isHeader) {
      const { path, ...appAuth } = authorization
      server['app_auth'] = appAuth
      conversion.cameFrom(`${at}.app_auth`, path)
    }
  }
  for (const header of found.custom) addHeader(header)
  if (headers.length > 0) server['outbound_headers'] = headers
}

function authorizationHeader(conversion: Conversion, authorization: Authorization): CustomHeader | undefined {
  const { path } = authorization
  switch (authorization.type) {
    case 'bearer':
      return { path, header: 'Authorization', value: { secret: authorization.token.secret, prefix: 'Bearer ' } }
    case 'header':
      return { path, header: 'Authorization', value: authorization.value }
    case 'basic':
      return conversion.fail(
        path,
        'expected one credential for the server: user name and password stand beside another one',
      )
  }
}
