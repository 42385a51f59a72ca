/**
 * A real authorization server (`oidc-provider`) on loopback, with rotating refresh tokens, resource indicators, dynamic
 * registration, revocation and PKCE required; and a browser that signs in there and consents.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import Provider, { interactionPolicy } from 'oidc-provider'
import { send, type Answer } from './send.js'

export interface OAuthProvider {
  readonly origin: string
  /** Requests to the token endpoint, by grant type, since the last `resetCounts`. */
  readonly counts: ReadonlyMap<string, number>
  resetCounts(): void
  /** Every token that it has issued. */
  readonly issued: readonly string[]
  /** Lifetime of access tokens from now on. */
  accessTokenSeconds: number
  /** Answers a request in place of the provider where it returns true. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  /** Whose sessions are over: their refresh tokens are worth nothing. */
  readonly ended: Set<string>
  /** Changes the metadata document. */
  editMetadata: ((document: Record<string, unknown>) => void) | undefined
  close(): Promise<void>
}

const scopes = ['mcp:read', 'mcp:write']

/** The gateway, where this is the identity provider of a team. */
export const identityClient = {
  client_id: 'gatehouse',
  client_secret: 'the secret of the gateway at its identity provider',
  grant_types: ['authorization_code', 'refresh_token'],
  application_type: 'native',
} as const

export async function startOAuthProvider(): Promise<OAuthProvider> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const counts = new Map<string, number>()
  const issued: string[] = []
  const peer: OAuthProvider = {
    origin,
    counts,
    issued,
    resetCounts: () => counts.clear(),
    accessTokenSeconds: 3600,
    intercept: undefined,
    ended: new Set(),
    editMetadata: undefined,
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
  const provider = await createProvider(origin, peer)
  provider.on('grant.success', (ctx) => {
    count(counts, ctx.oidc.params?.['grant_type'])
    const { access_token: access, refresh_token: refresh } = ctx.body as Record<string, unknown>
    for (const token of [access, refresh]) if (typeof token === 'string') issued.push(token)
  })
  provider.on('grant.error', (ctx) => count(counts, `${String(ctx.oidc.params?.['grant_type'])} refused`))
  const callback = provider.callback()
  server.on('request', (request, response) => {
    if (peer.intercept?.(request, response) === true) return
    if (request.url?.startsWith('/.well-known/o') === true && peer.editMetadata !== undefined)
      editAnswer(response, peer.editMetadata)
    if (request.url?.startsWith('/interaction/') === true) void interact(provider, request, response)
    else void callback(request, response)
  })
  return peer
}

function count(counts: Map<string, number>, name: unknown): void {
  counts.set(String(name), (counts.get(String(name)) ?? 0) + 1)
}

async function createProvider(origin: string, peer: OAuthProvider): Promise<Provider> {
  const seconds = (): number => peer.accessTokenSeconds
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const provider = new Provider(origin, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'k1' }] },
    scopes: ['openid', 'email', 'profile', ...scopes],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: ['test'] },
    ttl: { AccessToken: seconds, Grant: 86_400, Interaction: 600, RefreshToken: 86_400, Session: 600, IdToken: 600 },
    claims: { openid: ['sub'], email: ['email'], profile: ['department'] },
    clients: [{ ...identityClient, redirect_uris: ['http://127.0.0.1/oauth/callback'] }],
    findAccount: (_ctx, id) =>
      peer.ended.has(id)
        ? undefined
        : { accountId: id, claims: () => ({ sub: id, email: `${id}@example.com`, department: `${id}s` }) },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}`, policy: withAccountChoice() },
    features: {
      devInteractions: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: scopes.join(' '),
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: seconds(),
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  })
  return provider
}

function withAccountChoice(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0)
  return policy
}

/** Signs in as the user that the browser's cookie names, and grants what is asked; or refuses. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const details = await provider.interactionDetails(request, response)
  const cookies = new Map((request.headers.cookie ?? '').split('; ').map((one) => one.split('=') as [string, string]))
  if (cookies.get('decision') === 'deny') {
    const result = { error: 'access_denied', error_description: 'The user <b>pressed</b> Cancel.' }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
    return
  }
  const { prompt, params, session } = details
  if (prompt.name === 'login' || prompt.name === 'select_account') {
    const result = { select_account: {}, login: { accountId: cookies.get('user') ?? 'nobody' } }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
    return
  }
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId: String(params['client_id']) })
  const wanted = typeof params['scope'] === 'string' ? params['scope'] : ''
  if (wanted !== '') {
    grant.addOIDCScope(wanted)
    const { resource } = params
    if (typeof resource === 'string') grant.addResourceScope(resource, wanted)
  }
  const result = { consent: { grantId: await grant.save() } }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true })
}

function editAnswer(response: ServerResponse, edit: (document: Record<string, unknown>) => void): void {
  const end = response.end.bind(response)
  response.end = ((body: unknown) => {
    const document = JSON.parse(String(body)) as Record<string, unknown>
    edit(document)
    const text = JSON.stringify(document)
    response.setHeader('content-length', Buffer.byteLength(text))
    return end(text)
  }) as typeof response.end
}

export interface BrowserOptions {
  readonly user: string
  readonly deny?: boolean
  /** Stops there, and returns the address, before the gateway's callback is asked. */
  readonly stopAtCallback?: boolean
}

export interface Visit extends Answer {
  readonly url: string
}

/** A browser of its own for each visit: follows redirects and keeps cookies, and runs no script. */
export async function visit(address: string, { user, deny, stopAtCallback }: BrowserOptions): Promise<Visit> {
  const jar = new Map([['user', user]])
  if (deny === true) jar.set('decision', 'deny')
  let url = address
  for (let hops = 0; hops < 20; hops++) {
    if (stopAtCallback === true && new URL(url).pathname === '/oauth/callback')
      return { url, status: 0, headers: {}, text: '', json: undefined }
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await send(url, { headers: { cookie } })
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      jar.set(name, value)
    }
    const { location } = answer.headers
    if (answer.status < 300 || answer.status >= 400 || location === undefined) return { ...answer, url }
    url = new URL(location, url).href
  }
  throw new Error('too many redirects')
}
