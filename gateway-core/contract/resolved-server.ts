/** A server with its shorthands spelt out, and the origins to which its configuration would send secrets. */
import type { AgentAuth, AppAuth, OutboundHeader, ProfileSettings, Server } from './profile.js'

const defaultTimeoutMs = 300_000

export interface ResolvedServer {
  readonly slug: string
  readonly transport: 'streamable-http' | 'sse' | 'stdio'
  readonly agentAuth: AgentAuth
  readonly appAuth: AppAuth
  readonly connection: 'shared' | 'per_caller' | 'per_request'
  readonly timeoutMs: number
  readonly config: Server
}

/** Spells out `auth_mode` and the defaults of a server. The configuration has been checked by `serverSchema`. */
export function resolveServer(slug: string, config: Server): ResolvedServer {
  const transport = config.transport ?? (config.command === undefined ? 'streamable-http' : 'stdio')
  const timeoutMs = config.timeout_ms ?? defaultTimeoutMs
  const written = { slug, transport, timeoutMs, config }
  switch (config.auth_mode) {
    case 'oauth_passthrough':
      return {
        ...written,
        agentAuth: config.agent_auth ?? { type: 'passthrough' },
        appAuth: { type: 'passthrough' },
        connection: 'per_request',
      }
    case 'token_broker':
      return {
        ...written,
        agentAuth: config.agent_auth ?? { type: 'gateway' },
        appAuth: { type: 'token_broker' },
        connection: 'per_request',
      }
    case 'internal':
    case undefined:
      return {
        ...written,
        agentAuth: config.agent_auth ?? { type: 'gateway' },
        appAuth: config.app_auth ?? { type: 'none' },
        connection:
          config.auth_mode === 'internal' || transport === 'stdio' ? 'shared' : (config.connection ?? 'per_caller'),
      }
  }
}

/** One secret that a configuration refers to, and where it would be sent. */
export interface SecretUse {
  readonly secret: string
  /** An origin (`https://host:port`), or `command:{slug}` for a value that goes into a child's arguments or environment. */
  readonly destination: string
  /** Profile path of the reference, e.g. `mcpServers.github.app_auth.client_secret`. */
  readonly path: string
  /** True where each caller has a value of their own. */
  readonly perUser: boolean
}

/** Lists every reference to a secret in a server, with the destination that it is bound for. */
export function secretUses(slug: string, server: Server): readonly SecretUse[] {
  const at = `mcpServers.${slug}`
  const own = server.url === undefined ? `command:${slug}` : new URL(server.url).origin
  const uses: SecretUse[] = []
  if (server.app_auth !== undefined) uses.push(...appAuthSecretUses(server.app_auth, `${at}.app_auth`, own))
  for (const [tool, settings] of Object.entries(server.tools ?? {}))
    if (settings.app_auth !== undefined)
      uses.push(...appAuthSecretUses(settings.app_auth, `${at}.tools.${tool}.app_auth`, own))
  for (const [index, header] of (server.outbound_headers ?? []).entries())
    uses.push(...outboundHeaderSecretUses(header, `${at}.outbound_headers[${index}]`, own))
  for (const [index, value] of (server.args ?? []).entries())
    if (typeof value !== 'string')
      uses.push({ secret: value.secret, destination: own, path: `${at}.args[${index}]`, perUser: false })
  for (const [name, value] of Object.entries(server.env ?? {}))
    if (typeof value !== 'string')
      uses.push({ secret: value.secret, destination: own, path: `${at}.env.${name}`, perUser: false })
  return uses
}

/**
 * Lists every reference to a secret in a profile's settings. Where the token broker's URL comes from the environment,
 * its destination is `token-broker`.
 */
export function settingsSecretUses(settings: ProfileSettings): readonly SecretUse[] {
  const uses: SecretUse[] = []
  const add = (reference: { readonly secret: string } | undefined, url: string | undefined, path: string): void => {
    if (reference === undefined) return
    uses.push({
      secret: reference.secret,
      destination: url === undefined ? 'token-broker' : new URL(url).origin,
      path,
      perUser: false,
    })
  }
  const { authentication, token_broker: broker, shield } = settings
  add(authentication?.sso?.client_secret, authentication?.sso?.issuer, 'authentication.sso.client_secret')
  add(broker?.credential, broker?.admin_url, 'token_broker.credential')
  add(shield?.remote?.credential, shield?.remote?.url, 'shield.remote.credential')
  return uses
}

function appAuthSecretUses(auth: AppAuth, path: string, own: string): SecretUse[] {
  const use = (secret: string, key: string, destination = own): SecretUse => ({
    secret,
    destination,
    path: `${path}.${key}`,
    perUser: false,
  })
  switch (auth.type) {
    case 'none':
    case 'passthrough':
    case 'token_broker':
      return []
    case 'api_key':
      return [use(auth.value.secret, 'value')]
    case 'bearer':
      return [use(auth.token.secret, 'token')]
    case 'basic':
      return [
        ...(typeof auth.username === 'string' ? [] : [use(auth.username.secret, 'username')]),
        use(auth.password.secret, 'password'),
      ]
    case 'oauth2_authorization_code':
    case 'oauth2_client_credentials':
    case 'token_exchange':
      return clientSecretUses(auth, path, own)
  }
}

interface ClientWithSecrets {
  readonly token_url?: string | undefined
  readonly client_secret?: { readonly secret: string } | undefined
  readonly private_key?: { readonly secret: string } | undefined
}

/** A client's secret goes to its token endpoint; where that is still to be discovered, the server's origin stands for it. */
function clientSecretUses(client: ClientWithSecrets, path: string, own: string): SecretUse[] {
  const destination = client.token_url === undefined ? own : new URL(client.token_url).origin
  const uses: SecretUse[] = []
  if (client.client_secret)
    uses.push({ secret: client.client_secret.secret, destination, path: `${path}.client_secret`, perUser: false })
  if (client.private_key)
    uses.push({ secret: client.private_key.secret, destination, path: `${path}.private_key`, perUser: false })
  return uses
}

function outboundHeaderSecretUses(header: OutboundHeader, path: string, own: string): SecretUse[] {
  switch (header.type) {
    case 'stored_credential':
      return [{ secret: header.secret, destination: own, path: `${path}.secret`, perUser: header.scope === 'user' }]
    case 'custom':
      return typeof header.value === 'string'
        ? []
        : [{ secret: header.value.secret, destination: own, path: `${path}.value`, perUser: false }]
    case 'client_credentials_token':
    case 'token_exchange':
      return clientSecretUses(header, path, own)
    case 'caller_token':
    case 'caller_identity':
      return []
  }
}
