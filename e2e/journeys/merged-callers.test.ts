/** Who may do what through `/mcp`, what goes out for whom, and what is recorded of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { callLegacy, callModern, openSession, refusal, refused, type McpRequest } from '../peers/mcp-request.js'
import {
  answerEvents,
  startRecordingServer,
  type RecordedRequest,
  type RecordingServer,
} from '../peers/recording-server.js'
import { scriptMcp, scriptedTool, type ScriptedMcp } from '../peers/scripted-mcp.js'
import { at, send, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let alice: string
let bob: string
const servers: Record<string, ScriptedMcp> = {}

const bearer = (secret: string): object => ({ type: 'bearer', token: { secret } })
const configs: Record<string, object> = {
  each: { app_auth: bearer('each-token'), tools: { purge: { app_auth: bearer('break-glass') } } },
  one: { app_auth: bearer('one-token'), connection: 'shared' },
  stateless: {},
}

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  for (const secret of ['each-token', 'one-token', 'break-glass']) await gateway.putSecret(secret, `value-of-${secret}`)
  for (const [slug, config] of Object.entries(configs))
    await gateway.putServer(slug, { url: `${server.origin}/${slug}`, ...config })
  alice = (await gateway.addKey({ name: 'alice' })).key
  bob = (await gateway.addKey({ name: 'bob' })).key
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

beforeEach(() => {
  server.reset()
  const tools = [scriptedTool('read'), scriptedTool('purge')]
  for (const slug of Object.keys(configs))
    servers[slug] = scriptMcp({ era: slug === 'stateless' ? 'modern' : 'legacy', tools })
  server.answerWith((request, response) => servers[request.url.slice(1)]?.respond(request, response))
})

const mcp = (path = '/mcp'): string => `${gateway.dataUrl}${path}`
const call = (name: string, request: McpRequest = {}): Promise<Answer> =>
  callModern(mcp(), { params: { name, arguments: {} }, ...request })
const list = (request: McpRequest, path?: string): Promise<Answer> =>
  callModern(mcp(path), { method: 'tools/list', params: {}, ...request })

function namesIn(answer: Answer): unknown {
  const tools = at(answer.json, 'result.tools')
  return Array.isArray(tools) ? tools.map((tool) => at(tool, 'name')) : answer.text
}

const sentTo = (slug: string): readonly RecordedRequest[] => server.requests.filter(({ url }) => url === `/${slug}`)

const exchangesSchema = z.object({ items: z.array(z.looseObject({ id: z.string() })) })

async function exchanges(query: string): Promise<z.infer<typeof exchangesSchema>['items']> {
  return exchangesSchema.parse((await gateway.api('GET', `/exchanges?${query}`)).body).items
}

const allTools = Object.keys(configs).flatMap((slug) => [`${slug}__read`, `${slug}__purge`])

describe('what goes out through /mcp', () => {
  it('carries to each server the credential that is its own, and no other', async () => {
    const authorization = `Bearer ${alice}`
    expect(namesIn(await list({ headers: { authorization } }))).toEqual(allTools)
    for (const name of allTools) expect((await call(name, { headers: { authorization } })).status).toBe(200)
    const sent = (slug: string): Set<unknown> => new Set(sentTo(slug).map((request) => request.header('authorization')))
    expect(sent('each')).toEqual(new Set(['Bearer value-of-each-token', 'Bearer value-of-break-glass']))
    expect(sent('one')).toEqual(new Set(['Bearer value-of-one-token']))
    expect(sent('stateless')).toEqual(new Set([undefined]))
    const glass = sentTo('each').filter((request) => request.header('authorization')?.endsWith('break-glass'))
    expect(glass.map(({ json }) => at(json, 'params.name'))).toEqual(['purge'])
    for (const { headers, body } of server.requests)
      expect(JSON.stringify(headers) + body.toString()).not.toMatch(/gh_sk_|mcp-name.*__/i)
  })

  it('never shares a session or a socket between callers, unless the server is one for all', async () => {
    for (const [from, key] of [['alice', alice], ['bob', bob]] as const)
      for (const slug of ['each', 'one']) await call(`${slug}__read`, { key, headers: { 'x-from': from } })
    const by = (slug: string, of: (request: RecordedRequest) => unknown): string[] => {
      const seen = sentTo(slug).filter(({ json }) => at(json, 'method') === 'tools/call')
      return [...new Set(seen.map((request) => `${request.header('x-from') ?? ''} ${String(of(request))}`))]
    }
    const sessions = by('each', (request) => request.header('mcp-session-id'))
    expect(new Set(sessions.map((seen) => seen.split(' ')[1])).size).toBe(2)
    const sockets = by('each', ({ remotePort }) => remotePort)
    expect(new Set(sockets.map((seen) => seen.split(' ')[1])).size).toBe(sockets.length)
    const shared = by('one', (request) => request.header('mcp-session-id'))
    expect(new Set(shared.map((seen) => seen.split(' ')[1])).size).toBe(1)
    expect(shared).toHaveLength(2)
  }) // prettier-ignore

  it('is no session to another caller, and none on a server’s own path', async () => {
    const session = await openSession(mcp(), alice)
    const request = { session, method: 'tools/list', params: {} }
    expect((await callLegacy(mcp(), { ...request, key: alice })).status).toBe(200)
    expect(refusal(await callLegacy(mcp(), { ...request, key: bob }))).toEqual(refused(404, 'unknown_session'))
    expect((await callLegacy(mcp('/mcp/one'), { ...request, key: alice })).status).toBe(404)
  })
})

describe('what is recorded of /mcp', () => {
  it('is an exchange with the server, of the tool by its own name, with headers and where each came from', async () => {
    const headers = { 'x-request-id': 'e2e-merged-call', 'x-team': 'blue' }
    await call('each__purge', { key: alice, headers })
    const [found, ...others] = await exchanges('server=each&tool=purge&status=200&q=e2e-merged-call')
    expect(others).toEqual([])
    expect(found).toMatchObject({
      requestId: 'e2e-merged-call',
      caller: { method: 'api_key' },
      server: 'each',
      method: 'tools/call',
      tool: 'purge',
      verdict: { decision: 'allow' },
    })
    const { body } = await gateway.api('GET', `/exchanges/${found?.id ?? ''}`)
    const header = (list: string, name: string): unknown => {
      const entries = at(body, `request.${list}`) as readonly unknown[]
      return entries.find((entry) => at(entry, 'name') === name)
    }
    const source = { kind: 'app_auth', secret: 'break-glass', rule: 'mcpServers.each.tools.purge.app_auth' }
    expect(header('injected', 'authorization')).toMatchObject({ masked: true, source })
    expect(header('forwarded', 'x-team')).toMatchObject({ value: 'blue', source: { kind: 'inbound' } })
    expect(JSON.stringify(body)).not.toContain('value-of-')
    expect(JSON.stringify(at(body, 'request.body'))).toContain('purge')
    expect(JSON.stringify(at(body, 'response'))).toContain('purge')
  })

  it('is an exchange with nobody where the gateway answers itself', async () => {
    const headers = { 'x-request-id': 'e2e-merged-initialize' }
    await callLegacy(mcp(), { key: alice, method: 'initialize', params: {}, headers })
    const found = await exchanges('q=e2e-merged-initialize')
    expect(found).toMatchObject([{ server: null, method: 'initialize', tool: null }])
    expect(await exchanges('server=each&q=e2e-merged-initialize')).toEqual([])
  })

  it('is an exchange with each server that a list asks', async () => {
    const carol = await gateway.addKey({ name: 'carol' })
    await list({ key: carol.key, headers: { 'x-request-id': 'e2e-merged-list' } })
    const found = await exchanges('q=e2e-merged-list')
    expect(found.map((exchange) => exchange['server']).toSorted()).toEqual(['each', 'one', 'stateless'])
    expect(new Set(found.map((exchange) => exchange['method']))).toEqual(new Set(['tools/list']))
    const ofCarol = await exchanges(`caller=${carol.id}`)
    expect(ofCarol.map(({ id }) => id).toSorted()).toEqual(found.map(({ id }) => id).toSorted())
  })

  it('has the status and the reason of a failure, as on the server’s own path', async () => {
    await gateway.putServer('dead', { url: 'http://127.0.0.1:9/mcp' })
    const own = await callModern(mcp('/mcp/dead'), { key: alice, params: { name: 'read', arguments: {} } })
    const merged = await call('dead__read', { key: alice })
    expect([own, merged].map(refusal)).toEqual([refused(502, 'server_unreachable'), refused(502, 'server_unreachable')])
    const found = await exchanges('server=dead&tool=read&status=502')
    await gateway.api('DELETE', '/servers/dead')
    expect(found).toHaveLength(2)
    for (const field of ['server', 'method', 'tool', 'verdict', 'errorCode', 'caller'])
      expect([field, at(found[0], field)]).toEqual([field, at(found[1], field)])
  })
})

describe('a key at /mcp', () => {
  it('that is limited to servers and tools lists only these, and calls no others', async () => {
    const limits = [
      [{ servers: ['one'] }, ['one__read', 'one__purge']],
      [{ tools: ['read'] }, ['each__read', 'one__read', 'stateless__read']],
      [{ servers: ['each', 'one'], tools: ['one/*', 'each/p*'] }, ['each__purge', 'one__read', 'one__purge']],
    ] as const
    for (const [limit, names] of limits) {
      const { key } = await gateway.addKey({ name: 'limited', ...limit })
      const before = server.requests.length
      const callAll = async (): Promise<void> => {
        for (const name of allTools) {
          const code = at((await call(name, { key })).json, 'error.code')
          expect([name, code]).toEqual([name, (names as readonly string[]).includes(name) ? undefined : -32602])
        }
      }
      await callAll()
      // That it has listed now makes no difference.
      expect(namesIn(await list({ key }))).toEqual(names)
      await callAll()
      const called = server.requests.slice(before).filter(({ json }) => at(json, 'method') === 'tools/call')
      const seen = called.map(({ url, json }) => `${url.slice(1)}__${String(at(json, 'params.name'))}`)
      expect(new Set(seen)).toEqual(new Set(names))
    }
  })

  it('that is revoked is refused from the next request on, its sessions too', async () => {
    const carol = await gateway.addKey({ name: 'carol' })
    const session = await openSession(mcp(), carol.key)
    expect((await list({ key: carol.key })).status).toBe(200)
    await gateway.api('DELETE', `/keys/${carol.id}`)
    server.requests.length = 0
    expect(refusal(await call('one__read', { key: carol.key }))).toEqual(refused(401, 'unauthenticated'))
    const inSession = await callLegacy(mcp(), { key: carol.key, session, method: 'tools/list', params: {} })
    expect(refusal(inSession)).toEqual(refused(401, 'unauthenticated'))
    expect(server.requests).toEqual([])
  })

  it('is needed', async () => {
    const answer = await list({})
    expect(refusal(answer)).toEqual(refused(401, 'unauthenticated'))
    expect(server.requests).toEqual([])
  })

  it('of an agent is the only one on its path, where there is no discovery', async () => {
    const agent = at((await gateway.api('POST', '/agents', { name: 'cursor' })).body, 'key') as string
    const path = '/agents/cursor/mcp'
    expect(namesIn(await list({ key: agent }, path))).toEqual(allTools)
    expect(namesIn(await list({ key: agent }))).toEqual(allTools)
    for (const request of [{ key: alice }, {}]) {
      const answer = await list(request, path)
      expect(refusal(answer)).toEqual(refused(401, 'unauthenticated'))
      expect(answer.headers['www-authenticate'] ?? '').not.toContain('resource_metadata')
    }
    for (const wellKnown of [
      `${path}/.well-known/oauth-protected-resource`,
      `/.well-known/oauth-protected-resource${path}`,
    ])
      expect((await send(mcp(wellKnown))).status).toBe(404)
  })
})

describe('an agent of /mcp that wants an answer no longer', () => {
  const hangAt = (slug: string): void => {
    const script = servers[slug]?.script
    if (script !== undefined)
      script.onCall = (_request, response) => {
        answerEvents(response)({
          jsonrpc: '2.0',
          method: 'notifications/message',
          params: { level: 'info', data: 'begun' },
        })
        return true
      }
  }
  const callAt = (slug: string): RecordedRequest => {
    const found = sentTo(slug).findLast(({ json }) => at(json, 'method') === 'tools/call')
    if (found === undefined) throw new Error(`No call has reached ${slug}`)
    return found
  }
  const reached = async (slug: string, method: string): Promise<void> => {
    const methods = (): unknown[] => sentTo(slug).map(({ json }) => at(json, 'method'))
    await expect.poll(methods, { timeout: 5000 }).toContain(method)
  }

  it.each(['stateless', 'each'])('of the stateless era leaves, and the request to %s is given up', async (slug) => {
    hangAt(slug)
    const leaving = new AbortController()
    const calling = call(`${slug}__read`, { key: alice, signal: leaving.signal })
    await reached(slug, 'tools/call')
    const { aborted } = callAt(slug)
    leaving.abort()
    await expect(calling).rejects.toThrow('aborted')
    await aborted
    if (slug === 'each') await reached(slug, 'notifications/cancelled')
  })

  it.each(['stateless', 'each'])('of the older era says so, and the request to %s is given up', async (slug) => {
    hangAt(slug)
    const session = await openSession(mcp(), alice)
    const calling = callLegacy(mcp(), {
      key: alice,
      session,
      id: 'mine',
      params: { name: `${slug}__read`, arguments: {} },
    })
    await reached(slug, 'tools/call')
    const request = callAt(slug)
    const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'mine' } })
    expect((await callLegacy(mcp(), { key: alice, session, body })).status).toBe(202)
    expect((await calling).text).not.toContain('"result"')
    if (slug === 'stateless') return request.aborted
    await reached(slug, 'notifications/cancelled')
    const told = sentTo(slug).find(({ json }) => at(json, 'method') === 'notifications/cancelled')
    expect(at(told?.json, 'params.requestId')).toBe(at(request.json, 'id'))
  })

  it('of the older era leaves, and the request goes on', async () => {
    const { script } = servers['each'] ?? scriptMcp({ era: 'legacy', tools: [] })
    let finish: (() => void) | undefined
    script.onCall = (request, response) => {
      const say = answerEvents(response)
      finish = () => {
        say({ jsonrpc: '2.0', id: at(request.json, 'id'), result: { content: [] } })
        response.end()
      }
      return true
    }
    const session = await openSession(mcp(), alice)
    const leaving = new AbortController()
    const params = { name: 'each__read', arguments: {} }
    const headers = { 'x-request-id': 'e2e-left' }
    const calling = callLegacy(mcp(), { key: alice, session, params, headers, signal: leaving.signal })
    await reached('each', 'tools/call')
    leaving.abort()
    await expect(calling).rejects.toThrow('aborted')
    finish?.()
    await expect.poll(() => exchanges('q=e2e-left&status=200'), { timeout: 5000 }).toHaveLength(1)
    expect(sentTo('each').filter(({ json }) => at(json, 'method') === 'notifications/cancelled')).toEqual([])
  })
})
