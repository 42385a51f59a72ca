/** What a server's shorthand `auth_mode` and its defaults mean, and changing what it means. */
import type { ServerConfig } from './server-draft.js'

export type AgentAuth = NonNullable<ServerConfig['agent_auth']>
export type AppAuth = NonNullable<ServerConfig['app_auth']>
export type OutboundHeaderConfig = NonNullable<ServerConfig['outbound_headers']>[number]

export function agentAuthOf({ agent_auth: auth, auth_mode: mode }: ServerConfig): AgentAuth {
  return auth ?? { type: mode === 'oauth_passthrough' ? 'passthrough' : 'gateway' }
}

export function appAuthOf({ app_auth: auth, auth_mode: mode }: ServerConfig): AppAuth {
  if (mode === 'oauth_passthrough') return { type: 'passthrough' }
  if (mode === 'token_broker') return { type: 'token_broker' }
  return auth ?? { type: 'none' }
}

/** Gives a server another app auth. A shorthand that says otherwise is spelt out first. */
export function withAppAuth(config: ServerConfig, appAuth: AppAuth): ServerConfig {
  const { auth_mode: mode, ...rest } = config
  if (mode === undefined || mode === 'internal') return { ...config, app_auth: appAuth }
  return { ...rest, agent_auth: agentAuthOf(config), connection: 'per_request', app_auth: appAuth }
}

export function withAgentAuth(config: ServerConfig, agentAuth: AgentAuth): ServerConfig {
  if (config.auth_mode !== 'oauth_passthrough') return { ...config, agent_auth: agentAuth }
  return withAgentAuth(withAppAuth(config, appAuthOf(config)), agentAuth)
}
