/** Which servers accounts are connected at, and where their sign-ins go. */
import type { AuthorizationServer } from 'oauth4webapi'
import { subjectKey, type Caller } from '../../contract/caller.js'
import { GatewayError } from '../../contract/errors.js'
import type { Registry, RegisteredServer, Snapshot } from '../../registry/registry.js'
import type { AccountOwner } from '../../vault/account-store.js'
import type { EndpointDiscovery } from '../discover-endpoint.js'
import type { Cause } from '../observed-request.js'
import { resourceOf, type ConnectTarget, type Provider, type ServerChallenge } from './connect-target.js'

/** Whose account a caller uses at a server; that of the organization belongs to nobody. */
export function ownerAt(server: RegisteredServer, clientKey: string, subject: string): AccountOwner {
  const isShared = server.plan.accountClients.get(clientKey)?.per === 'organization'
  return { server: server.slug, subject: isShared ? '' : subject, ...(clientKey === '' ? {} : { clientKey }) }
}

export function ownerFor(server: RegisteredServer, clientKey: string, caller: Caller): AccountOwner {
  return ownerAt(server, clientKey, subjectKey(caller))
}

/**
 * @param tool whose own client is meant; without one, the server’s, or the only one that there is
 * @throws GatewayError `invalid_input`
 */
export function clientKeyFor({ slug, plan, resolved }: RegisteredServer, tool: string | undefined): string {
  const value = tool === undefined ? undefined : plan.appAuthByTool.get(tool)?.value
  if (value?.kind === 'account') return value.clientKey
  const [only, ...others] = plan.accountClients.keys()
  if (tool !== undefined && (plan.appAuthByTool.has(tool) || !plan.accountClients.has('')))
    throw new GatewayError('invalid_input', {
      detail: `Accounts are not connected for the tool ${tool.slice(0, 128)} of ${slug}.`,
      fix: `Set mcpServers.${slug}.tools.${tool.slice(0, 128)}.app_auth { type: oauth2_authorization_code }.`,
    })
  if (only === undefined) throw noAccounts(slug, resolved.appAuth.type)
  if (plan.accountClients.has('')) return ''
  if (others.length === 0) return only
  throw new GatewayError('invalid_input', {
    detail: `Several tools of ${slug} have accounts of their own.`,
    fix: 'Name the tool that the account is for (tool, or --tool).',
  })
}

function noAccounts(slug: string, type: string): GatewayError {
  return new GatewayError('invalid_input', {
    detail: `Accounts are not connected at ${slug}: its app_auth is ${type}.`,
    fix: 'Set app_auth { type: oauth2_authorization_code }.',
  })
}

/** @throws GatewayError `vault_locked`, `unknown_server` */
export function serverNamed(slug: string, { snapshot }: Pick<Registry, 'snapshot'>): RegisteredServer {
  if (snapshot === undefined) throw new GatewayError('vault_locked')
  const server = snapshot.servers.get(slug)
  if (server !== undefined) return server
  throw new GatewayError('unknown_server', {
    detail: `No server is called ${JSON.stringify(slug.slice(0, 64))}.`,
    fix: '`gatehouse servers list` names the servers.',
  })
}

/**
 * @param oauthByProfile of the snapshot that the server is of
 * @param port of the data port, where providers send browsers back to
 * @throws GatewayError `invalid_input` where accounts are no part of how it is called
 */
export function targetOf(
  server: RegisteredServer,
  clientKey: string,
  oauthByProfile: Snapshot['oauthByProfile'],
  port: number,
): ConnectTarget {
  const auth = server.plan.accountClients.get(clientKey)
  if (auth === undefined) throw noAccounts(server.slug, server.resolved.appAuth.type)
  const settings = oauthByProfile.get(server.profile)
  return {
    slug: server.slug,
    serverUrl: server.plan.url,
    auth,
    clientMetadataUrl: settings?.client_metadata_url,
    redirectUri: `http://${settings?.callback_host ?? '127.0.0.1'}:${port}/oauth/callback`,
  }
}

/** @throws GatewayError `token_endpoint_failed` */
export async function discoverProvider(
  target: ConnectTarget,
  challenge: ServerChallenge,
  discovery: EndpointDiscovery,
  cause: Cause,
): Promise<Provider> {
  // Connecting is rare, and what it finds is kept with the account: nothing of last time is believed.
  discovery.forget()
  const { issuer, metadata, resource, scopes } = await discovery.find(target.serverUrl, undefined, cause)
  const { authorization_url: authorize, token_url: token } = target.auth
  return {
    // What of it is used is checked where it is used.
    metadata: {
      ...(metadata as Partial<AuthorizationServer>),
      ...(authorize === undefined ? {} : { authorization_endpoint: authorize }),
      ...(token === undefined ? {} : { token_endpoint: token }),
      issuer,
    },
    isDiscovered: true,
    resource: target.auth.resource ?? resource ?? resourceOf(target),
    resourceScopes: scopes.supported,
    challengeScopes: challenge.scopes ?? scopes.challenged,
  }
}
