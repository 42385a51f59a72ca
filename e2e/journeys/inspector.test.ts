/** What the inspector finds, exports and tells others, of calls that really were made. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { callModern } from '../peers/mcp-request.js'
import { backendResource, startMachineTeam, type MachineTeam } from '../peers/machine-team.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at, send } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const entry = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))
const run = promisify(execFile)

const secret = 'secret-of-the-server-0123456789'
const listSchema = z.looseObject({ items: z.array(z.looseObject({ id: z.string(), requestId: z.string() })) })

interface Collector {
  readonly url: string
  readonly bodies: unknown[]
  close(): Promise<void>
}

/** Takes traces, as a collector does. */
async function startCollector(): Promise<Collector> {
  const bodies: unknown[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      bodies.push({ path: request.url, body: JSON.parse(text) as unknown })
      answerJson(response, 200, {})
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

let gateway: RunningGateway
let server: RecordingServer
let collector: Collector
let key: string

beforeAll(async () => {
  ;[server, collector] = await Promise.all([startRecordingServer(), startCollector()])
  gateway = await startGateway({ env: { OTEL_BSP_SCHEDULE_DELAY: '50' } })
  key = (await gateway.addKey({ name: 'ada', subject: 'ada' })).key
  await gateway.putSecret('token', secret)
  await gateway.putServer('notes', {
    url: `${server.url}?typed=into-the-url`,
    app_auth: { type: 'bearer', token: { secret: 'token' } },
  })
  await gateway.putServer('query', {
    url: server.url,
    app_auth: { type: 'api_key', name: 'api_key', in: 'query', value: { secret: 'token' } },
  })
})
afterAll(async () => {
  await gateway?.stop()
  await Promise.all([server?.close(), collector?.close()])
})

const call = (name: string, args: unknown = {}, slug = 'notes') =>
  callModern(`${gateway.dataUrl}/mcp/${slug}`, { key, params: { name, arguments: args } })
const find = async (q: string) =>
  listSchema.parse((await gateway.api('GET', `/exchanges?q=${encodeURIComponent(q)}`)).body).items
const newest = async (q: string) => {
  const [item] = await find(q)
  if (item === undefined) throw new Error(`nothing is found by ${q}`)
  return (await gateway.api('GET', `/exchanges/${item.id}`)).body
}

describe('the inspector', () => {
  it('finds what a filter describes, and says where a filter is wrong', async () => {
    await call('create_note', { title: 'Groceries' })
    await call('delete_note', { title: 'Groceries' })
    await callModern(`${gateway.dataUrl}/mcp/nowhere`, { key })
    expect((await find('tool:create_*')).map((item) => item['tool'])).toEqual(['create_note'])
    expect(await find('server:notes body:groceries -tool:delete_note')).toHaveLength(1)
    expect((await find('has:error')).map((item) => item['errorCode'])).toEqual(['unknown_server'])
    expect(await find('auth:bearer injected:authorization status:2xx caller:ada')).toHaveLength(2)
    const wrong = await gateway.api('GET', `/exchanges?q=${encodeURIComponent('tool:x colour:red')}`)
    expect(wrong.status).toBe(422)
    expect(at(wrong.body, 'errors.0')).toMatchObject({
      path: 'q',
      message: expect.stringContaining('character 8') as string,
    })
  })

  it('shows which value of which secret went where, and how long each part took', async () => {
    await call('in_header')
    await call('in_query', {}, 'query')
    const inHeader = await newest('tool:in_header')
    const source = at(inHeader, 'request.injected') as { name: string; source: Record<string, unknown> }[]
    const fingerprint = source.find(({ name }) => name === 'authorization')?.source['fingerprint']
    expect(fingerprint).toMatch(/^[0-9a-f]{8}$/)
    expect(at(inHeader, 'request.url')).toBe(server.url)
    expect(at(inHeader, 'recognisedBy')).toMatch(/^key .* in x-gatehouse-apikey$/)
    const inQuery = await newest('tool:in_query')
    expect(at(inQuery, 'request.query')).toEqual([
      expect.objectContaining({
        name: 'api_key',
        value: '****',
        source: expect.objectContaining({ secret: 'token', fingerprint }) as object,
      }),
    ])
    const timings = at(inHeader, 'timings') as Record<string, number>
    const { totalMs = 0, tlsMs, callerMs: _part, ...parts } = timings
    expect(tlsMs).toBe(0)
    expect(Object.values(parts).reduce((sum, ms) => sum + ms, 0)).toBeCloseTo(totalMs, 1)
  })

  it('says where headers do not say what the body says, and what became of them', async () => {
    await gateway.putServer('relayed', { url: server.url, connection: 'shared' })
    const send = async (slug: string, name: string): Promise<unknown> => {
      const params = { name: `agreed_${slug}`, arguments: {} }
      await callModern(`${gateway.dataUrl}/mcp/${slug}`, { key, params, headers: { 'mcp-name': name } })
      return newest(`server:${slug} tool:agreed_${slug}`)
    }
    for (const slug of ['notes', 'relayed']) {
      const before = server.requests.length
      const refused = await send(slug, 'purge')
      expect(at(refused, 'problems')).toEqual([
        `The Mcp-Name header says "purge", and the body "agreed_${slug}". Nothing was sent to the server.`,
      ])
      expect(refused).toMatchObject({ errorCode: 'header_mismatch', response: { status: 400 } })
      expect(at(refused, 'response.body')).toContain('-32020')
      expect(server.requests).toHaveLength(before)
    }
    expect(await send('notes', 'agreed_notes')).not.toHaveProperty('problems')
    expect(await newest('tool:create_note')).not.toHaveProperty('problems')
  })

  it('saves filters', async () => {
    const path = '/saved-filters/My%20denials'
    expect((await gateway.api('PUT', path, { q: 'verdict:deny' })).status).toBe(201)
    expect((await gateway.api('PUT', path, { q: 'verdict:deny,error' })).status).toBe(200)
    expect((await gateway.api('PUT', path, { q: 'verdict:maybe' })).status).toBe(422)
    expect(at((await gateway.api('GET', '/saved-filters')).body, 'items')).toEqual([
      expect.objectContaining({ name: 'My denials', q: 'verdict:deny,error' }),
    ])
    expect((await gateway.api('DELETE', path)).status).toBe(204)
    expect((await gateway.api('GET', path)).status).toBe(404)
  })

  it('shows live what a filter lets through, bodies included', async () => {
    const filter = encodeURIComponent('body:wanted')
    const response = await fetch(`${gateway.controlUrl}/api/v1/events?filter=${filter}`, {
      headers: { authorization: `Bearer ${gateway.controlToken}` },
    })
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!text.includes('event: status')) text += (await reader?.read())?.value ?? ''
    await call('one', { is: 'other' })
    await call('two', { is: 'wanted' })
    while (!text.includes('"tool":"two"')) text += (await reader?.read())?.value ?? ''
    expect(text).not.toContain('"tool":"one"')
    await reader?.cancel()
  })

  it('counts for Prometheus', async () => {
    const { text } = await send(`${gateway.dataUrl}/metrics`)
    expect(text).toMatch(/^gatehouse_exchanges_total\{server="notes",verdict="allow",status="2xx"\} [1-9]/m)
    expect(text).toMatch(/^gatehouse_errors_total\{code="unknown_server"\} 1$/m)
    expect(text).toMatch(/^gatehouse_request_duration_seconds_bucket\{le="\+Inf"\} [1-9]/m)
    expect(text).toMatch(/^gatehouse_accounts\{status="connected"\} 0$/m)
    expect(text).toMatch(/^gatehouse_exchanges_dropped_total 0$/m)
    expect(text).toMatch(/^gatehouse_detector_overruns_total\{limit="time"\} 0$/m)
  })
})

const nameValue = z.object({ name: z.string(), value: z.string() })
/** HAR 1.2, what it requires. */
const harSchema = z.object({
  log: z.object({
    version: z.literal('1.2'),
    creator: z.object({ name: z.string(), version: z.string() }),
    entries: z.array(
      z.looseObject({
        startedDateTime: z.iso.datetime(),
        time: z.number(),
        request: z.looseObject({
          method: z.string(),
          url: z.url(),
          httpVersion: z.string(),
          cookies: z.array(z.unknown()),
          headers: z.array(nameValue),
          queryString: z.array(nameValue),
          headersSize: z.number(),
          bodySize: z.number(),
          postData: z.looseObject({ mimeType: z.string(), text: z.string() }).optional(),
        }),
        response: z.looseObject({
          status: z.number(),
          statusText: z.string(),
          httpVersion: z.string(),
          cookies: z.array(z.unknown()),
          headers: z.array(nameValue),
          content: z.looseObject({ size: z.number(), mimeType: z.string() }),
          redirectURL: z.string(),
          headersSize: z.number(),
          bodySize: z.number(),
        }),
        cache: z.object({}),
        timings: z.object({
          ...{ blocked: z.number(), dns: z.number(), connect: z.number(), ssl: z.number() },
          ...{ send: z.number(), wait: z.number(), receive: z.number() },
        }),
      }),
    ),
  }),
})

describe('an export', () => {
  const exported = async (query: string): Promise<string> => {
    const { status, text } = await send(`${gateway.controlUrl}/api/v1/exchanges/export?${query}`, {
      headers: { authorization: `Bearer ${gateway.controlToken}` },
    })
    expect(status).toBe(200)
    return text
  }

  it('is a HAR of all that was found, without what was said', async () => {
    await call('exported', { about: 'a private matter' })
    const text = await exported('format=har&q=server:notes')
    const { log } = harSchema.parse(JSON.parse(text))
    expect(log.entries.length).toBeGreaterThan(3)
    expect(text).not.toContain('private matter')
    expect(text).not.toContain(secret)
    expect(await exported('format=har&q=server:notes&redact=false')).toContain('private matter')
  })

  it('is one exchange a line, or a report to read', async () => {
    const lines = (await exported('format=jsonl&limit=2')).trimEnd().split('\n')
    expect(lines.map((line) => typeof at(JSON.parse(line), 'id'))).toEqual(['string', 'string'])
    expect(await exported('format=markdown&q=tool:exported')).toMatch(/^## tools\/call exported at notes: 200$/m)
  })

  it('is written by the command line, which also finds and repeats', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'gatehouse-export-'))
    const gatehouse = (...args: string[]) => run(process.execPath, [entry, ...args, '--data-dir', gateway.dataDir])
    await gatehouse('exchanges', 'export', '--format', 'har', '--out', join(directory, 'all.har'))
    harSchema.parse(JSON.parse(await readFile(join(directory, 'all.har'), 'utf8')))
    const { stdout } = await gatehouse('exchanges', 'list', '--filter', 'tool:exported', '--json')
    const [item] = listSchema.parse(JSON.parse(stdout)).items
    await writeFile(join(directory, 'arguments.json'), '{"n":3}')
    const replay = ['exchanges', 'replay', String(item?.id), '--arguments', join(directory, 'arguments.json')]
    const made = await gatehouse(...replay, '--confirm', '--json')
    expect(at(JSON.parse(made.stdout), 'replayOf')).toBe(item?.id)
    await rm(directory, { recursive: true })
  })
})

describe('traces', () => {
  it('go to a collector once it is set, a span for each hop, below the agent’s', async () => {
    const set = await gateway.api('PATCH', '/settings', { telemetry: { otlpEndpoint: collector.url } })
    expect(at(set.body, 'telemetry.otlpEndpoint')).toBe(collector.url)
    const traceId = '0af7651916cd43dd8448eb211c80319c'
    await callModern(`${gateway.dataUrl}/mcp/notes`, {
      key,
      params: { name: 'traced', arguments: { about: 'a private matter' } },
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    })
    await expect.poll(() => JSON.stringify(collector.bodies), { timeout: 10_000 }).toContain(traceId)
    const text = JSON.stringify(collector.bodies)
    const spans = at(collector.bodies[0], 'body.resourceSpans.0.scopeSpans.0.spans') as Record<string, unknown>[]
    expect(at(collector.bodies[0], 'path')).toBe('/v1/traces')
    expect(spans.map(({ name, kind, parentSpanId }) => [name, kind, parentSpanId])).toEqual([
      ['tools/call traced', 2, 'b7ad6b7169203331'],
      ['tools/call traced', 3, spans[0]?.['spanId']],
    ])
    for (const expected of ['gen_ai.tool.name', 'mcp.method.name', 'gatehouse.verdict', '"gatehouse"'])
      expect(text).toContain(expected)
    expect(text).not.toMatch(/private matter|gh_sk_|secret-of-the-server/)
    await gateway.api('PATCH', '/settings', { telemetry: { otlpEndpoint: null } })
  })
})

describe('exchanges that are kept in memory only', () => {
  it('are found like others, and are gone with the choice', async () => {
    expect((await gateway.api('PATCH', '/settings', { exchanges: { keep: 'memory' } })).status).toBe(200)
    expect(await find('')).toEqual([])
    await call('forgetful')
    expect(await find('tool:forgetful')).toHaveLength(1)
    expect((await gateway.api('DELETE', '/exchanges')).status).toBe(204)
    expect(await find('')).toEqual([])
    await gateway.api('PATCH', '/settings', { exchanges: { keep: 'vault' } })
    expect(at((await gateway.api('GET', '/settings')).body, 'exchanges.keep')).toBe('vault')
  })
})

describe('requests for tokens', () => {
  let team: MachineTeam
  beforeAll(async () => {
    team = await startMachineTeam()
  })
  afterAll(() => team?.close())

  it('are exchanges of a lane of their own, linked to the call and without anything secret', async () => {
    await team.apply({
      gatehouse: 1,
      name: 'machines',
      mcpServers: {
        backend: {
          url: team.server.url,
          app_auth: {
            type: 'oauth2_client_credentials',
            token_url: `${team.provider.issuer}/token`,
            client_id: 'gateway',
            client_secret: { secret: 'gateway-client' },
            client_auth: 'client_secret_post',
            resource: backendResource,
          },
        },
      },
    })
    const sent = await team.called('backend')
    const token = sent.header('authorization')?.replace('Bearer ', '') ?? ''
    const all = (await team.gateway.api('GET', '/exchanges?server=backend')).body
    const call = listSchema.parse(all).items[0]
    expect(listSchema.parse(all).items.map((item) => item['lane'])).toEqual(['mcp'])
    const auth = listSchema.parse((await team.gateway.api('GET', '/exchanges?q=lane:auth')).body).items
    expect(auth[0]).toMatchObject({
      method: 'oauth/token',
      causedBy: call?.requestId,
      traceId: call?.['traceId'],
      server: 'backend',
    })
    const whole = JSON.stringify((await team.gateway.api('GET', `/exchanges/${String(auth[0]?.id)}`)).body)
    expect(whole).toContain('grant_type=client_credentials')
    expect(token.length).toBeGreaterThan(10)
    expect(whole).not.toContain(token.slice(0, 12))
    expect(whole).not.toContain('gateway-client-secret')
    expect(whole).toContain('client_secret=****')
  })
})
