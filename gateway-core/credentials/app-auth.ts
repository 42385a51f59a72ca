/** App auth, compiled: which header or query parameter each type claims, and the value that goes into it. */
import type { AppAuth } from '../contract/profile.js'
import { clientSecretOf, type TokenDemand } from '../contract/token-demand.js'
import type { PendingValue } from './planned.js'

export interface CompiledAppAuth {
  readonly type: AppAuth['type']
  /** Profile path. */
  readonly rule: string
  /** Lower-case name of the header that this type sets, or forwards in the case of `passthrough`. */
  readonly header: string | undefined
  readonly query: string | undefined
  /** Undefined where nothing is injected, or where the value is a token. */
  readonly value: PendingValue | undefined
  /** The token that is obtained for a call. */
  readonly demand: TokenDemand | undefined
  /** Name of the secret that the inspector shows as the source. */
  readonly secret: string | undefined
}

/** @param clientKey of accounts, where app auth is of that type */
export function compileAppAuth(auth: AppAuth, rule: string, clientKey: string): CompiledAppAuth {
  const nothing = {
    type: auth.type,
    rule,
    header: undefined,
    query: undefined,
    value: undefined,
    demand: undefined,
    secret: undefined,
  }
  switch (auth.type) {
    case 'none':
      return nothing
    case 'bearer':
      return { ...nothing, header: 'authorization', ...secretValue('Bearer ', auth.token.secret) }
    case 'api_key':
      return {
        ...nothing,
        ...(auth.in === 'header' ? { header: auth.name.toLowerCase() } : { query: auth.name }),
        ...secretValue('', auth.value.secret),
      }
    case 'basic':
      return {
        ...nothing,
        header: 'authorization',
        value: { kind: 'basic', username: auth.username, password: auth.password },
        secret: auth.password.secret,
      }
    case 'passthrough':
      return { ...nothing, header: 'authorization' }
    case 'oauth2_authorization_code':
      return { ...nothing, header: 'authorization', value: { kind: 'account', prefix: 'Bearer ', clientKey } }
    case 'oauth2_client_credentials':
    case 'token_broker':
    case 'token_exchange': {
      const demand = demandOf(auth, rule)
      return { ...nothing, header: 'authorization', demand, secret: clientSecretOf(demand) }
    }
  }
}

type TokenAuth = Extract<AppAuth, { type: 'oauth2_client_credentials' | 'token_broker' | 'token_exchange' }>

function demandOf(auth: TokenAuth, rule: string): TokenDemand {
  switch (auth.type) {
    case 'oauth2_client_credentials':
      return { grant: 'client_credentials', rule, client: auth }
    case 'token_exchange':
      return { grant: 'token_exchange', rule, client: auth }
    case 'token_broker':
      return { grant: 'token_broker', rule }
  }
}

function secretValue(prefix: string, secret: string): { value: PendingValue; secret: string } {
  return { value: { kind: 'secret', prefix, secret, subject: undefined }, secret }
}
