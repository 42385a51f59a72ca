/** Two callers on one server: what belongs to one never serves the other. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callLegacy, callModern, openSession, refusal, refused } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at, send } from '../peers/send.js'
import { scriptedTool, scriptMcp } from '../peers/scripted-mcp.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let alice: { id: string; key: string }
let bob: { id: string; key: string }

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  await gateway.putServer('each', { url: server.url, connection: 'per_caller' })
  await gateway.putServer('other', { url: server.url, connection: 'per_caller' })
  await gateway.putServer('once', { url: server.url, connection: 'per_request' })
  alice = await gateway.addKey({ name: 'alice' })
  bob = await gateway.addKey({ name: 'bob' })
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

beforeEach(() => server.reset())

const url = (slug: string): string => `${gateway.dataUrl}/mcp/${slug}`

/** Who used each socket, by the client's port. */
function callersBySocket(): Map<number, Set<string>> {
  const found = new Map<number, Set<string>>()
  for (const request of server.requests) {
    const callers = found.get(request.remotePort) ?? new Set()
    found.set(request.remotePort, callers.add(request.header('x-from') ?? ''))
  }
  return found
}

describe('connection per_caller', () => {
  it('never sends two callers’ requests over one socket, one after the other or at once', async () => {
    const from = (name: string, key: string) => callModern(url('each'), { key, headers: { 'x-from': name } })
    for (let round = 0; round < 5; round += 1) {
      expect((await from('alice', alice.key)).status).toBe(200)
      expect((await from('bob', bob.key)).status).toBe(200)
    }
    const both = [['alice', alice.key] as const, ['bob', bob.key] as const]
    const many = Array.from({ length: 20 }, () => both).flat()
    await Promise.all(many.map(([name, key]) => from(name, key)))
    expect(server.requests).toHaveLength(50)
    expect([...callersBySocket().values()].filter((callers) => callers.size > 1)).toEqual([])
  })

  it('never sends two callers’ sessions over one socket', async () => {
    const sessions = [
      { from: 'alice', key: alice.key, session: await openSession(url('each'), alice.key) },
      { from: 'bob', key: bob.key, session: await openSession(url('each'), bob.key) },
    ]
    server.reset()
    for (let round = 0; round < 5; round += 1) {
      for (const { from, key, session } of sessions) {
        const answer = await callLegacy(url('each'), { key, session, headers: { 'x-from': from } })
        expect(answer.status).toBe(200)
      }
    }
    expect(server.requests).toHaveLength(10)
    expect([...callersBySocket().values()].filter((callers) => callers.size > 1)).toEqual([])
    const sent = new Map(server.requests.map((each) => [each.header('mcp-session-id'), each.header('x-from')]))
    expect([...sent.values()].sort()).toEqual(['alice', 'bob'])
  })
})

describe('connection per_request', () => {
  it('uses no socket for two requests, in either era', async () => {
    for (let round = 0; round < 5; round += 1) await callModern(url('once'), { key: alice.key })
    const session = await openSession(url('once'), alice.key)
    for (let round = 0; round < 5; round += 1) {
      expect((await callLegacy(url('once'), { key: alice.key, session })).status).toBe(200)
    }
    await Promise.all(Array.from({ length: 10 }, () => callModern(url('once'), { key: bob.key })))
    const ports = server.requests.map(({ remotePort }) => remotePort)
    expect(ports).toHaveLength(21)
    expect(new Set(ports).size).toBe(21)
  })
})

describe('a session', () => {
  const methods = ['POST', 'GET', 'DELETE'] as const

  const withSession = (method: (typeof methods)[number], slug: string, key: string, session: string) =>
    method === 'POST'
      ? callLegacy(url(slug), { key, session })
      : send(url(slug), {
          method,
          headers: { 'x-gatehouse-apikey': key, 'mcp-session-id': session, accept: 'text/event-stream' },
          // A stream that opens, which it must not, would stay open.
          signal: AbortSignal.timeout(3000),
        })

  it.each(methods)('does not exist for another caller: %s is 404, and nothing goes out', async (method) => {
    const session = await openSession(url('each'), alice.key)
    server.reset()
    const stolen = await withSession(method, 'each', bob.key, session)
    expect(stolen.status).toBe(404)
    expect(server.requests).toEqual([])
    expect((await callLegacy(url('each'), { key: alice.key, session })).status).toBe(200)
  })

  it.each(methods)('does not exist at another server: %s is 404, and nothing goes out', async (method) => {
    const session = await openSession(url('each'), alice.key)
    server.reset()
    expect((await withSession(method, 'other', alice.key, session)).status).toBe(404)
    expect(server.requests).toEqual([])
  })

  it.each(methods)('that was never given out is 404, and nothing goes out: %s', async (method) => {
    const unknown = await withSession(method, 'each', alice.key, 'e2e-no-such-session')
    expect(unknown.status).toBe(404)
    expect(server.requests).toEqual([])
  })

  it('of another caller is refused in the words of an unknown one', async () => {
    const session = await openSession(url('each'), alice.key)
    const stolen = await callLegacy(url('each'), { key: bob.key, session, id: 'mine' })
    const unknown = await callLegacy(url('each'), { key: bob.key, session: 'e2e-no-such-session', id: 'mine' })
    expect(refusal(stolen)).toEqual(refused(404, 'unknown_session', 'mine'))
    expect(refusal(unknown)).toEqual(refusal(stolen))
    expect(at(stolen.json, 'error.message')).toBe(at(unknown.json, 'error.message'))
  })

  it('is of no use without a key', async () => {
    const session = await openSession(url('each'), alice.key)
    server.reset()
    expect(refusal(await callLegacy(url('each'), { session }))).toEqual(refused(401, 'unauthenticated'))
    expect(server.requests).toEqual([])
  })
})

describe('a key', () => {
  it('that is revoked is refused from the next request on, its sessions too', async () => {
    const carol = await gateway.addKey({ name: 'carol' })
    const session = await openSession(url('each'), carol.key)
    expect((await callModern(url('each'), { key: carol.key })).status).toBe(200)
    server.reset()
    await gateway.api('DELETE', `/keys/${carol.id}`)
    expect(refusal(await callModern(url('each'), { key: carol.key }))).toEqual(refused(401, 'unauthenticated'))
    expect((await callLegacy(url('each'), { key: carol.key, session })).status).toBe(401)
    expect(server.requests).toEqual([])
  })

  it('that is limited to servers and tools reaches no other', async () => {
    const { key } = await gateway.addKey({ name: 'limited', servers: ['each'], tools: ['echo'] })
    expect((await callModern(url('each'), { key })).status).toBe(200)
    server.reset()
    const purge = await callModern(url('each'), { key, params: { name: 'purge', arguments: {} } })
    expect(purge.status).toBe(403)
    const elsewhere = await callModern(url('other'), { key })
    expect([403, 404]).toContain(elsewhere.status)
    expect(server.requests).toEqual([])
  })
})

it('a server with connection per_request is sent no two requests on one socket, also where the gateway holds the session', async () => {
  server.answerWith(scriptMcp({ era: 'legacy', tools: [scriptedTool('echo')] }).respond)
  await gateway.putServer('bridged-once', { url: server.url, connection: 'per_request' })
  const { key } = await gateway.addKey({ name: 'dora' })
  for (let call = 0; call < 3; call++) expect((await callModern(url('bridged-once'), { key })).status).toBe(200)
  const ports = server.requests.map(({ remotePort }) => remotePort)
  // One more than the three: the first was sent as it came, and told the era.
  expect(server.requests.filter(({ json }) => at(json, 'method') === 'tools/call')).toHaveLength(4)
  expect(new Set(ports).size).toBe(ports.length)
})
