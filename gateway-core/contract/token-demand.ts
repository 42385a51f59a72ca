/** A token that a rule of a server, named by its profile path, wants to be obtained for a request. */
import type { ClientCredentials, TokenExchange } from './profile.js'

export type TokenDemand =
  | { readonly grant: 'client_credentials'; readonly rule: string; readonly client: ClientCredentials }
  | { readonly grant: 'token_exchange'; readonly rule: string; readonly client: TokenExchange }
  | { readonly grant: 'token_broker'; readonly rule: string }

/** Name of the secret that the client proves itself with; undefined where it has none, or the broker's is meant. */
export function clientSecretOf(demand: TokenDemand): string | undefined {
  if (demand.grant === 'token_broker') return undefined
  const { client_secret: secret, private_key: key } = demand.client
  return (secret ?? key)?.secret
}
