/** What a profile may say that this version cannot do yet. It is kept and exported as written. */
import type { ProfileSettings } from '../contract/profile.js'
import type { ResolvedServer } from '../contract/resolved-server.js'

/** Everything of a server that this version leaves undone, one sentence each. */
export function unsupportedWarnings(server: ResolvedServer): readonly string[] {
  const at = `mcpServers.${server.slug}`
  const warnings: string[] = []
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
