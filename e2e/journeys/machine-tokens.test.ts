/**
 * Tokens that the gateway gets as itself, against a real authorization server: AuthPlane's two hops, the client
 * credentials of ContextForge, the headers of TrueFoundry.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { basicSecret, postSecret } from '../../gateway-core/oauth/test/machine-provider.js'
import { findCanaries } from '../peers/canary.js'
import { backendResource, startMachineTeam, tokenOf, type MachineTeam } from '../peers/machine-team.js'
import { callLegacy, callModern, openSession, refusal, refused } from '../peers/mcp-request.js'
import { answerJson } from '../peers/recording-server.js'
import { at, type Answer } from '../peers/send.js'

const run = promisify(execFile)
const entry = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))

let team: MachineTeam

beforeAll(async () => {
  team = await startMachineTeam()
})

afterAll(() => team?.close())

beforeEach(() => team.reset())

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

describe('AuthPlane’s client-credentials hop', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

  it('is independent of the user’s, and drops who the user is', async () => {
    const user = await team.provider.userToken('user-42', 'gateway')
    const headers = { ...bearer(user), traceparent, 'x-request-id': 'story-1' }
    const request = await team.called('hidden-backend', headers)
    const token = tokenOf(request)
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(team.provider.jwksUrl)), {
      audience: backendResource,
    })
    expect(payload).toMatchObject({ iss: team.provider.issuer, sub: 'gateway', scope: 'internal/write' })
    expect(JSON.stringify([payload, request.headers])).not.toContain('user-42')
    expect(JSON.stringify(request.headers)).not.toContain(user)
    expect(team.provider.granted.map(({ parameters }) => parameters)).toEqual([
      {
        grant_type: 'client_credentials',
        client_id: 'gateway',
        client_secret: postSecret,
        resource: backendResource,
        scope: 'internal/write',
      },
    ])
    expect([request.header('x-request-id'), request.header('traceparent')?.slice(3, 35)]).toEqual(['story-1', traceparent.slice(3, 35)]) // prettier-ignore

    const [issuance] = await team.issuances('client=gateway&limit=5')
    expect(issuance).toMatchObject({
      grantType: 'client_credentials',
      issuer: team.provider.issuer,
      clientId: 'gateway',
      subject: 'gateway',
      audience: backendResource,
      resource: backendResource,
      scopes: ['internal/write'],
      server: 'hidden-backend',
      caller: { id: `${team.provider.issuer}#user-42`, subject: 'user-42', method: 'jwt' },
      requestId: 'story-1',
      traceId: traceparent.slice(3, 35),
    })
    const exchange = await team.lastExchange('hidden-backend')
    expect(at(exchange, 'issuanceId')).toBe(issuance?.['id'])
    const injected = at(exchange, 'request.injected') as readonly Record<string, unknown>[]
    expect(injected.find(({ name }) => name === 'authorization')).toMatchObject({
      value: `Bearer ****${token.slice(-4)}`,
      masked: true,
      source: {
        kind: 'app_auth',
        rule: 'mcpServers.hidden-backend.app_auth',
        secret: 'gateway-client',
        issuanceId: issuance?.['id'],
      },
    })
  })

  it('is told by `gatehouse issuances list`, newest first', async () => {
    await team.called('hidden-backend')
    await team.called('tools')
    const list = async (...args: readonly string[]): Promise<string> =>
      (await run(process.execPath, [entry, 'issuances', 'list', '--data-dir', team.gateway.dataDir, ...args])).stdout
    const told = await list('--client', 'gateway', '--limit', '2')
    expect(told.split('\n')[0]).toMatch(/^ID +ISSUED +GRANT +CLIENT +SUBJECT +AUDIENCE +SCOPES +SERVER +CALLER/)
    expect(told.match(/client_credentials/g)).toHaveLength(2)
    expect(told.split('\n')[1]).toMatch(/client_credentials +gateway +gateway +https:\/\/backend\.internal\/api +internal\/write +tools +ada/)
    const answer: unknown = JSON.parse(await list('--server', 'hidden-backend', '--limit', '1', '--json'))
    expect(at(answer, 'items.0.server')).toBe('hidden-backend')
    expect(await list('--client', 'nobody')).toBe('No tokens were obtained.\n')
  }) // prettier-ignore

  it('gets a fresh token for every request unless the profile keeps them', async () => {
    const tokens = [tokenOf(await team.called('hidden-backend')), tokenOf(await team.called('hidden-backend'))]
    expect(new Set(tokens).size).toBe(2)
    expect(team.provider.granted).toHaveLength(2)
  })

  it('may be another for one tool', async () => {
    const call = async (name: string) => {
      team.server.reset()
      await callModern(team.url('tools'), { key: team.key, params: { name, arguments: {} } })
      return tokenOf(await team.server.received(1))
    }
    expect(decodeJwt(await call('purge'))['scope']).toBe('internal/read')
    expect(decodeJwt(await call('echo'))['scope']).toBe('internal/write')
    expect(await call('open')).toBe('')
  })
})

describe('a token that is kept', () => {
  it('is got once per lifetime by a hundred calls at a time', async () => {
    team.provider.tokenSeconds = 1
    const tokens = new Set<string>()
    // Round after round, until the first token has expired and the second is in use.
    while (tokens.size < 2) {
      team.server.reset()
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, id) => callModern(team.url('kept'), { key: team.key, id })),
      )
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
      expect(team.server.requests).toHaveLength(100)
      for (const request of team.server.requests) tokens.add(tokenOf(request))
    }
    expect(team.provider.granted).toHaveLength(tokens.size)
  })

  it.each(['kept', 'shared'])('and that the server refuses is got anew and the request sent once more (%s)', async (slug) => {
    const legacy = slug === 'shared'
    const session = legacy ? await openSession(team.url(slug), team.key) : undefined
    const call = (): Promise<Answer> =>
      session === undefined ? callModern(team.url(slug), { key: team.key }) : callLegacy(team.url(slug), { key: team.key, session })
    expect((await call()).status).toBe(200)
    const stale = tokenOf(team.server.requests.at(-1))
    team.server.reset()
    team.provider.granted.length = 0
    team.server.answerWith((request, response) => {
      if (tokenOf(request) !== stale) return false
      answerJson(response, 401, {}, { 'www-authenticate': 'Bearer error="invalid_token"' })
      return true
    })
    expect((await call()).status).toBe(200)
    const calls = team.server.requests.filter(({ json }) => at(json, 'method') === 'tools/call')
    expect(calls.map((request) => tokenOf(request) === stale)).toEqual([true, false])
    expect(calls[1]?.body).toEqual(calls[0]?.body)
    expect(team.provider.granted).toHaveLength(1)
    const exchange = await team.lastExchange(slug)
    const injected = at(exchange, 'request.injected') as readonly Record<string, unknown>[]
    expect(injected.find(({ name }) => name === 'authorization')?.['value']).toBe(`Bearer ****${tokenOf(calls[1]).slice(-4)}`)
    // The next one needs nothing new.
    expect((await call()).status).toBe(200)
    expect(team.provider.granted).toHaveLength(1)
    if (session !== undefined) await team.gateway.api('POST', `/servers/${slug}/restart`)
  }) // prettier-ignore

  it('and that is refused whatever is done is `credential_rejected`, after two requests and no more', async () => {
    team.server.answerWith((_request, response) => answerJson(response, 401, {}))
    expect(refusal(await callModern(team.url('kept'), { key: team.key, id: 7 }))).toEqual(
      refused(502, 'credential_rejected', 7),
    )
    expect(team.server.requests).toHaveLength(2)
  })

  it('is found through the server’s metadata where no token endpoint is named', async () => {
    team.server.answerWith((request, response) => {
      const metadata = `${team.server.origin}/.well-known/oauth-protected-resource/mcp`
      if (request.url === '/.well-known/oauth-protected-resource/mcp') {
        answerJson(response, 200, { resource: team.server.url, authorization_servers: [team.provider.issuer] })
        return true
      }
      if (request.header('authorization') !== undefined) return false
      answerJson(response, 401, {}, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` })
      return true
    })
    expect((await callModern(team.url('found'), { key: team.key })).status).toBe(200)
    const token = tokenOf(team.server.requests.at(-1))
    expect(decodeJwt(token)).toMatchObject({ iss: team.provider.issuer, aud: team.server.url })
    const [issuance] = await team.issuances('server=found')
    expect(issuance).toMatchObject({
      issuer: team.provider.issuer,
      audience: team.server.url,
      resource: team.server.url,
    })
  })
})

describe('ContextForge’s records', () => {
  it('of client credentials are applied as they are, their secret goes to the vault, and calls carry a token', async () => {
    const record = {
      name: 'Machine MCP',
      url: team.server.url,
      auth_type: 'oauth',
      oauth_config: {
        grant_type: 'client_credentials',
        client_id: 'gateway-basic',
        client_secret: basicSecret,
        token_url: team.provider.tokenUrl,
        scopes: ['internal/read'],
      },
    }
    await team.apply(record)
    const request = await team.called('machine-mcp')
    expect(decodeJwt(tokenOf(request))).toMatchObject({
      sub: 'gateway-basic',
      aud: team.server.url,
      scope: 'internal/read',
    })
    const [granted] = team.provider.granted
    expect(granted?.authorization).toMatch(/^Basic /)
    const exported = await team.gateway.api('GET', '/profiles/machine-mcp')
    expect(findCanaries(JSON.stringify(exported.body), [{ label: 'secret', value: basicSecret }])).toEqual([])
  })

  it('of a generic provider with a token URL and scopes need nothing else', async () => {
    await team.gateway.putServer('generic', {
      url: team.server.url,
      app_auth: {
        type: 'oauth2_client_credentials',
        token_url: team.provider.tokenUrl,
        client_id: 'gateway-basic',
        client_secret: { secret: 'basic-client' },
        scopes: ['internal/read', 'internal/write'],
      },
    })
    expect(decodeJwt(tokenOf(await team.called('generic')))['scope']).toBe('internal/read internal/write')
  })
})

describe('TrueFoundry’s examples that need no sign-in', () => {
  it('2: a nightly script gets its API key added', async () => {
    await team.gateway.putSecret('datadog', 'dd-api-key-value-0001')
    await team.gateway.putServer('datadog', {
      url: team.server.url,
      agent_auth: { type: 'passthrough' },
      app_auth: { type: 'api_key', name: 'DD-API-KEY', in: 'header', value: { secret: 'datadog' } },
    })
    const request = await team.called('datadog', {})
    expect([request.header('dd-api-key'), request.header('authorization')]).toEqual([
      'dd-api-key-value-0001',
      undefined,
    ])
  })

  it('3: Azure AI Search gets a service key and the user’s token', async () => {
    await team.gateway.putSecret('azure-search', 'azure-service-key-0001')
    await team.gateway.putServer('azure-search', {
      url: team.server.url,
      app_auth: { type: 'bearer', token: { secret: 'azure-search' } },
      outbound_headers: [{ type: 'caller_token', header: 'x-ms-query-source-authorization', prefix: 'Bearer ' }],
    })
    const user = await team.provider.userToken('user-7', 'gateway')
    const request = await team.called('azure-search', bearer(user))
    expect(request.header('authorization')).toBe('Bearer azure-service-key-0001')
    expect(request.header('x-ms-query-source-authorization')).toBe(`Bearer ${user}`)
  })

  it('patterns: a service token and one on behalf of the caller, side by side', async () => {
    const request = await team.called('headers', bearer(await team.provider.userToken('user-7', 'gateway')))
    expect(decodeJwt(tokenOf(request, 'x-service-token'))).toMatchObject({ sub: 'gateway', aud: backendResource })
    expect(request.header('x-service-token')).toMatch(/^Bearer /)
    expect(decodeJwt(request.header('x-on-behalf-of') ?? '')).toMatchObject({ sub: 'user-7', aud: 'https://other.example' })
    expect(request.header('authorization')).toBeUndefined()
    const exchange = await team.lastExchange('headers')
    const ids = (at(exchange, 'request.injected') as readonly unknown[]).flatMap((entry) => at(entry, 'source.issuanceId') ?? [])
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(2)
  }) // prettier-ignore
})
