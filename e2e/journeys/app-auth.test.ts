/** Which credential goes out: every kind of app auth that needs no token endpoint, and what it never lets out. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callModern, refusal, refused } from '../peers/mcp-request.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let key: string

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  key = (await gateway.addKey({ name: 'agent' })).key
  await gateway.putSecret('token', 'the-token')
  await gateway.putSecret('password', 'pässword:with colon')
  await gateway.putSecret('break-glass', 'the-break-glass-token')
  const token = { secret: 'token' }
  const servers: Record<string, object> = {
    none: {},
    bearer: { app_auth: { type: 'bearer', token }, tools: { purge: { app_auth: bearer('break-glass') } } },
    header: { app_auth: { type: 'api_key', name: 'DD-API-KEY', in: 'header', value: token } },
    query: { app_auth: { type: 'api_key', name: 'api key', in: 'query', value: token } },
    basic: { app_auth: { type: 'basic', username: 'Aladdin', password: { secret: 'password' } } },
    passthrough: { app_auth: { type: 'passthrough' } },
    open: { agent_auth: { type: 'passthrough' }, app_auth: { type: 'passthrough' }, connection: 'per_request' },
    missing: { app_auth: bearer('nobody-set-this') },
    own: {
      outbound_headers: [{ type: 'stored_credential', header: 'X-Own', secret: 'nobody-set-this', scope: 'user' }],
    },
    token: { outbound_headers: [{ type: 'caller_token', header: 'X-Token', prefix: 'Bearer ' }] },
    claim: { outbound_headers: [{ type: 'caller_identity', header: 'X-Team', claim: 'team', required: true }] },
  }
  for (const [slug, config] of Object.entries(servers)) await gateway.putServer(slug, { url: server.url, ...config })
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

beforeEach(() => server.reset())

function bearer(secret: string): object {
  return { type: 'bearer', token: { secret } }
}

const url = (slug: string): string => `${gateway.dataUrl}/mcp/${slug}`

describe('app auth', () => {
  it.each([
    ['none', 'authorization', undefined],
    ['bearer', 'authorization', 'Bearer the-token'],
    ['header', 'dd-api-key', 'the-token'],
    ['basic', 'authorization', `Basic ${Buffer.from('Aladdin:pässword:with colon').toString('base64')}`],
  ])('%s sets %s to %s', async (slug, name, value) => {
    expect((await callModern(url(slug), { key })).status).toBe(200)
    const request = await server.received(1)
    expect(request.header(name)).toBe(value)
    expect(request.url).toBe('/mcp')
  })

  it('api_key in the query adds one parameter, encoded', async () => {
    expect((await callModern(url('query'), { key })).status).toBe(200)
    const request = await server.received(1)
    expect([...new URL(request.url, server.origin).searchParams]).toEqual([['api key', 'the-token']])
    expect(request.header('authorization')).toBeUndefined()
  })

  it('of one tool goes out with that tool’s calls and no other', async () => {
    await callModern(url('bearer'), { key, params: { name: 'purge', arguments: {} } })
    await callModern(url('bearer'), { key, params: { name: 'echo', arguments: {} } })
    await callModern(url('bearer'), { key, method: 'tools/list', params: {} })
    expect(server.requests.map((each) => each.header('authorization'))).toEqual([
      'Bearer the-break-glass-token',
      'Bearer the-token',
      'Bearer the-token',
    ])
  })
})

describe('app auth passthrough', () => {
  it.each(['Bearer the-callers-own', 'Basic dXNlcjpwYXNz', 'Digest username="x", realm="y"', 'apikey'])(
    'forwards the Authorization header of any scheme unchanged: %s',
    async (authorization) => {
      expect((await callModern(url('passthrough'), { key, headers: { authorization } })).status).toBe(200)
      expect((await server.received(1)).header('authorization')).toBe(authorization)
    },
  )

  it('does not forward a gateway key as Bearer, which identifies the caller instead', async () => {
    const headers = { authorization: `Bearer ${key}` }
    expect((await callModern(url('passthrough'), { headers })).status).toBe(200)
    expect((await server.received(1)).header('authorization')).toBeUndefined()
  })

  it('does not forward a gateway key that was revoked', async () => {
    const revoked = await gateway.addKey({ name: 'revoked' })
    await gateway.api('DELETE', `/keys/${revoked.id}`)
    for (const slug of ['passthrough', 'open']) {
      await callModern(url(slug), { headers: { authorization: `Bearer ${revoked.key}` } })
    }
    expect(server.requests.filter((each) => each.header('authorization') !== undefined)).toEqual([])
  })

  it('gives a server’s 401 back, with its resource_metadata rewritten to the gateway’s', async () => {
    const metadata = `${server.origin}/.well-known/oauth-protected-resource/mcp`
    server.answerWith((_request, response) =>
      answerJson(response, 401, { error: 'theirs' }, { 'www-authenticate': `Bearer resource_metadata="${metadata}"` }),
    )
    const answer = await callModern(url('passthrough'), { key, headers: { authorization: 'Bearer stale' } })
    expect(answer.status).toBe(401)
    expect(answer.json).toEqual({ error: 'theirs' })
    const rewritten = /resource_metadata="([^"]+)"/.exec(answer.headers['www-authenticate'] ?? '')?.[1] ?? ''
    expect(new URL(rewritten).origin).toBe(gateway.dataUrl)
    expect(answer.headers['www-authenticate']).not.toContain(server.origin)
  })

  it('with agent auth passthrough lets a caller in without a gateway key', async () => {
    const headers = { authorization: 'Bearer the-callers-own' }
    expect((await callModern(url('open'), { headers })).status).toBe(200)
    expect((await server.received(1)).header('authorization')).toBe('Bearer the-callers-own')
  })
})

describe('a call whose credential is not there', () => {
  it.each(['missing', 'own'])('is refused with secret_missing, which names the secret (%s)', async (slug) => {
    const answer = await callModern(url(slug), { key, id: 'call-1' })
    expect(refusal(answer)).toEqual(refused(502, 'secret_missing', 'call-1'))
    expect(`${String(at(answer.json, 'error.data.detail'))} ${String(at(answer.json, 'error.message'))}`).toContain(
      'nobody-set-this',
    )
    expect(server.requests).toEqual([])
  })

  it('is refused with no_caller_token where a token is to be passed on and the caller has a key', async () => {
    expect(refusal(await callModern(url('token'), { key, id: 7 }))).toEqual(refused(502, 'no_caller_token', 7))
    expect(server.requests).toEqual([])
  })

  it('is refused where the server requires a claim that the caller has not', async () => {
    const answer = await callModern(url('claim'), { key })
    expect(answer.status).toBe(403)
    expect(server.requests).toEqual([])
  })
})

describe('a 401 of the server', () => {
  it.each(['bearer', 'header', 'query', 'basic'])(
    'to the gateway’s own credential is credential_rejected (%s)',
    async (slug) => {
      server.answerWith((_request, response) =>
        answerJson(response, 401, { error: 'theirs' }, { 'www-authenticate': 'Bearer realm="theirs"' }),
      )
      const answer = await callModern(url(slug), { key, id: 3 })
      expect(refusal(answer)).toEqual(refused(502, 'credential_rejected', 3))
      expect(answer.headers['www-authenticate']).toBeUndefined()
      expect(answer.text).not.toContain('theirs')
      expect(answer.text).not.toContain('the-token')
    },
  )

  it('passes where the gateway presented nothing', async () => {
    server.answerWith((_request, response) => answerJson(response, 401, { error: 'theirs' }))
    const answer = await callModern(url('none'), { key })
    expect([answer.status, answer.json]).toEqual([401, { error: 'theirs' }])
  })
})
