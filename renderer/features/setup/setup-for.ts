/** From four answers to the settings of a server, and to what is missing for them. Pure. */
import type { ProbeServerResponse } from '../../client/api.js'
import type { ServerConfig } from '../server-auth/server-draft.js'
import type { AgentAuth, AppAuth, OutboundHeaderConfig } from '../server-auth/effective-auth.js'

export const whoAnswers = ['me', 'team', 'ci', 'system'] as const
export const appAnswers = ['sign_in', 'service', 'api_key', 'bearer', 'basic', 'nothing'] as const
export const userAnswers = ['no', 'identity', 'token', 'exchanged'] as const
export const secondAnswers = ['no', 'stored', 'service'] as const

export interface Answers {
  readonly who: (typeof whoAnswers)[number]
  readonly app: (typeof appAnswers)[number]
  readonly user: (typeof userAnswers)[number]
  readonly second: (typeof secondAnswers)[number]
}

export type Note = 'dropped' | 'requireJwt' | 'sso' | 'system'
/** What somebody else has to say or make. */
export type Ask =
  | 'client'
  | 'apiKey'
  | 'bearer'
  | 'basic'
  | 'oauthApp'
  | 'sso'
  | 'exchange'
  | 'storedKey'
  | 'secondService'
  | 'callerHeader'
  | 'identityHeader'
  | 'jwt'

export interface Setup {
  readonly agentAuth: AgentAuth
  readonly appAuth: AppAuth
  readonly headers: readonly OutboundHeaderConfig[]
  readonly notes: readonly Note[]
  readonly asks: readonly Ask[]
}

/** @param slug begins the names of the secrets that are needed */
export function setupFor(answers: Answers, slug: string): Setup {
  const agentAuth = agentAuthFor(answers)
  const appAuth = appAuthFor(answers, slug)
  return {
    agentAuth,
    appAuth,
    headers: [...userHeaders(answers, slug), ...secondHeaders(answers, slug)],
    notes: notesFor(answers, agentAuth, appAuth),
    asks: asksFor(answers, agentAuth, appAuth),
  }
}

/** Who a caller is must be known where the server is to be told. */
function agentAuthFor({ who, user }: Answers): AgentAuth {
  if (user !== 'no' || who === 'team') return { type: 'interactive' }
  return { type: who === 'me' ? 'gateway' : 'passthrough' }
}

function appAuthFor({ who, app, user }: Answers, slug: string): AppAuth {
  switch (app) {
    case 'sign_in':
      return { type: 'oauth2_authorization_code' }
    case 'service':
      return { type: 'oauth2_client_credentials', client_id: '', client_secret: { secret: `${slug}-client-secret` } }
    case 'api_key':
      return { type: 'api_key', name: 'x-api-key', in: 'header', value: { secret: `${slug}-api-key` } }
    case 'bearer':
      // What the system has already is what the server wants.
      return who === 'system' && user === 'no'
        ? { type: 'passthrough' }
        : { type: 'bearer', token: { secret: `${slug}-token` } }
    case 'basic':
      return { type: 'basic', username: '', password: { secret: `${slug}-password` } }
    case 'nothing':
      return user === 'exchanged'
        ? { type: 'token_exchange', token_url: '', client_id: '', client_secret: { secret: `${slug}-exchange-secret` } }
        : { type: 'none' }
  }
}

function userHeaders({ app, user }: Answers, slug: string): readonly OutboundHeaderConfig[] {
  switch (user) {
    case 'no':
      return []
    case 'identity':
      return [{ type: 'caller_identity', header: 'x-user-email', claim: 'email' }]
    case 'token':
      // Where nothing else claims it, the token goes where servers look for one.
      return [
        {
          type: 'caller_token',
          header: app === 'nothing' ? 'authorization' : 'x-user-authorization',
          prefix: 'Bearer ',
        },
      ]
    case 'exchanged':
      if (app === 'nothing') return []
      return [
        {
          ...{
            type: 'token_exchange',
            header: 'x-user-authorization',
            prefix: 'Bearer ',
            token_url: '',
            client_id: '',
          },
          client_secret: { secret: `${slug}-exchange-secret` },
        },
      ]
  }
}

function secondHeaders({ second }: Answers, slug: string): readonly OutboundHeaderConfig[] {
  switch (second) {
    case 'no':
      return []
    case 'stored':
      return [{ type: 'stored_credential', header: 'x-second-key', secret: `${slug}-second-key` }]
    case 'service':
      return [
        {
          ...{ type: 'client_credentials_token', header: 'x-service-authorization', prefix: 'Bearer ', client_id: '' },
          client_secret: { secret: `${slug}-second-client-secret` },
        },
      ]
  }
}

function notesFor({ app, user }: Answers, agentAuth: AgentAuth, appAuth: AppAuth): readonly Note[] {
  return [
    ...(app === 'service' && user === 'no' ? (['dropped'] as const) : []),
    ...(agentAuth.type === 'passthrough' ? (['requireJwt'] as const) : []),
    ...(user === 'token' || user === 'exchanged' ? (['sso'] as const) : []),
    ...(appAuth.type === 'passthrough' ? (['system'] as const) : []),
  ]
}

function asksFor({ who, app, user, second }: Answers, agentAuth: AgentAuth, appAuth: AppAuth): readonly Ask[] {
  const forApp: Readonly<Record<Answers['app'], readonly Ask[]>> = {
    sign_in: ['oauthApp'],
    service: ['client'],
    api_key: ['apiKey'],
    bearer: appAuth.type === 'passthrough' ? [] : ['bearer'],
    basic: ['basic'],
    nothing: [],
  }
  return [
    ...forApp[app],
    ...(agentAuth.type === 'interactive' ? (['sso'] as const) : []),
    ...(agentAuth.type === 'passthrough' && who === 'system' ? (['jwt'] as const) : []),
    ...(user === 'exchanged' ? (['exchange'] as const) : []),
    ...((user === 'token' || user === 'exchanged') && app !== 'nothing' ? (['callerHeader'] as const) : []),
    ...(user === 'identity' ? (['identityHeader'] as const) : []),
    ...(second === 'stored' ? (['storedKey'] as const) : []),
    ...(second === 'service' ? (['secondService'] as const) : []),
  ]
}

/** A server with this setup in place of the authentication that it had. */
export function withSetup(config: ServerConfig, { agentAuth, appAuth, headers }: Setup): ServerConfig {
  const { auth_mode: _mode, agent_auth: _agent, app_auth: _app, outbound_headers: _headers, ...rest } = config
  return {
    ...rest,
    agent_auth: agentAuth,
    app_auth: appAuth,
    ...(headers.length > 0 && { outbound_headers: [...headers] }),
  }
}

const soon = {
  client_id: 'client-id-to-come',
  token_url: 'https://token-endpoint.invalid/',
  username: 'user-name-to-come',
}

/** The same, with what is still to be filled in stood in for: only to show which headers would go out. */
export function forPreview(config: ServerConfig): ServerConfig {
  const fill = <T extends object>(credential: T): T => ({
    ...credential,
    ...Object.fromEntries(
      Object.entries(soon).filter(([key]) => key in credential && credential[key as keyof T] === ''),
    ),
  })
  return {
    ...config,
    ...(config.app_auth !== undefined && { app_auth: fill(config.app_auth) }),
    ...(config.outbound_headers !== undefined && { outbound_headers: config.outbound_headers.map(fill) }),
  }
}

/** How a server wants to be called, by what was found there; undefined where that cannot be told. */
export function appAnswerFrom({ steps }: ProbeServerResponse): Answers['app'] | undefined {
  const step = (name: string) => steps.find((each) => each.name === name)
  if (step('reachable')?.ok === false || step('era')?.ok === false) return undefined
  const metadata = step('metadata')
  if (metadata?.ok === true && metadata.skipped !== true) return 'sign_in'
  return step('auth')?.ok === true ? 'nothing' : 'bearer'
}
