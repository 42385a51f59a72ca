/** What a person takes back ends at once: what is open with it, and what was allowed at a server that is another now. */
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callModern, modernBody, modernHeaders, openSession } from '../peers/mcp-request.js'
import { OAuthAgent, tokensOf, UserBrowser } from '../peers/oauth-agent.js'
import { answerEvents, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let second: RunningGateway
let server: RecordingServer

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  await gateway.putServer('notes', { url: server.url, agent_auth: { type: 'interactive' } })
  await gateway.putServer('shared', { url: server.url, connection: 'shared' })
  second = await startGateway({ dataDir: gateway.dataDir })
})
afterAll(async () => {
  await second?.stop()
  await gateway?.stop()
  await server?.close()
})
beforeEach(() => server.reset())

/** A call that the server never finishes, unless `left` resolves: the gateway has broken the connection off. */
async function openCall(
  url: string,
  headers: Readonly<Record<string, string | readonly string[]>>,
  { method = 'POST', body }: { readonly method?: 'POST' | 'GET'; readonly body?: string } = {},
): Promise<{ readonly left: Promise<void> }> {
  const outgoing = httpRequest(url, { method, agent: false, headers: headers as Record<string, string | string[]> })
  const left = new Promise<void>((resolve) => {
    outgoing.on('error', () => resolve())
    outgoing.on('response', (response: IncomingMessage) => {
      response.on('error', () => undefined).on('close', resolve)
      response.resume()
    })
  })
  outgoing.end(body)
  if (method === 'GET') await once(outgoing, 'response')
  return { left }
}

const legacyHeaders = (key: string, session: string): Record<string, string> => ({
  'x-gatehouse-apikey': key,
  'content-type': 'application/json',
  'mcp-session-id': session,
  'mcp-protocol-version': '2025-11-25',
  accept: 'application/json, text/event-stream',
})
const legacyCall = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'slow' } })
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })
const statusOf = async (token: string, slug = 'notes', base = gateway.dataUrl): Promise<number> =>
  (await callModern(`${base}/mcp/${slug}`, { headers: bearer(token) })).status
const grantOf = async (agent: OAuthAgent): Promise<{ id: string; servers: readonly string[] } | undefined> => {
  const { body } = await gateway.api('GET', '/grants')
  const all = at(body, 'items') as readonly { id: string; clientId: string; servers: readonly string[] }[]
  return all.find(({ clientId }) => clientId === agent.clientId)
}

describe('a key that is revoked', () => {
  it('ends the calls that run with it and the streams that are open, of either era, and nobody else’s', async () => {
    const [mine, other] = [await gateway.addKey({ name: 'mine' }), await gateway.addKey({ name: 'other' })]
    const url = `${gateway.dataUrl}/mcp/notes`
    const sessions = [await openSession(url, mine.key), await openSession(url, other.key)]
    server.reset()
    server.answerWith((request, response) => (request.method === 'GET' ? void answerEvents(response) : undefined))
    const open = [
      await openCall(url, legacyHeaders(mine.key, sessions[0] ?? ''), { method: 'GET' }),
      await openCall(url, legacyHeaders(mine.key, sessions[0] ?? ''), { body: legacyCall }),
      await openCall(url, modernHeaders({ key: mine.key }), { body: modernBody({}) }),
    ]
    await server.received(3)
    const mineAborted = server.requests.map(({ aborted }) => aborted)
    const others = await openCall(url, modernHeaders({ key: other.key }), { body: modernBody({}) })
    await server.received(4)
    expect((await gateway.api('DELETE', `/keys/${mine.id}`)).status).toBe(204)
    await Promise.all(open.map(({ left }) => left))
    // The server is told, too, also by the older era, whose agents may leave without ending their calls.
    await Promise.all(mineAborted)
    expect(await Promise.race([others.left, Promise.resolve('goes on')])).toBe('goes on')
    const listed = async (): Promise<unknown> =>
      at((await gateway.api('GET', `/exchanges?caller=${mine.id}&q=error:unauthenticated`)).body, 'items.length')
    await expect.poll(listed).toBe(3)
    await gateway.api('DELETE', `/keys/${other.id}`)
    await others.left
  })

  it('ends them at a server that all callers share, and at all servers as one', async () => {
    const { id, key } = await gateway.addKey({ name: 'everywhere', servers: ['shared'] })
    const open = await Promise.all(
      ['/mcp/shared', '/mcp'].map(async (path) => {
        const url = `${gateway.dataUrl}${path}`
        return openCall(url, legacyHeaders(key, await openSession(url, key)), { method: 'GET' })
      }),
    )
    await gateway.api('DELETE', `/keys/${id}`)
    await Promise.all(open.map(({ left }) => left))
  })
})

describe('an agent that is disconnected', () => {
  it('has its call ended, in whichever gateway on the vault that runs', async () => {
    const agent = await OAuthAgent.register(gateway.dataUrl)
    const { accessToken } = await agent.signIn('/mcp/notes')
    server.answerWith(() => undefined)
    const url = `${gateway.dataUrl}/mcp/notes`
    const { left } = await openCall(url, { ...modernHeaders({}), ...bearer(accessToken) }, { body: modernBody({}) })
    await server.received(1)
    // By the other one, which is asked by the page.
    expect((await second.api('DELETE', `/grants/${(await grantOf(agent))?.id ?? ''}`)).status).toBe(204)
    await left
    expect(await statusOf(accessToken)).toBe(401)
  })
})

describe('what was allowed at a server', () => {
  it('is not allowed at another one that is registered by its name, until it is asked for again', async () => {
    const agent = await OAuthAgent.register(gateway.dataUrl)
    const browser = new UserBrowser()
    await gateway.putServer('moved', { url: server.url, agent_auth: { type: 'interactive' } })
    const before = await agent.signIn('/mcp/moved', browser)
    const kept = await agent.signIn('/mcp/notes', browser)
    expect([await statusOf(before.accessToken, 'moved'), await statusOf(kept.accessToken)]).toEqual([200, 200])
    await gateway.api('DELETE', '/servers/moved')
    const profile = {
      gatehouse: 1,
      name: 'somebody-else',
      mcpServers: { moved: { url: server.url, agent_auth: { type: 'interactive' } } },
    }
    expect((await gateway.api('POST', '/profiles', profile)).status).toBe(200)
    server.reset()
    expect(await statusOf(before.accessToken, 'moved')).toBe(401)
    const refreshed = await agent.refresh(before.refreshToken)
    if (refreshed.status === 200) expect(await statusOf(tokensOf(refreshed).accessToken, 'moved')).toBe(401)
    expect(server.requests).toEqual([])
    expect(await grantOf(agent)).toMatchObject({ servers: ['notes'] })
    expect(await statusOf(kept.accessToken)).toBe(200)
    // The person is asked, though signed in.
    const page = await browser.open(agent.authorizeUrl('/mcp/moved', 'v'.repeat(43)))
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('moved')])
    const again = await agent.signIn('/mcp/moved', browser)
    expect(await statusOf(again.accessToken, 'moved')).toBe(200)
    expect((await grantOf(agent))?.servers.toSorted()).toEqual(['moved', 'notes'])
  })

  it('ends with the server as a whole where nothing else was allowed', async () => {
    const agent = await OAuthAgent.register(gateway.dataUrl)
    await gateway.putServer('only', { url: server.url, agent_auth: { type: 'interactive' } })
    const { refreshToken } = await agent.signIn('/mcp/only')
    await gateway.api('DELETE', '/servers/only')
    await expect.poll(() => grantOf(agent)).toBeUndefined()
    expect((await agent.refresh(refreshToken)).status).toBe(400)
  })
})
