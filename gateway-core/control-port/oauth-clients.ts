/** What the gateway is to authorization servers, told from its registrations and from what accounts were connected with. */
import type { OperationAnswer } from '../contract/control-api.js'
import type { Account, OAuthClientSummary } from '../vault/account-store.js'

type Client = OperationAnswer<'listOAuthClients'>['items'][number]

/** By issuer and client id. A registration that no account uses is one of them. */
export function oauthClients(
  accounts: readonly Pick<Account, 'issuer' | 'client' | 'server'>[],
  registered: readonly OAuthClientSummary[],
): readonly Client[] {
  const found = new Map<string, Client>()
  for (const { issuer, clientId, redirectUri, registeredAt, secretExpiresAt } of registered)
    found.set(keyOf(issuer, clientId, redirectUri), {
      issuer,
      clientId,
      redirectUri,
      registration: 'dcr',
      servers: [],
      registeredAt,
      ...(secretExpiresAt === undefined ? {} : { secretExpiresAt }),
    })
  for (const { issuer, client, server } of accounts) {
    const key = keyOf(issuer, client.id, client.redirectUri)
    const { registration, redirectUri } = client
    const known = found.get(key) ?? { issuer, clientId: client.id, redirectUri, registration, servers: [] }
    found.set(key, { ...known, servers: [...new Set([...known.servers, server])].sort() })
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, client]) => client)
}

function keyOf(...parts: readonly string[]): string {
  return parts.join('\n')
}
