/**
 * Which client the gateway is to a provider, in MCP's order: pre-registered, metadata document, dynamic registration,
 * and otherwise a person is asked for one.
 *
 * @see MCP 2026-07-28, basic/authorization/client-registration
 */
import * as oauth from 'oauth4webapi'
import { GatewayError } from '../../contract/errors.js'
import { isRecord } from '../../contract/json-rpc.js'
import type { AccountClient, AccountStore, OAuthClient, OAuthClientStore } from '../../vault/account-store.js'
import type { AccountPorts, Fetch } from './account-ports.js'
import { checkEndpoint, type ConnectTarget, type Provider } from './connect-target.js'
import { callProvider } from './call-provider.js'
import { diagnosed } from '../oauth-failure.js'

const clientName = 'Gatehouse'
const trustedUnusedMs = 10 * 60_000

/**
 * @throws GatewayError `token_endpoint_failed` where there is none, or registering one failed
 */
export async function findClient(
  target: ConnectTarget,
  provider: Provider,
  { clients, accounts }: Pick<AccountPorts, 'clients' | 'accounts'>,
  fetch: Fetch,
): Promise<AccountClient> {
  const { auth, redirectUri, clientMetadataUrl } = target
  const { metadata } = provider
  const way = auth.registration ?? 'auto'
  if (auth.client_id !== undefined && (way === 'auto' || way === 'static'))
    return { id: auth.client_id, registration: 'static', redirectUri }
  if (way === 'cimd' && clientMetadataUrl === undefined)
    throw noClient(target, 'The profile names no client metadata document.', 'Set oauth.client_metadata_url.')
  const takesDocuments = metadata['client_id_metadata_document_supported'] === true
  if (clientMetadataUrl !== undefined && (way === 'cimd' || (way === 'auto' && takesDocuments)))
    return { id: clientMetadataUrl, registration: 'cimd', redirectUri }
  if ((way === 'auto' || way === 'dcr') && metadata.registration_endpoint !== undefined) {
    const { clientId } = await registeredClient(target, metadata, clients, accounts, fetch)
    return { id: clientId, registration: 'dcr', redirectUri }
  }
  throw diagnosed({
    code: 'OAUTH_NO_REGISTRATION',
    title: 'Gatehouse can’t be added there automatically',
    facts: [
      `${target.slug}: The provider registers no client by itself.`,
      `Its metadata names no registration endpoint${clientMetadataUrl === undefined ? '' : ', and takes no client metadata documents'}.`,
    ],
    fix: `Register Gatehouse there with the callback address ${redirectUri}, and set client_id of app_auth.`,
  })
}

function noClient({ slug }: ConnectTarget, detail: string, fix: string): GatewayError {
  return new GatewayError('token_endpoint_failed', { detail: `${slug}: ${detail}`, fix })
}

async function registeredClient(
  { redirectUri }: ConnectTarget,
  metadata: oauth.AuthorizationServer,
  clients: OAuthClientStore,
  accounts: AccountStore,
  fetch: Fetch,
): Promise<OAuthClient> {
  const known = await clients.find(metadata.issuer, redirectUri)
  if (known !== undefined && !hasEnded(known) && (await isTrusted(known, accounts))) return known
  const registered = await register(metadata, redirectUri, fetch)
  await clients.put(registered)
  return registered
}

/**
 * A provider that forgot the client says so to the browser alone. What no account was connected with for a while is
 * therefore registered anew.
 */
async function isTrusted({ clientId, registeredAt }: OAuthClient, accounts: AccountStore): Promise<boolean> {
  if (Date.parse(registeredAt) > Date.now() - trustedUnusedMs) return true
  const all = await accounts.list()
  return all.some(({ client, status }) => client.id === clientId && status === 'connected')
}

function hasEnded({ secretExpiresAt }: OAuthClient): boolean {
  return secretExpiresAt !== undefined && Date.parse(secretExpiresAt) <= Date.now() + 60_000
}

async function register(metadata: oauth.AuthorizationServer, redirectUri: string, fetch: Fetch): Promise<OAuthClient> {
  const endpoint = checkEndpoint(metadata.registration_endpoint, 'registration endpoint')
  const wish = {
    client_name: clientName,
    // RFC 8252 §8.4: a client on the user's own machine is a native one, and may be sent back to loopback.
    application_type: 'native',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: methodFor(metadata),
  }
  const client = await callProvider('register Gatehouse as a client', endpoint, fetch, async (options) =>
    oauth.processDynamicClientRegistrationResponse(
      await asRegistered(await oauth.dynamicClientRegistrationRequest(metadata, wish, options)),
    ),
  )
  const { client_id: clientId, client_secret: clientSecret, client_secret_expires_at: endsAt } = client
  const method = client['token_endpoint_auth_method']
  const expires = typeof endsAt === 'number' && endsAt > 0 ? new Date(endsAt * 1000).toISOString() : undefined
  return {
    issuer: metadata.issuer,
    redirectUri,
    clientId,
    registeredAt: new Date().toISOString(),
    authMethod: typeof clientSecret === 'string' ? secretMethod(method) : 'none',
    ...(typeof clientSecret === 'string' ? { clientSecret } : {}),
    ...(expires === undefined ? {} : { secretExpiresAt: expires }),
  }
}

/**
 * RFC 7591 §3.2.1 has 201, and with a secret the time when it ends. Providers are in use that answer 200, or do not say
 * when it ends, which then is never.
 */
async function asRegistered(response: Response): Promise<Response> {
  if (response.status !== 200 && response.status !== 201) return response
  const client: unknown = await response.json()
  const answer = isRecord(client) && 'client_secret' in client ? { client_secret_expires_at: 0, ...client } : client
  return Response.json(answer, { status: 201 })
}

function secretMethod(method: unknown): 'client_secret_basic' | 'client_secret_post' {
  return method === 'client_secret_post' ? method : 'client_secret_basic'
}

/** A public client where the provider takes one: PKCE is what protects it. */
function methodFor(metadata: oauth.AuthorizationServer): string {
  const methods = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return ['none', 'client_secret_basic', 'client_secret_post'].find((one) => methods.includes(one)) ?? 'none'
}
