/** A gateway with servers that need tokens which no person signs in for, and everything that gives and takes the tokens. */
import {
  basicSecret,
  postSecret,
  startMachineProvider,
  type MachineProvider,
} from '../../gateway-core/oauth/test/machine-provider.js'
import { callModern } from './mcp-request.js'
import { startRecordingServer, type RecordedRequest, type RecordingServer } from './recording-server.js'
import { at } from './send.js'
import { startGateway, type RunningGateway } from './start-gateway.js'

export const backendResource = 'https://backend.internal/api'

export interface MachineTeam {
  readonly gateway: RunningGateway
  readonly provider: MachineProvider
  readonly server: RecordingServer
  readonly broker: RecordingServer
  /** Of the subject `ada`. */
  readonly key: string
  url(slug: string): string
  /** @throws Error unless it was applied */
  apply(profile: unknown): Promise<void>
  /** One call with these headers, the key's unless they are given. @throws Error unless the answer was 200 */
  called(slug: string, headers?: Record<string, string>): Promise<RecordedRequest>
  issuances(query: string): Promise<readonly Record<string, unknown>[]>
  /** Whole. */
  lastExchange(slug: string): Promise<unknown>
  /** Forgets what was asked and answered so far. */
  reset(): void
  close(): Promise<void>
}

/** The Bearer token in a header; empty where there is none. */
export function tokenOf(request: RecordedRequest | undefined, header = 'authorization'): string {
  return (request?.header(header) ?? '').replace(/^Bearer /, '')
}

export async function startMachineTeam(): Promise<MachineTeam> {
  const [provider, server, broker] = await Promise.all([
    startMachineProvider(),
    startRecordingServer(),
    startRecordingServer(),
  ])
  const gateway = await startGateway({ env: { HIGHFLAME_ADMIN_URL: broker.origin, OAUTH_MAX_RETRIES: '1' } })
  await gateway.putSecret('gateway-client', postSecret)
  await gateway.putSecret('basic-client', basicSecret)
  await gateway.putSecret('admin-key', 'the-key-of-the-admin-api')
  const { key } = await gateway.addKey({ name: 'script', subject: 'ada' })
  const url = (slug: string): string => `${gateway.dataUrl}/mcp/${slug}`
  const team: MachineTeam = {
    ...{ gateway, provider, server, broker, key, url },
    apply: async (profile) => {
      // As JSON has it, without what is undefined.
      const { status, body } = await gateway.api('POST', '/profiles', JSON.parse(JSON.stringify(profile)))
      if (status !== 200) throw new Error(`the profile was not applied: ${JSON.stringify(body)}`)
    },
    called: async (slug, headers = { 'x-gatehouse-apikey': key }) => {
      const count = server.requests.length
      const answer = await callModern(url(slug), { headers })
      if (answer.status !== 200) throw new Error(`the call was answered ${answer.status}: ${answer.text}`)
      return server.received(count + 1)
    },
    issuances: async (query) =>
      at((await gateway.api('GET', `/issuances?${query}`)).body, 'items') as readonly Record<string, unknown>[],
    lastExchange: async (slug) => {
      const { body } = await gateway.api('GET', `/exchanges?server=${slug}&limit=1`)
      return (await gateway.api('GET', `/exchanges/${String(at(body, 'items.0.id'))}`)).body
    },
    reset: () => {
      server.reset()
      broker.reset()
      provider.granted.length = 0
      provider.tokenSeconds = 3600
    },
    close: async () => {
      await gateway.stop()
      for (const peer of [provider, server, broker]) await peer.close()
    },
  }
  await team.apply(teamProfile(provider, server))
  return team
}

/** AuthPlane's example, as the seed has it. */
export function hiddenBackend(provider: MachineProvider, server: RecordingServer): object {
  return {
    url: server.url,
    app_auth: {
      type: 'oauth2_client_credentials',
      ...clientOf(provider),
      resource: backendResource,
      scopes: ['internal/write'],
    },
  }
}

function clientOf(provider: MachineProvider): object {
  return {
    token_url: provider.tokenUrl,
    client_id: 'gateway',
    client_secret: { secret: 'gateway-client' },
    client_auth: 'client_secret_post',
  }
}

function teamProfile(provider: MachineProvider, server: RecordingServer): object {
  const client = clientOf(provider)
  const resource = backendResource
  const { url } = server
  const own = { type: 'oauth2_client_credentials', ...client, resource, scopes: ['internal/write'] }
  return {
    gatehouse: 1,
    name: 'team',
    authentication: { jwt: [{ issuer: provider.issuer, jwks_url: provider.jwksUrl, audience: 'gateway' }] },
    token_broker: { account: 'acme', project: 'default', credential: { secret: 'admin-key' } },
    mcpServers: {
      'hidden-backend': hiddenBackend(provider, server),
      kept: { url, app_auth: { ...own, cache: true } },
      shared: { url, app_auth: { ...own, cache: true }, connection: 'shared' },
      found: { url, app_auth: { ...own, token_url: undefined, resource: undefined, cache: true } },
      tools: {
        url,
        app_auth: own,
        tools: { purge: { app_auth: { ...own, scopes: ['internal/read'] } }, open: { app_auth: { type: 'none' } } },
      },
      headers: {
        url,
        outbound_headers: [
          { type: 'client_credentials_token', header: 'X-Service-Token', prefix: 'Bearer ', ...client, resource },
          { type: 'token_exchange', header: 'X-On-Behalf-Of', ...client, audience: 'https://other.example' },
        ],
      },
      exchanged: {
        url,
        app_auth: { type: 'token_exchange', ...client, audience: 'https://github.example', scopes: ['repo'] },
      },
      brokered: { url, auth_mode: 'token_broker' },
      broken: { url, app_auth: { ...own, client_id: 'nobody' } },
      incomplete: { url, app_auth: { ...own, client_secret: { secret: 'never-set' } } },
    },
  }
}
