/** What a profile may say that this version cannot do yet. It is kept and exported as written. */
import type { AppAuth, ProfileSettings } from '../contract/profile.js'
import type { ResolvedServer } from '../contract/resolved-server.js'

const appAuthTypes: ReadonlySet<AppAuth['type']> = new Set([
  'oauth2_authorization_code',
  'oauth2_client_credentials',
  'token_broker',
  'token_exchange',
])

/** Why no call can go to a server in this version, as a sentence; undefined where calls can. */
export function unsupportedReason(server: ResolvedServer): string | undefined {
  if (appAuthTypes.has(server.appAuth.type)) return `This version cannot do app_auth ${server.appAuth.type}.`
  for (const header of server.config.outbound_headers ?? [])
    if (header.type === 'client_credentials_token' || header.type === 'token_exchange')
      return `This version cannot do outbound_headers ${header.type}.`
  return undefined
}

/** Why calls of one tool cannot be made in this version; undefined where they can. */
function unsupportedToolReason(server: ResolvedServer, tool: string): string | undefined {
  const appAuth = server.config.tools?.[tool]?.app_auth
  return appAuth !== undefined && appAuthTypes.has(appAuth.type)
    ? `This version cannot do app_auth ${appAuth.type}.`
    : undefined
}

/** Everything of a server that this version leaves undone, one sentence each. */
export function unsupportedWarnings(server: ResolvedServer): readonly string[] {
  const at = `mcpServers.${server.slug}`
  const warnings: string[] = []
  const whole = unsupportedReason(server)
  if (whole !== undefined) warnings.push(`${at}: ${whole} It is kept, and cannot be called.`)
  for (const tool of Object.keys(server.config.tools ?? {})) {
    const reason = unsupportedToolReason(server, tool)
    if (reason !== undefined) warnings.push(`${at}.tools.${tool}: ${reason} The tool cannot be called.`)
  }
  if (server.agentAuth.type === 'interactive')
    warnings.push(
      `${at}: This version cannot sign agents in. With agent_auth interactive it takes keys and tokens only.`,
    )
  return warnings
}

/** What of a profile's settings this version leaves undone, one sentence each. */
export function unsupportedSettings(settings: ProfileSettings): readonly string[] {
  const { shield } = settings
  const engines = [
    ...(shield?.remote === undefined ? [] : ['remote']),
    ...((shield?.policies ?? []).length === 0 ? [] : ['policies']),
  ]
  if (shield?.enabled === false || engines.length === 0) return []
  const outcome = shield?.on_failure === 'deny' ? 'refused' : 'let through'
  return [`shield: This version cannot ask ${engines.join(' and ')}. Every request is ${outcome}, as on_failure says.`]
}
