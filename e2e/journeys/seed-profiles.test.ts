/**
 * The worked examples that Gatehouse unites, each a profile in `e2e/profiles` that the command line applies and that real
 * providers and callers then use: TrueFoundry's four, ContextForge's two, AuthPlane's flow, Highflame's three modes.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  basicSecret,
  postSecret,
  startMachineProvider,
  type MachineProvider,
} from '../../gateway-core/oauth/test/machine-provider.js'
import { linkIn, textOf } from '../peers/account-fixture.js'
import { callModern } from '../peers/mcp-request.js'
import { OAuthAgent, UserBrowser } from '../peers/oauth-agent.js'
import { identityClient, startOAuthProvider, visit, type OAuthProvider } from '../peers/oauth-provider.js'
import {
  answerJson,
  startRecordingServer,
  type RecordedRequest,
  type RecordingServer,
} from '../peers/recording-server.js'
import { at, send, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'
import { startTokenServer, type TokenServer } from '../peers/token-server.js'

const command = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))
const run = promisify(execFile)

let gateway: RunningGateway
let machines: MachineProvider
let accounts: OAuthProvider
/** Where the team signs in. */
let team: OAuthProvider
let accountServer: TokenServer
let server: RecordingServer
let broker: RecordingServer
let scratch: string
let values: Readonly<Record<string, string>>

beforeAll(async () => {
  ;[machines, accounts, team, server, broker, gateway] = await Promise.all([
    startMachineProvider(),
    startOAuthProvider(),
    startOAuthProvider(),
    startRecordingServer(),
    startRecordingServer(),
    startGateway(),
  ])
  accountServer = await startTokenServer(accounts.origin)
  scratch = await mkdtemp(join(tmpdir(), 'gatehouse-profiles-'))
  const client = await registeredClient()
  await gateway.putSecret('idp-client', identityClient.client_secret)
  values = {
    ...{ server: server.origin, broker: broker.origin, accountServer: accountServer.url },
    ...{ issuer: machines.issuer, jwks: machines.jwksUrl, accountIssuer: accounts.origin, team: team.origin },
    ...{ clientId: client.id, clientSecret: client.secret, machineSecret: basicSecret },
  }
})
afterAll(async () => {
  await gateway?.stop()
  for (const peer of [machines, accounts, team, accountServer, server, broker]) await peer?.close()
  await rm(scratch, { recursive: true, force: true })
})
beforeEach(() => {
  server.reset()
  broker.reset()
  accountServer.seen.length = 0
})

async function registeredClient(): Promise<{ id: string; secret: string }> {
  const { json } = await send(`${accounts.origin}/reg`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      application_type: 'native',
      redirect_uris: [`${gateway.dataUrl}/oauth/callback`],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
    }),
  })
  return { id: String(at(json, 'client_id')), secret: String(at(json, 'client_secret')) }
}

/** @returns what the command answered */
async function apply(name: string): Promise<{ readonly missingSecrets: readonly string[] }> {
  const text = await readFile(new URL(`../profiles/${name}`, import.meta.url), 'utf8')
  const path = join(scratch, name)
  await writeFile(
    path,
    text.replaceAll(/\{\{(\w+)\}\}/g, (_all, key: string) => values[key] ?? `no value for ${key}`),
  )
  const { stdout } = await run(process.execPath, [command, 'apply', path, '--json', '--data-dir', gateway.dataDir])
  return JSON.parse(stdout) as { missingSecrets: readonly string[] }
}

const keyOf = async (subject: string): Promise<string> => (await gateway.addKey({ name: subject, subject })).key
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const call = (slug: string, headers: Record<string, string>, tool = 'whoami'): Promise<Answer> =>
  callModern(`${gateway.dataUrl}/mcp/${slug}`, { headers, params: { name: tool, arguments: {} } })

/** Interactive (SSO): an agent that knows nothing but the URL, in whose browser a person signs in at the team's provider. */
async function signedIn(slug: string, user: string): Promise<Record<string, string>> {
  const agent = await OAuthAgent.register(gateway.dataUrl, 'Cursor')
  return bearer((await agent.signIn(`/mcp/${slug}`, new UserBrowser(user))).accessToken)
}

/** A secret that was there before the profile which sends it somewhere new. */
const approve = (slug: string) => gateway.api('POST', `/servers/${slug}/approve`)

/** @throws Error unless the answer was 200 */
async function received(slug: string, headers: Record<string, string>): Promise<RecordedRequest> {
  const answer = await call(slug, headers)
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`)
  const calls = server.requests.filter(({ json }) => at(json, 'method') === 'tools/call')
  const last = calls.at(-1)
  if (last === undefined) throw new Error('the server was not called')
  return last
}

describe('TrueFoundry', () => {
  it('example 1: a team uses Gmail from an editor, each under their own account', async () => {
    await apply('truefoundry-gmail.yaml')
    await approve('gmail')
    expect((await call('gmail', {})).status).toBe(401)
    for (const person of ['alice', 'bob']) {
      const headers = await signedIn('gmail', person)
      const first = await call('gmail', headers)
      await visit(linkIn(textOf(first)), { user: `${person}@mail` })
      expect(textOf(await call('gmail', headers))).toBe(`whoami as ${person}@mail`)
    }
  })

  it('example 2: a nightly script without a credential, and an API key that the gateway adds', async () => {
    expect((await apply('truefoundry-datadog.yaml')).missingSecrets).toEqual(['datadog'])
    await gateway.putSecret('datadog', 'the-datadog-key-0001')
    const request = await received('datadog', { 'x-internal-job': '7', 'x-query': 'cpu' })
    expect(request.header('dd-api-key')).toBe('the-datadog-key-0001')
    expect([request.header('x-internal-job'), request.header('x-query')]).toEqual([undefined, 'cpu'])
  })

  it('example 3: a service key and the user’s token, each in its header', async () => {
    await apply('truefoundry-azure-search.yaml')
    await gateway.putSecret('azure-search', 'the-service-key-0002')
    const request = await received('azure-search', await signedIn('azure-search', 'user-3'))
    expect(request.header('authorization')).toBe('Bearer the-service-key-0002')
    const token = request.header('x-ms-query-source-authorization')?.replace('Bearer ', '') ?? ''
    // The team's own, not the one that the gateway gave the agent.
    expect(team.issued).toContain(token)
    expect((await call('azure-search', {})).status).toBe(401)
  })

  it('example 4: a chatbot whose users each connect GitHub once, from a link in the chat', async () => {
    await apply('truefoundry-github.yaml')
    const chats = await Promise.all(
      ['user-a', 'user-b'].map(async (user) => ({ user, headers: await signedIn('github', user) })),
    )
    for (const { user, headers } of chats) {
      const asked = await call('github', headers)
      expect(textOf(asked)).toContain('connect your account')
      expect(accountServer.seen.some(({ subject }) => subject === `${user}@github`)).toBe(false)
      await visit(linkIn(textOf(asked)), { user: `${user}@github` })
    }
    const answers = await Promise.all(chats.map(({ headers }) => call('github', headers)))
    expect(answers.map(textOf)).toEqual(['whoami as user-a@github', 'whoami as user-b@github'])
    // What the user's own account may not do is asked for, by the user, and then done.
    const [first] = chats
    const more = await call('github', first?.headers ?? {}, 'write')
    await visit(linkIn(textOf(more)), { user: 'user-a@github' })
    expect(textOf(await call('github', first?.headers ?? {}, 'write'))).toBe('write as user-a@github')
  })
})

describe('ContextForge', () => {
  it('a gateway record with an authorization code becomes a server whose accounts are connected', async () => {
    await apply('contextforge-authorization-code.json')
    const { body } = await gateway.api('GET', '/servers/github-mcp')
    expect(JSON.stringify(body)).not.toContain(values['clientSecret'])
    const headers = { 'x-gatehouse-apikey': await keyOf('carol') }
    await visit(linkIn(textOf(await call('github-mcp', headers))), { user: 'carol@forge' })
    expect(textOf(await call('github-mcp', headers, 'write'))).toBe('write as carol@forge')
  })

  it('a gateway record with client credentials gets a token for each call', async () => {
    await apply('contextforge-client-credentials.json')
    const headers = { 'x-gatehouse-apikey': await keyOf('dave') }
    machines.granted.length = 0
    const tokens = [await received('reports-api', headers), await received('reports-api', headers)].map(
      (request) => request.header('authorization') ?? '',
    )
    expect(tokens.every((token) => /^Bearer .{20,}/.test(token))).toBe(true)
    expect(new Set(tokens).size).toBe(2)
    expect(machines.granted.map(({ parameters }) => parameters['scope'])).toEqual(['internal/read', 'internal/read'])
  })
})

describe('AuthPlane', () => {
  it('two hops that share nothing: the user’s token for the gateway, the gateway’s own for the backend', async () => {
    await apply('authplane.yaml')
    await gateway.putSecret('gateway-client', postSecret)
    const user = await machines.userToken('user-42', 'gateway')
    const request = await received('hidden-backend', bearer(user))
    const token = (request.header('authorization') ?? '').replace('Bearer ', '')
    expect(decodeJwt(token)).toMatchObject({ sub: 'gateway', aud: 'https://backend.internal/api' })
    expect(JSON.stringify(request.headers)).not.toContain(user)
    const list = ['issuances', 'list', '--client', 'gateway', '--limit', '5', '--json', '--data-dir', gateway.dataDir]
    const { stdout } = await run(process.execPath, [command, ...list])
    expect(at(JSON.parse(stdout), 'items.0')).toMatchObject({
      subject: 'gateway',
      audience: 'https://backend.internal/api',
      scopes: ['internal/write'],
      caller: { subject: 'user-42' },
      requestId: request.header('x-request-id'),
    })
  })
})

describe('Highflame', () => {
  beforeAll(async () => {
    await apply('highflame.yaml')
    await gateway.putSecret('admin-key', 'the-key-of-the-admin-api')
  })

  it('internal: one connection for every caller, and no credential of theirs', async () => {
    const keys = await Promise.all(['erin', 'frank'].map(keyOf))
    for (const key of keys) {
      const request = await received('internal-search', bearer(key))
      expect(request.header('authorization')).toBeUndefined()
    }
    const opened = server.requests.filter(({ json }) =>
      ['initialize', 'server/discover'].includes(String(at(json, 'method'))),
    )
    expect(opened.length).toBeLessThanOrEqual(2)
    expect((await call('internal-search', {})).status).toBe(401)
  })

  it('OAuth passthrough: the server’s own metadata leads to its token, which goes on unchanged', async () => {
    server.answerWith((request, response) => {
      if (!request.url.includes('/.well-known/oauth-protected-resource')) return false
      const resource = `${server.origin}/saas`
      answerJson(response, 200, { resource, authorization_servers: [accounts.origin], scopes_supported: ['mcp:read'] })
      return true
    })
    const refused = await call('saas', {})
    expect(refused.status).toBe(401)
    expect(server.requests).toEqual([])
    const metadata = /resource_metadata="([^"]+)"/.exec(String(refused.headers['www-authenticate']))?.[1] ?? ''
    const { json } = await send(metadata)
    expect(json).toMatchObject({ resource: `${gateway.dataUrl}/mcp/saas`, authorization_servers: [accounts.origin] })
    const request = await received('saas', bearer('a-token-of-the-upstream-0003'))
    expect(request.header('authorization')).toBe('Bearer a-token-of-the-upstream-0003')
    const key = await keyOf('grace')
    const named = await received('saas', { ...bearer('a-token-of-the-upstream-0004'), 'x-highflame-apikey': key })
    expect(named.header('authorization')).toBe('Bearer a-token-of-the-upstream-0004')
    expect(JSON.stringify(named.headers)).not.toContain(key)
    expect(named.remotePort).not.toBe(request.remotePort)
  })

  it('token broker: each caller’s token from the Admin API, kept for the next call', async () => {
    broker.answerWith((request, response) => {
      const user = new URL(request.url, broker.origin).searchParams.get('user_id')
      answerJson(response, 200, { access_token: `downstream-of-${user}` })
    })
    for (const subject of ['heidi', 'ivan']) {
      const headers = bearer(await machines.userToken(subject, 'gateway'))
      for (let round = 0; round < 2; round++)
        expect((await received('tenant-tool', headers)).header('authorization')).toBe(`Bearer downstream-of-${subject}`)
    }
    expect(broker.requests.map(({ url }) => url)).toEqual(
      ['heidi', 'ivan'].map(
        (user) => `/api/v1/downstream-tokens/tenant-tool?account_id=acme&project_id=default&user_id=${user}`,
      ),
    )
    expect(broker.requests[0]?.header('authorization')).toBe('Bearer the-key-of-the-admin-api')
  })
})
