/**
 * Planted secrets are searched for in everything that the gateway writes or tells: its data directory, its log, every
 * answer of the control API. The server gives back what it was sent, in eight encodings, in bodies, headers and events.
 */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { encodings, findCanaries, plantCanary, type Canary } from '../peers/canary.js'
import { callLegacy, callModern, openSession } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordedRequest, type RecordingServer } from '../peers/recording-server.js'
import { at, send } from '../peers/send.js'
import { startGateway, testPassphrase, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
/** Takes traces. */
let collector: RecordingServer
let scratch: string
let dataDir: string
let agent: { id: string; key: string }
let canaries: Canary[]
let events = ''
/** What the server sent back, so that a search that finds nothing had something to find. */
let echoed = ''
const planted = Object.fromEntries(
  ['bearer', 'header', 'query', 'password', 'fixed', 'own', 'organization', 'tool'].map((label) => [
    label,
    plantCanary(label),
  ]),
)
const callersOwn = plantCanary('authorization of the caller')
const cookie = plantCanary('cookie')
const restricted = plantCanary('restricted header')

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'gatehouse-secrets-'))
  dataDir = join(scratch, 'data')
  const env = { OTEL_BSP_SCHEDULE_DELAY: '50' }
  ;[gateway, server, collector] = await Promise.all([
    startGateway({ dataDir, env }),
    startRecordingServer(),
    startRecordingServer(),
  ])
  await gateway.api('PATCH', '/settings', { telemetry: { otlpEndpoint: collector.origin } })
  agent = await gateway.addKey({ name: 'agent', subject: 'ada' })
  for (const [name, { value }] of Object.entries(planted)) {
    await gateway.putSecret(name, value, name === 'own' ? 'ada' : undefined)
  }
  canaries = [
    ...Object.values(planted),
    ...[callersOwn, cookie, restricted],
    { label: 'key of the agent', value: agent.key },
    { label: 'passphrase', value: testPassphrase },
  ]
  await registerServers()
  server.answerWith(echo)
  events = ''
  await listenToEvents()
  await callEverything()
})

afterAll(async () => {
  await gateway?.stop()
  await Promise.all([server?.close(), collector?.close()])
  await rm(scratch, { recursive: true, force: true })
})

async function registerServers(): Promise<void> {
  const bearer = (secret: string): object => ({ type: 'bearer', token: { secret } })
  const basic = { type: 'basic', username: 'Aladdin', password: { secret: 'password' } }
  const servers: Record<string, object> = {
    bearer: {
      app_auth: bearer('bearer'),
      outbound_headers: [
        { type: 'custom', header: 'X-Fixed', value: { secret: 'fixed' }, prefix: 'Key ' },
        { type: 'stored_credential', header: 'X-Own', secret: 'own', scope: 'user' },
        { type: 'stored_credential', header: 'X-Organization', secret: 'organization' },
      ],
      tools: { purge: { app_auth: bearer('tool') } },
    },
    header: { app_auth: { type: 'api_key', name: 'X-Key', in: 'header', value: { secret: 'header' } } },
    query: { app_auth: { type: 'api_key', name: 'key', in: 'query', value: { secret: 'query' } } },
    basic: { app_auth: basic },
    passthrough: { app_auth: { type: 'passthrough' } },
  }
  const every = { url: server.url, restricted_inbound_headers: ['x-internal-*'] }
  for (const [slug, config] of Object.entries(servers)) await gateway.putServer(slug, { ...every, ...config })
}

/** Everything that was received, in every encoding. */
function echoes(request: RecordedRequest): readonly string[] {
  const values = [request.url, ...request.headers.map(([, value]) => value)]
  // The bare secret too, as the encodings of `Bearer x` are not those of `x`.
  const bare = Object.values(planted).filter((canary) => findCanaries(values.join(' '), [canary]).length > 0)
  return [...values, ...bare.map(({ value }) => value)].flatMap((value) =>
    Object.entries(encodings).flatMap(([name, encode]) => (name === 'UTF-16' ? [] : [encode(value)])),
  )
}

/** Answers as the tool's name says: JSON, events that are cut anywhere, an error, a plain page. */
function echo(request: RecordedRequest, response: ServerResponse): boolean {
  if (at(request.json, 'method') === 'initialize' || request.method !== 'POST') return false
  if (request.url.startsWith('/shield')) return answerAsShield(request, response)
  const lines = echoes(request)
  if (at(request.json, 'method') === 'tools/list') return listTools(request, response, lines)
  echoed += lines.join('\n')
  const tool = at(request.json, 'params.name')
  const [credential] = Object.values(planted).filter(({ value }) => lines.includes(value))
  const id = at(request.json, 'id')
  const content = lines.map((text) => ({ type: 'text', text }))
  const body = JSON.stringify({ jsonrpc: '2.0', id, result: { resultType: 'complete', content } })
  response.setHeader('x-echo', credential?.value ?? 'none')
  response.setHeader('set-cookie', `session=${credential?.value ?? 'none'}`)
  if (tool === 'events') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const event = `event: message\ndata: ${body}\n\n`
    for (let from = 0; from < event.length; from += 37) response.write(event.slice(from, from + 37))
    response.end()
  } else if (tool === 'fail') {
    const error = { code: -32000, message: lines.join(' '), data: lines }
    response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, error }))
  } else if (tool === 'page') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<pre>${lines.join('\n')}</pre>`)
  } else response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  return true
}

let lists = 0

/** A tool whose description holds what the server was sent, from the second list on. */
function listTools(request: RecordedRequest, response: ServerResponse, lines: readonly string[]): boolean {
  const description = lists++ === 0 ? 'An echo.' : `An echo of ${lines.join(' ')}`
  const result = { resultType: 'complete', tools: [{ name: 'echo', description, inputSchema: { type: 'object' } }] }
  const body = JSON.stringify({ jsonrpc: '2.0', id: at(request.json, 'id'), result })
  response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  return true
}

/** Denies, with what the call carried as its reason. */
function answerAsShield({ json }: RecordedRequest, response: ServerResponse): boolean {
  const reason = JSON.stringify(at(json, 'arguments'))
  const answer = JSON.stringify({ decision: 'deny', reason, policies: [reason.slice(0, 200)] })
  response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  return true
}

async function listenToEvents(): Promise<void> {
  const outgoing = httpRequest(`${gateway.controlUrl}/api/v1/events`, {
    headers: { authorization: `Bearer ${gateway.controlToken}` },
    agent: false,
  })
  outgoing.on('error', () => undefined)
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  response.setEncoding('utf8')
  response.on('data', (chunk: string) => (events += chunk))
  response.on('error', () => undefined)
}

async function callEverything(): Promise<void> {
  const headers = { cookie: `a=${cookie.value}`, 'x-internal-a': restricted.value }
  for (const slug of ['bearer', 'header', 'query', 'basic', 'passthrough']) {
    const url = `${gateway.dataUrl}/mcp/${slug}`
    const own: Record<string, string> = slug === 'passthrough' ? { authorization: `Bearer ${callersOwn.value}` } : {}
    for (const tool of ['echo', 'events', 'fail', 'page', 'purge']) {
      await callModern(url, { key: agent.key, params: { name: tool, arguments: {} }, headers: { ...headers, ...own } })
    }
    const session = await openSession(url, agent.key)
    await callLegacy(url, { key: agent.key, session, headers: { ...headers, ...own } })
    // An agent that was told a secret and says it again.
    const told = Object.values(planted).map(({ value }) => value)
    await callModern(url, { key: agent.key, params: { name: 'echo', arguments: { told } }, headers })
  }
  await callModern(`${gateway.dataUrl}/mcp/bearer`, { headers: { authorization: `Bearer ${agent.key}` } })
  await gateway.putServer('gone', {
    url: 'http://127.0.0.1:9/mcp',
    app_auth: { type: 'bearer', token: { secret: 'bearer' } },
  })
  await callModern(`${gateway.dataUrl}/mcp/gone`, { key: agent.key })
}

const idsSchema = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) })

/** Exchanges are written behind: waits until all that were made are listed. */
async function exchangeIds(atLeast: number): Promise<readonly string[]> {
  const deadline = Date.now() + 5000
  for (;;) {
    const { items } = idsSchema.parse((await gateway.api('GET', '/exchanges?limit=500')).body)
    if (items.length >= atLeast || Date.now() > deadline) return items.map(({ id }) => id)
  }
}

async function filesUnder(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

async function findInFiles(): Promise<readonly string[]> {
  const found: string[] = []
  for (const file of await filesUnder(dataDir)) {
    for (const hit of findCanaries(await readFile(file), canaries)) found.push(`${file}: ${hit}`)
  }
  return found
}

describe('planted secrets', () => {
  it('were sent, each by its rule, and were given back', () => {
    for (const canary of Object.values(planted))
      expect([canary.label, ...findCanaries(echoed, [canary])].length).toBeGreaterThan(6)
  })

  it('are in no answer of the control API', async () => {
    const ids = await exchangeIds(38)
    expect(ids.length).toBeGreaterThanOrEqual(38)
    const paths = [
      ...['/status', '/servers', '/servers/bearer', '/servers/query', '/secrets', '/keys', '/accounts', '/issuances'],
      ...[
        '/exchanges?limit=500',
        '/profiles',
        '/profiles/local',
        '/approvals',
        '/policies',
        '/agents',
        '/openapi.json',
      ],
      ...ids.map((id) => `/exchanges/${id}`),
      ...Object.values(planted).map(({ value }) => `/exchanges?q=${encodeURIComponent(value)}`),
    ]
    const found: string[] = []
    let read = ''
    for (const path of paths) {
      const { body } = await gateway.api('GET', path)
      const text = JSON.stringify(body)
      read += text
      const where = `${path.split(/[/?]/)[1]} ${String(at(body, 'server'))} ${String(at(body, 'tool'))}`
      for (const hit of findCanaries(text, canaries)) found.push(`${where}: ${hit}`)
    }
    expect(found).toEqual([])
    // What could have held them was read: headers of answers, bodies, events, errors.
    for (const part of ['x-echo', 'resultType', '"events":[{', '<pre>', '"code":-32000']) {
      expect(read.replaceAll('\\', '')).toContain(part)
    }
  })

  it('are not in what explain, probe and the exported profile say', async () => {
    const headers = {
      cookie: cookie.value,
      'x-internal-a': restricted.value,
      authorization: `Bearer ${callersOwn.value}`,
    }
    const found: string[] = []
    for (const server of ['bearer', 'header', 'query', 'basic', 'passthrough']) {
      const explained = await gateway.api('POST', '/explain', { server, caller: agent.id, tool: 'purge', headers })
      expect([server, explained.status]).toEqual([server, 200])
      const probed = await gateway.api('POST', `/servers/${server}/probe`)
      const text = JSON.stringify([explained.body, probed.body])
      for (const hit of findCanaries(text, canaries)) found.push(`${server}: ${hit}`)
    }
    const exported = await send(`${gateway.controlUrl}/api/v1/profiles/local`, {
      headers: { authorization: `Bearer ${gateway.controlToken}`, accept: 'application/yaml' },
    })
    expect(exported.text).toContain('mcpServers:')
    expect([...found, ...findCanaries(exported.text, canaries)]).toEqual([])
  })

  it('are not in the events, the metrics or the log', async () => {
    await exchangeIds(38)
    expect(events).toContain('event: exchange')
    expect(findCanaries(events, canaries)).toEqual([])
    expect(findCanaries((await send(`${gateway.dataUrl}/metrics`)).text, canaries)).toEqual([])
    expect(findCanaries(gateway.stderr(), canaries)).toEqual([])
    expect(gateway.stderr()).not.toContain(gateway.controlToken)
  })

  it('are in no export, redacted or not, and in no answer of a replay', async () => {
    await exchangeIds(38)
    const found: string[] = []
    for (const format of ['har', 'jsonl', 'markdown'])
      for (const redact of ['true', 'false']) {
        const { text } = await send(`${gateway.controlUrl}/api/v1/exchanges/export?format=${format}&redact=${redact}`, {
          headers: { authorization: `Bearer ${gateway.controlToken}` },
        })
        expect(text).toContain('x-internal-a')
        for (const hit of findCanaries(text, canaries)) found.push(`${format} ${redact}: ${hit}`)
      }
    const [first] = idsSchema.parse((await gateway.api('GET', '/exchanges?server=bearer&tool=echo')).body).items
    const replayed = await gateway.api('POST', `/exchanges/${String(first?.id)}/replay`, {
      arguments: { told: Object.values(planted).map(({ value }) => value) },
      confirm: true,
    })
    expect(replayed.status).toBe(200)
    expect([...found, ...findCanaries(JSON.stringify(replayed.body), canaries)]).toEqual([])
  })

  it('are in nothing that Shield shows: what waits, differences of tools, reasons, what a policy would have denied', async () => {
    const shield = async (settings: string): Promise<void> => {
      const text = `gatehouse: 1\nname: shielded\nshield: ${settings}\n`
      const headers = { authorization: `Bearer ${gateway.controlToken}`, 'content-type': 'application/yaml' }
      const url = `${gateway.controlUrl}/api/v1/profiles`
      expect((await send(url, { method: 'POST', headers, body: text })).status).toBe(200)
    }
    const shown = async (path: string): Promise<string> => JSON.stringify((await gateway.api('GET', path)).body)
    const url = `${gateway.dataUrl}/mcp/bearer`
    const told = Object.fromEntries(
      Object.entries(encodings).map(([name, encode]) => [name, encode(planted['bearer']?.value ?? '')]),
    )
    const call = (name: string): ReturnType<typeof callModern> =>
      callModern(url, { key: agent.key, params: { name, arguments: { told } } })
    await shield('{ enabled: true }')
    for (let times = 0; times < 2; times++) await callModern(url, { key: agent.key, method: 'tools/list', params: {} })
    const text = '@decision("ask") forbid(principal, action, resource == Tool::"bearer/asked");'
    await gateway.api('PUT', '/policies/ask', { text })
    const asked = call('asked')
    await expect.poll(() => shown('/approvals')).toContain('"call"')
    const waiting = await shown('/approvals')
    expect(waiting).toContain('An echo of ')
    expect(waiting).toContain('told')
    const { body } = await gateway.api('GET', '/approvals')
    for (const { id } of idsSchema.parse(body).items)
      await gateway.api('POST', `/approvals/${id}`, { decision: 'deny' })
    expect((await asked).status).toBe(403)
    await shield(`{ enabled: true, remote: { url: "${server.origin}/shield" } }`)
    expect((await call('judged')).status).toBe(403)
    const denied = await shown('/exchanges?verdict=deny')
    expect(denied).toContain('told')
    const backtest = await gateway.api('POST', '/policies/backtest', { text: 'forbid(principal, action, resource);' })
    expect(at(backtest.body, 'deniedCount')).toBeGreaterThan(30)
    const all = [waiting, denied, JSON.stringify(backtest.body), await shown('/approvals?status=denied')].join('\n')
    expect(findCanaries(all, canaries)).toEqual([])
    await shield('{ enabled: false }')
  })

  it('are in no saved filter and no trace', async () => {
    const value = planted['bearer']?.value ?? ''
    const path = '/saved-filters/who%20leaks'
    expect((await gateway.api('PUT', path, { q: `body:"${value}" tool:echo` })).status).toBe(201)
    const saved = await gateway.api('GET', path)
    expect(at(saved.body, 'q')).toMatch(/^body:"\*+" tool:echo$/)
    await callModern(`${gateway.dataUrl}/mcp/bearer`, {
      key: agent.key,
      params: { name: agent.key, arguments: {} },
      headers: { 'mcp-protocol-version': agent.key },
    })
    const traces = (): string => collector.requests.map(({ body }) => body.toString('utf8')).join('\n')
    await expect.poll(traces).toContain('gen_ai.tool.name')
    await expect.poll(traces).toContain('tools/call ****')
    expect(findCanaries(`${JSON.stringify(saved.body)}\n${traces()}`, canaries)).toEqual([])
  })

  it('are in no file of the data directory, neither while it runs nor after it stopped', async () => {
    expect((await filesUnder(dataDir)).some((file) => file.endsWith('vault.db'))).toBe(true)
    expect(await findInFiles()).toEqual([])
    expect(await gateway.stop()).toBe(0)
    expect((await filesUnder(dataDir)).some((file) => file.endsWith('vault.db'))).toBe(true)
    expect(await findInFiles()).toEqual([])
    expect(findCanaries(gateway.stderr(), canaries)).toEqual([])
  })
})
