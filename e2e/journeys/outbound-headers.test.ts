/** What reaches the server: never what the contract keeps back, and exactly what `explain` says. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { callModern, modernHeaders } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordedRequest, type RecordingServer } from '../peers/recording-server.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let caller: { id: string; key: string }

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  caller = await gateway.addKey({ name: 'ada', subject: 'ada', email: 'ada@example.com' })
  await gateway.putSecret('org-token', 'org-token-value-0001')
  await gateway.putSecret('own-token', 'own-token-of-ada-0002', 'ada')
  await gateway.putSecret('fixed', 'fixed-secret-value-0003')
  await gateway.putSecret('bearer', 'bearer-token-value-0004')
  await gateway.putServer('plain', { url: server.url, restricted_inbound_headers: ['x-internal-*', 'x-exact'] })
  await gateway.putServer('rich', {
    url: `${server.origin}/mcp?tenant=7`,
    restricted_inbound_headers: ['x-internal-*'],
    app_auth: { type: 'bearer', token: { secret: 'bearer' } },
    outbound_headers: [
      { type: 'custom', header: 'X-Fixed', value: 'text' },
      { type: 'custom', header: 'X-Fixed-Secret', value: { secret: 'fixed' }, prefix: 'Key ' },
      { type: 'caller_identity', header: 'X-Caller', claim: 'sub' },
      { type: 'caller_identity', header: 'X-Caller-Email', claim: 'email', prefix: 'mailto:' },
      { type: 'caller_identity', header: 'X-Caller-Team', claim: 'team' },
      { type: 'stored_credential', header: 'X-Org-Token', secret: 'org-token', scope: 'organization' },
      { type: 'stored_credential', header: 'X-Own-Token', secret: 'own-token', scope: 'user', prefix: 'Bearer ' },
    ],
    tools: { purge: { app_auth: { type: 'bearer', token: { secret: 'fixed' } } } },
  })
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

beforeEach(() => server.reset())

const url = (slug: string): string => `${gateway.dataUrl}/mcp/${slug}`

async function received(slug: string, headers: Record<string, string | readonly string[]>): Promise<RecordedRequest> {
  const answer = await callModern(url(slug), { key: caller.key, headers })
  expect(answer.status).toBe(200)
  return server.received(1)
}

const names = (request: RecordedRequest): string[] => request.headers.map(([name]) => name.toLowerCase())

describe('inbound headers', () => {
  const kept: Record<string, string> = {
    cookie: 'KEPT=1',
    referer: 'https://KEPT.example.com/',
    'accept-encoding': 'br, KEPT',
    'user-agent': 'KEPT/1.0',
    via: '1.1 KEPT',
    'x-real-ip': 'KEPT',
    forwarded: 'for=KEPT',
    'x-forwarded-for': 'KEPT',
    'x-forwarded-host': 'KEPT.example.com',
    'x-forwarded-anything': 'KEPT',
    'proxy-authorization': 'Basic KEPT',
    'proxy-connection': 'KEPT',
    'proxy-custom': 'KEPT',
    'sec-fetch-site': 'KEPT',
    'sec-websocket-key': 'KEPT',
    'sec-ch-ua': '"KEPT"',
    te: 'KEPT',
    'keep-alive': 'KEPT',
    'X-INTERNAL-Trace': 'KEPT',
    'x-internal-': 'KEPT',
    'X-Exact': 'KEPT',
    'x-nominated': 'KEPT',
    connection: 'x-nominated, keep-alive',
  }

  it('of every name on the contract’s list stay here', async () => {
    const request = await received('plain', { ...kept, origin: gateway.dataUrl })
    expect(request.headers.filter(([, value]) => value.includes('KEPT'))).toEqual([])
    expect(names(request).filter((name) => name in kept && name !== 'user-agent' && name !== 'connection')).toEqual([])
    for (const name of ['origin', 'authorization', 'x-gatehouse-apikey']) expect(names(request)).not.toContain(name)
  })

  it('hold no gateway key, in whichever header it came', async () => {
    const ways: Record<string, string>[] = [
      { 'x-gatehouse-apikey': caller.key },
      { 'x-highflame-apikey': caller.key },
      { authorization: `Bearer ${caller.key}` },
      { 'x-gatehouse-apikey': caller.key, authorization: `Bearer ${caller.key}` },
    ]
    for (const headers of ways) {
      server.reset()
      expect((await callModern(url('plain'), { headers })).status).toBe(200)
      const request = await server.received(1)
      expect(request.headers.filter(([, value]) => value.includes(caller.key))).toEqual([])
      expect(names(request)).not.toContain('authorization')
    }
  })

  it('that no rule keeps back are forwarded as they came, MCP’s own and tracing too', async () => {
    const forwarded = {
      'mcp-param-region': '=?base64?RnJhbmtmdXJ0?=',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1',
      baggage: 'tenant=7',
      'x-custom': 'as  it, came',
      'x-exactly': 'not restricted',
      'accept-language': 'de',
    }
    const request = await received('plain', forwarded)
    for (const [name, value] of Object.entries(forwarded)) expect([name, request.header(name)]).toEqual([name, value])
    expect(request.header('mcp-protocol-version')).toBe('2026-07-28')
    expect(request.header('mcp-method')).toBe('tools/call')
    expect(request.header('mcp-name')).toBe('echo')
    expect(request.header('content-type')).toBe('application/json')
    expect(request.header('accept')).toBe('application/json, text/event-stream')
    expect(request.header('host')).toBe(new URL(server.origin).host)
  })

  it('give way to the gateway’s own user agent', async () => {
    const request = await received('plain', { 'user-agent': 'somebody/1' })
    expect(request.header('user-agent')?.toLowerCase()).toContain('gatehouse')
  })

  it('give way to a rule that sets their name', async () => {
    const request = await received('rich', { 'x-fixed': 'mine', 'X-CALLER': 'root', authorization: 'Basic bWluZQ==' })
    expect(request.header('x-fixed')).toBe('text')
    expect(request.header('x-caller')).toBe('ada')
    expect(request.header('authorization')).toBe('Bearer bearer-token-value-0004')
  })
})

describe('x-request-id', () => {
  it('is kept where it is well formed, sent on both hops and returned', async () => {
    const id = `Ab9._-${'x'.repeat(122)}`
    const answer = await callModern(url('plain'), { key: caller.key, headers: { 'x-request-id': id } })
    expect(answer.headers['x-request-id']).toBe(id)
    expect((await server.received(1)).header('x-request-id')).toBe(id)
  })

  it.each([
    ['is missing', undefined],
    ['is too long', 'x'.repeat(129)],
    ['has other characters', 'not/an id'],
  ])('is made where it %s', async (_why, id) => {
    const headers: Record<string, string> = id === undefined ? {} : { 'x-request-id': id }
    const answer = await callModern(url('plain'), { key: caller.key, headers })
    const sent = (await server.received(1)).header('x-request-id')
    expect(sent).toMatch(/^[A-Za-z0-9._-]{1,128}$/)
    expect(sent).not.toBe(id)
    expect(answer.headers['x-request-id']).toBe(sent)
  })
})

describe('outbound headers', () => {
  it('are made by each recipe, and a claim that is missing leaves its header out', async () => {
    const request = await received('rich', {})
    expect(request.url).toBe('/mcp?tenant=7')
    expect(request.header('authorization')).toBe('Bearer bearer-token-value-0004')
    expect(request.header('x-fixed')).toBe('text')
    expect(request.header('x-fixed-secret')).toBe('Key fixed-secret-value-0003')
    expect(request.header('x-caller')).toBe('ada')
    expect(request.header('x-caller-email')).toBe('mailto:ada@example.com')
    expect(names(request)).not.toContain('x-caller-team')
    expect(request.header('x-org-token')).toBe('org-token-value-0001')
    expect(request.header('x-own-token')).toBe('Bearer own-token-of-ada-0002')
  })

  it('follow a secret that changes, from the next call on', async () => {
    await gateway.putSecret('fixed', 'fixed-secret-value-0005')
    expect((await received('rich', {})).header('x-fixed-secret')).toBe('Key fixed-secret-value-0005')
    await gateway.putSecret('fixed', 'fixed-secret-value-0003')
  })
})

const entrySchema = z.looseObject({
  name: z.string(),
  value: z.string(),
  masked: z.boolean(),
  disposition: z.enum(['forwarded', 'injected', 'replaced', 'generated']),
  reason: z.string().min(1),
  source: z.looseObject({ kind: z.string() }),
})
const explanationSchema = z.looseObject({ allowed: z.literal(true), url: z.string(), outbound: z.array(entrySchema) })

describe('explain', () => {
  it.each([
    ['plain', 'echo'],
    ['rich', 'echo'],
    ['rich', 'purge'],
  ])('names every header that the server sees, with its value or a mask of it (%s, %s)', async (slug, tool) => {
    const params = { name: tool, arguments: {} }
    const headers = {
      ...modernHeaders({ params, key: caller.key }),
      'x-request-id': 'explain-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-internal-a': 'kept here',
      'x-other': 'goes on',
      cookie: 'a=b',
      'x-fixed': 'mine',
    }
    const explained = await gateway.api('POST', '/explain', {
      server: slug,
      caller: caller.id,
      method: 'tools/call',
      tool,
      arguments: {},
      headers,
    })
    expect(explained.status).toBe(200)
    expect(server.requests).toEqual([])
    const { outbound, url: explainedUrl } = explanationSchema.parse(explained.body)
    expect((await callModern(url(slug), { params, headers })).status).toBe(200)
    const request = await server.received(1)
    expect(new URL(explainedUrl).pathname).toBe('/mcp')
    const unsaid = new Set(['host', 'content-length', 'connection'])
    const seen = request.headers.filter(([name]) => !unsaid.has(name.toLowerCase()))
    expect(outbound.map(({ name }) => name.toLowerCase()).sort()).toEqual(
      seen.map(([name]) => name.toLowerCase()).sort(),
    )
    for (const { name, value, masked } of outbound) {
      const sent = request.header(name.toLowerCase()) ?? ''
      if (!masked) expect([name, value]).toEqual([name, sent])
      else expect([name, value.endsWith(sent.slice(-4)), value.includes(sent.slice(-16))]).toEqual([name, true, false])
    }
    const secretNames = slug === 'plain' ? [] : ['authorization', 'x-fixed-secret', 'x-org-token', 'x-own-token']
    expect(
      outbound
        .filter(({ masked }) => masked)
        .map(({ name }) => name.toLowerCase())
        .sort(),
    ).toEqual(secretNames)
  })

  it('lists what stays here with the reason', async () => {
    const headers = { cookie: 'a=b', 'x-internal-a': '1', 'user-agent': 'somebody/1', 'x-other': 'goes on' }
    const { body } = await gateway.api('POST', '/explain', { server: 'rich', caller: 'ada', headers })
    const stripped = z.array(z.looseObject({ name: z.string(), reason: z.string().min(1) })).parse(at(body, 'stripped'))
    const listed = stripped.map(({ name }) => name.toLowerCase())
    for (const name of ['cookie', 'x-internal-a', 'user-agent']) expect(listed).toContain(name)
    expect(listed).not.toContain('x-other')
  })
})

describe('two rules that claim one header', () => {
  it.each([
    [
      'app auth and an outbound header',
      { outbound_headers: [{ type: 'custom', header: 'Authorization', value: 'x' }] },
    ],
    [
      'two outbound headers',
      {
        outbound_headers: [
          { type: 'custom', header: 'X-Twice', value: '1' },
          { type: 'caller_identity', header: 'x-twice', claim: 'sub' },
        ],
      },
    ],
  ])('are refused when they are saved: %s', async (_which, rules) => {
    const config = { url: server.url, app_auth: { type: 'bearer', token: { secret: 'bearer' } }, ...rules }
    const { status, body } = await gateway.api('PUT', '/servers/conflict', config)
    expect([status, at(body, 'code')]).toEqual([422, 'header_conflict'])
    expect((await gateway.api('GET', '/servers/conflict')).status).toBe(404)
  })
})
