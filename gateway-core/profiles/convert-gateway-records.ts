/** ContextForge gateway records, one or a list of them. */
import { isMapping, type Conversion, type Mapping } from './conversion.js'
import {
  basicAuthorization,
  placeCredentials,
  takeUrlCredentials,
  type Authorization,
  type CustomHeader,
  type QueryKey,
} from './convert-credentials.js'
import { sseByPath, transportOf } from './convert-server-entry.js'
import { Slugs } from './convert-server-map.js'
import { oneOf } from './describe-issues.js'

const authTypes = ['none', 'basic', 'bearer', 'authheaders', 'query_param', 'oauth'] as const
const handledKeys: ReadonlySet<string> = new Set([
  'name', 'url', 'description', 'transport', 'enabled', 'auth_type', 'auth_token', 'auth_username', 'auth_password',
  'auth_header_key', 'auth_header_value', 'auth_headers', 'auth_query_param_key', 'auth_query_param_value', 'oauth_config',
]) // prettier-ignore

/** Converts every record; `at` is the path of the list, or empty for a single record. */
export function convertGatewayRecords(
  conversion: Conversion,
  records: readonly unknown[],
  isList: boolean,
): Record<string, unknown> {
  const slugs = new Slugs(conversion)
  const servers: Record<string, unknown> = {}
  for (const [index, record] of records.entries()) {
    const at = isList ? `[${index}]` : ''
    if (!isMapping(record) || typeof record['name'] !== 'string') {
      conversion.fail(at, 'expected a gateway record with name and url')
      continue
    }
    const slug = slugs.take(record['name'], below(at, 'name'))
    if (slug !== undefined) servers[slug] = convertRecord(conversion, slug, record, at)
  }
  return servers
}

function below(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`
}

function convertRecord(conversion: Conversion, slug: string, record: Mapping, at: string): Record<string, unknown> {
  const profileAt = `mcpServers.${slug}`
  conversion.cameFrom(profileAt, at)
  for (const key of ['url', 'description', 'enabled']) conversion.cameFrom(`${profileAt}.${key}`, below(at, key))
  for (const [key, value] of Object.entries(record))
    if (!handledKeys.has(key) && value !== null) conversion.warn(below(at, key), `the key "${key}" is not carried over`)
  const server: Record<string, unknown> = {}
  const { url, description, enabled } = record
  if (description !== undefined && description !== null) server['description'] = description
  if (enabled !== undefined && enabled !== true) server['enabled'] = enabled
  const taken = typeof url === 'string' ? takeUrlCredentials(conversion, slug, url, below(at, 'url')) : undefined
  if (url !== undefined) server['url'] = taken?.url ?? url
  const transport = readTransport(conversion, record['transport'], below(at, 'transport'))
  if ((transport ?? sseByPath(taken?.url)) === 'sse') server['transport'] = 'sse'
  const found = readRecordAuth(conversion, slug, server, record, at)
  if (found.authorization !== undefined && taken?.authorization !== undefined)
    conversion.fail(below(at, 'url'), 'expected one credential: the URL holds a user name and password too')
  placeCredentials(conversion, server, slug, {
    authorization: found.authorization ?? taken?.authorization,
    queryKey: found.queryKey ?? taken?.queryKey,
    custom: found.custom ?? [],
  })
  return server
}

function readTransport(conversion: Conversion, word: unknown, path: string): string | undefined {
  if (word === undefined || word === null) return undefined
  const transport = typeof word === 'string' ? transportOf(word) : undefined
  if (transport === 'sse' || transport === 'streamable-http') return transport
  return conversion.fail(path, oneOf(['SSE', 'STREAMABLEHTTP'], word))
}

interface RecordAuth {
  readonly authorization?: Authorization | undefined
  readonly queryKey?: QueryKey | undefined
  readonly custom?: readonly CustomHeader[]
}

function readRecordAuth(
  conversion: Conversion,
  slug: string,
  server: Record<string, unknown>,
  record: Mapping,
  at: string,
): RecordAuth {
  const type = record['auth_type'] ?? (record['oauth_config'] ? 'oauth' : 'none')
  const text = (key: string): string | undefined => requiredText(conversion, record[key], below(at, key))
  switch (type === '' ? 'none' : type) {
    case 'none':
      return {}
    case 'bearer': {
      const value = text('auth_token')
      const path = below(at, 'auth_token')
      const token = value === undefined ? undefined : conversion.plainSecret(value, `${slug}-authorization`, path)
      return token === undefined ? {} : { authorization: { type: 'bearer', token, path } }
    }
    case 'basic': {
      const [username, password] = [text('auth_username'), text('auth_password')]
      if (username === undefined || password === undefined) return {}
      return { authorization: basicAuthorization(conversion, slug, username, password, below(at, 'auth_password')) }
    }
    case 'authheaders':
      return { custom: readAuthHeaders(conversion, slug, record, at) }
    case 'query_param': {
      const [name, value] = [text('auth_query_param_key'), text('auth_query_param_value')]
      if (name === undefined || value === undefined) return {}
      const path = below(at, 'auth_query_param_value')
      const reference = conversion.plainSecret(value, `${slug}-${name.toLowerCase()}`, path)
      return reference === undefined ? {} : { queryKey: { path, name, value: reference } }
    }
    case 'oauth':
      server['app_auth'] = convertOAuth(conversion, slug, record['oauth_config'], below(at, 'oauth_config'))
      return {}
    default:
      conversion.fail(below(at, 'auth_type'), oneOf(authTypes, type))
      return {}
  }
}

function requiredText(conversion: Conversion, value: unknown, path: string): string | undefined {
  if (typeof value === 'string' && value !== '') return value
  return conversion.fail(path, value === undefined ? 'missing: expected text' : 'expected text')
}

function readAuthHeaders(conversion: Conversion, slug: string, record: Mapping, at: string): readonly CustomHeader[] {
  const list: unknown = record['auth_headers']
  const pairs = Array.isArray(list)
    ? list.map((item: unknown, index) => ({ item, path: `${below(at, 'auth_headers')}[${index}]` }))
    : [
        {
          item: { key: record['auth_header_key'], value: record['auth_header_value'] },
          path: below(at, 'auth_header_value'),
        },
      ]
  return pairs.flatMap(({ item, path }): CustomHeader[] => {
    const { key, value } = isMapping(item) ? item : {}
    if (typeof key !== 'string' || typeof value !== 'string') {
      conversion.fail(path, 'expected a header with key and value')
      return []
    }
    const reference = conversion.secret(value, `${slug}-${key.toLowerCase()}`, path)
    return reference === undefined ? [] : [{ path, header: key, value: reference }]
  })
}

const oauthKeys: ReadonlySet<string> = new Set([
  'grant_type', 'client_id', 'client_secret', 'authorization_url', 'token_url', 'redirect_uri', 'scopes', 'resource', 'audience',
]) // prettier-ignore

function convertOAuth(
  conversion: Conversion,
  slug: string,
  config: unknown,
  at: string,
): Record<string, unknown> | undefined {
  if (!isMapping(config)) return conversion.fail(at, 'expected a mapping, as auth_type is oauth')
  const profileAt = `mcpServers.${slug}.app_auth`
  conversion.cameFrom(profileAt, at, true)
  const grants: Readonly<Record<string, string>> = {
    authorization_code: 'oauth2_authorization_code',
    client_credentials: 'oauth2_client_credentials',
  }
  const grant = config['grant_type']
  const type = typeof grant === 'string' ? grants[grant] : undefined
  if (type === undefined) return conversion.fail(`${at}.grant_type`, oneOf(Object.keys(grants), grant))
  const isCode = type === 'oauth2_authorization_code'
  if (config['redirect_uri'] !== undefined)
    conversion.warn(
      `${at}.redirect_uri`,
      'is not carried over: the provider must know the gateway’s own /oauth/callback',
    )
  if (isCode && config['audience'] !== undefined)
    conversion.warn(`${at}.audience`, 'the key "audience" is not carried over')
  if (!isCode && config['authorization_url'] !== undefined)
    conversion.warn(`${at}.authorization_url`, 'is not carried over: client_credentials has none')
  for (const key of Object.keys(config))
    if (!oauthKeys.has(key)) conversion.warn(`${at}.${key}`, `the key "${key}" is not carried over`)
  const { client_secret: secret, scopes } = config
  const reference =
    typeof secret === 'string' && secret !== ''
      ? conversion.plainSecret(secret, `${slug}-client-secret`, `${at}.client_secret`)
      : undefined
  const same = ['client_id', 'token_url', 'resource', isCode ? 'authorization_url' : 'audience']
  return {
    type,
    ...Object.fromEntries(same.flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]]))),
    ...(reference === undefined ? {} : { client_secret: reference }),
    ...(scopes === undefined
      ? {}
      : { scopes: typeof scopes === 'string' ? scopes.split(/[\s,]+/).filter(Boolean) : scopes }),
  }
}
