/** One server of a foreign `mcpServers` or `servers` mapping, in the form of the profile. */
import { serverSchema } from '../contract/profile.js'
import { isMapping, type Conversion, type Mapping } from './conversion.js'
import { readArguments, readEnvironment, type ConvertedValue } from './convert-child-values.js'
import {
  placeCredentials,
  readHeaders,
  takeUrlCredentials,
  type ReadHeaders,
  type UrlCredentials,
} from './convert-credentials.js'
import { nearestName, oneOf } from './describe-issues.js'

/** Keys that mean the same here, and are checked by the schema afterwards. */
const sameKeys: ReadonlySet<string> = new Set([
  'description', 'auth_mode', 'agent_auth', 'restricted_inbound_headers', 'connection', 'timeout_ms', 'cwd', 'enabled',
]) // prettier-ignore
const urlKeys = ['url', 'serverUrl', 'httpUrl', 'uri'] as const
const handledKeys: ReadonlySet<string> = new Set([
  ...urlKeys, 'type', 'transport', 'command', 'args', 'env', 'headers', 'disabled', 'timeout', 'auth', 'oauth',
  'app_auth', 'outbound_headers', 'tools',
]) // prettier-ignore

const transports: Readonly<Record<string, 'streamable-http' | 'sse' | 'stdio'>> = {
  http: 'streamable-http',
  https: 'streamable-http',
  'streamable-http': 'streamable-http',
  streamablehttp: 'streamable-http',
  sse: 'sse',
  stdio: 'stdio',
  local: 'stdio',
}

/** The profile's word for a foreign transport; undefined where there is none. */
export function transportOf(word: string): 'streamable-http' | 'sse' | 'stdio' | undefined {
  return transports[word.toLowerCase().replace(/[_ ]/g, '-')]
}

/**
 * Converts one entry. What it holds that has no place in a profile is named in a warning.
 *
 * @param at dotted path of the entry in its file
 */
export function convertServerEntry(
  conversion: Conversion,
  slug: string,
  entry: Mapping,
  at: string,
): Record<string, unknown> {
  const profileAt = `mcpServers.${slug}`
  conversion.cameFrom(profileAt, at, true)
  const server: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(entry)) {
    if (sameKeys.has(key)) server[key] = value
    else if (!handledKeys.has(key)) warnOfKey(conversion, key, `${at}.${key}`)
  }
  convertSwitches(conversion, server, slug, entry, at)
  if (entry['app_auth'] !== undefined)
    server['app_auth'] = storeLiterals(conversion, slug, entry['app_auth'], `${at}.app_auth`)
  convertTools(conversion, server, slug, entry['tools'], at)
  if (Array.isArray(entry['outbound_headers']))
    server['outbound_headers'] = entry['outbound_headers'].map((header: unknown, index) =>
      storeLiterals(conversion, slug, header, `${at}.outbound_headers[${index}]`),
    )
  else if (entry['outbound_headers'] !== undefined) server['outbound_headers'] = entry['outbound_headers']
  const transport = readTransport(conversion, entry, at)
  if (transport === 'stdio' || (transport === undefined && entry['command'] !== undefined))
    convertCommand(conversion, server, slug, entry, at)
  else convertHttp(conversion, server, slug, entry, transport, at)
  convertOAuthClient(conversion, server, slug, entry, at)
  return server
}

function warnOfKey(conversion: Conversion, key: string, path: string): void {
  const near = nearestName(key, [...Object.keys(serverSchema.shape), ...handledKeys])
  conversion.warn(path, `the key "${key}" is not carried over${near === undefined ? '' : `; did you mean "${near}"?`}`)
}

function readTransport(
  conversion: Conversion,
  entry: Mapping,
  at: string,
): 'streamable-http' | 'sse' | 'stdio' | undefined {
  const read = (['type', 'transport'] as const).flatMap((key) => {
    const word = entry[key]
    if (word === undefined) return []
    const transport = typeof word === 'string' ? transportOf(word) : undefined
    if (transport === undefined)
      conversion.fail(`${at}.${key}`, oneOf(['stdio', 'http', 'streamable-http', 'sse'], word))
    return transport === undefined ? [] : [transport]
  })
  if (read.length === 2 && read[0] !== read[1])
    conversion.fail(`${at}.transport`, 'expected type and transport to say the same')
  return read[0]
}

function convertSwitches(
  conversion: Conversion,
  server: Record<string, unknown>,
  slug: string,
  entry: Mapping,
  at: string,
): void {
  const { disabled, timeout } = entry
  if (disabled !== undefined && typeof disabled !== 'boolean')
    conversion.fail(`${at}.disabled`, 'expected true or false')
  else if (disabled === true) server['enabled'] = false
  if (timeout === undefined || server['timeout_ms'] !== undefined) return
  if (typeof timeout !== 'number' || !(timeout > 0)) {
    conversion.fail(`${at}.timeout`, 'expected a number greater than 0')
    return
  }
  // Some agents write seconds, others milliseconds; no deadline of theirs is shorter than a second.
  const inSeconds = timeout < 1000
  server['timeout_ms'] = Math.round(inSeconds ? timeout * 1000 : timeout)
  conversion.cameFrom(`mcpServers.${slug}.timeout_ms`, `${at}.timeout`)
  conversion.warn(
    `${at}.timeout`,
    `read as ${inSeconds ? 'seconds' : 'milliseconds'}: timeout_ms is ${server['timeout_ms'] as number}`,
  )
}

function convertTools(
  conversion: Conversion,
  server: Record<string, unknown>,
  slug: string,
  tools: unknown,
  at: string,
): void {
  if (tools === undefined) return
  if (!isMapping(tools)) {
    conversion.warn(`${at}.tools`, 'the list of tools is not carried over: limit an agent’s key to tools instead')
    return
  }
  server['tools'] = Object.fromEntries(
    Object.entries(tools).map(([tool, settings]) => {
      if (!isMapping(settings) || settings['app_auth'] === undefined) return [tool, settings]
      const appAuth = storeLiterals(conversion, `${slug}-${tool}`, settings['app_auth'], `${at}.tools.${tool}.app_auth`)
      return [tool, { ...settings, app_auth: appAuth }]
    }),
  )
}

const secretFields: ReadonlySet<string> = new Set(['value', 'token', 'password', 'client_secret', 'private_key'])

/** In app auth or an outbound header of our own form: text where a reference belongs goes to the vault. */
function storeLiterals(conversion: Conversion, slug: string, rule: unknown, at: string): unknown {
  if (!isMapping(rule)) return rule
  const type = String(rule['type'])
  return Object.fromEntries(
    Object.entries(rule).flatMap(([key, value]): [string, unknown][] => {
      if (!secretFields.has(key) || typeof value !== 'string') return [[key, value]]
      const label = type === 'custom' ? String(rule['header']).toLowerCase() : key.replaceAll('_', '-')
      const reference = conversion.secret(value, `${slug}-${label}`, `${at}.${key}`)
      if (reference?.prefix === undefined) return reference === undefined ? [] : [[key, reference]]
      if (type === 'custom' && rule['prefix'] === undefined)
        return [
          [key, { secret: reference.secret }],
          ['prefix', reference.prefix],
        ]
      conversion.fail(`${at}.${key}`, 'expected nothing but the variable: text before it has no place here')
      return []
    }),
  )
}

function convertCommand(
  conversion: Conversion,
  server: Record<string, unknown>,
  slug: string,
  entry: Mapping,
  at: string,
): void {
  server['transport'] = 'stdio'
  for (const key of [...urlKeys, 'headers'])
    if (entry[key] !== undefined) conversion.fail(`${at}.${key}`, `expected no ${key} beside a command`)
  const { command, args, env } = entry
  if (command !== undefined) server['command'] = command
  if (typeof command === 'string' && command.includes('${'))
    conversion.fail(`${at}.command`, 'expected the command written out, without variables')
  if (typeof entry['cwd'] === 'string' && entry['cwd'].includes('${'))
    conversion.fail(`${at}.cwd`, 'expected the folder written out, without variables')
  const environment: Record<string, ConvertedValue> =
    env === undefined ? {} : readEnvironment(conversion, slug, env, `${at}.env`)
  const converted =
    args === undefined ? [] : readArguments(conversion, slug, args, `${at}.args`, new Set(Object.keys(environment)))
  if (converted.length > 0) server['args'] = converted
  if (Object.keys(environment).length > 0) server['env'] = environment
}

function convertHttp(
  conversion: Conversion,
  server: Record<string, unknown>,
  slug: string,
  entry: Mapping,
  transport: 'streamable-http' | 'sse' | undefined,
  at: string,
): void {
  for (const key of ['command', 'args', 'env', 'cwd'])
    if (entry[key] !== undefined)
      conversion.fail(`${at}.${key}`, `expected no ${key}: it belongs to a server that runs a command`)
  delete server['cwd']
  const [urlKey, ...others] = urlKeys.filter((key) => entry[key] !== undefined)
  for (const other of others) conversion.fail(`${at}.${other}`, `expected one URL: ${urlKey} is there already`)
  const written = urlKey === undefined ? undefined : entry[urlKey]
  const urlPath = `${at}.${urlKey ?? 'url'}`
  conversion.cameFrom(`mcpServers.${slug}.url`, urlPath)
  let taken: UrlCredentials | undefined
  if (typeof written === 'string') taken = takeUrlCredentials(conversion, slug, written, urlPath)
  if (written !== undefined) server['url'] = taken?.url ?? written
  if ((transport ?? (urlKey === 'httpUrl' ? 'streamable-http' : sseByPath(taken?.url))) === 'sse')
    server['transport'] = 'sse'
  const headers: ReadHeaders =
    entry['headers'] === undefined ? { custom: [] } : readHeaders(conversion, slug, entry['headers'], `${at}.headers`)
  if (headers.authorization !== undefined && taken?.authorization !== undefined)
    conversion.fail(headers.authorization.path, 'expected one credential: the URL holds a user name and password too')
  placeCredentials(conversion, server, slug, {
    authorization: headers.authorization ?? taken?.authorization,
    queryKey: taken?.queryKey,
    custom: headers.custom,
  })
}

/** Servers of the older transport answer at `/sse` by convention. */
export function sseByPath(url: string | undefined): 'sse' | undefined {
  return url !== undefined && URL.canParse(url) && /\/sse\/?$/.test(new URL(url).pathname) ? 'sse' : undefined
}

/** Cursor's `auth` and Claude Code's `oauth`: a client that the user registered with the provider. */
function convertOAuthClient(
  conversion: Conversion,
  server: Record<string, unknown>,
  slug: string,
  entry: Mapping,
  at: string,
): void {
  for (const key of ['auth', 'oauth'] as const) {
    const client = entry[key]
    if (client === undefined) continue
    const path = `${at}.${key}`
    if (!isMapping(client) || server['app_auth'] !== undefined || server['url'] === undefined) {
      conversion.warn(path, `the key "${key}" is not carried over`)
      continue
    }
    const { CLIENT_ID, CLIENT_SECRET, clientId = CLIENT_ID, clientSecret = CLIENT_SECRET, scopes, ...rest } = client
    for (const other of Object.keys(rest)) conversion.warn(`${path}.${other}`, `the key "${other}" is not carried over`)
    const secret =
      typeof clientSecret === 'string'
        ? conversion.plainSecret(clientSecret, `${slug}-client-secret`, `${path}.clientSecret`)
        : undefined
    if (typeof clientId === 'string' && clientId.includes('${'))
      conversion.fail(path, 'expected the client id written out, without variables')
    server['app_auth'] = {
      type: 'oauth2_authorization_code',
      ...(clientId === undefined ? {} : { client_id: clientId }),
      ...(secret === undefined ? {} : { client_secret: secret }),
      ...(scopes === undefined
        ? {}
        : { scopes: typeof scopes === 'string' ? scopes.split(/[\s,]+/).filter(Boolean) : scopes }),
    }
    conversion.cameFrom(`mcpServers.${slug}.app_auth`, path)
  }
}
