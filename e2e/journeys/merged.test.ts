/**
 * All servers as one at `/mcp`: an agent on the official SDK finds there what each server shows directly, under names
 * that say whose it is, and everything that it asks reaches the one server that it is for.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, startEverything, stdioCommand, type EverythingServer } from '../peers/everything.js'
import {
  call,
  everythingDocument,
  everythingProgress,
  everythingStories,
  inEitherEra,
  request,
  withoutSessionIds,
  type Tell,
} from '../peers/everything-stories.js'
import { startConformanceFixture, type ConformanceFixture } from '../peers/conformance-fixture.js'
import {
  connectV1,
  connectV2,
  connectV2Legacy,
  type Connect,
  type DirectServer,
  type SdkAgent,
} from '../peers/sdk-agents.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let key: string
let http: EverythingServer
let fixture: ConformanceFixture
const direct: Record<string, () => string | DirectServer> = {
  http: () => http.url,
  stdio: () => stdioCommand('everything'),
  memory: () => stdioCommand('memory'),
  modern: () => fixture.url,
}
const slugs = Object.keys(direct).toSorted()
const unavailable = [
  { server: 'dead', code: 'server_unreachable', reason: expect.stringMatching(/\w/) },
  { server: 'secretless', code: 'secret_missing', reason: expect.stringContaining('nobody-set-this') },
]

beforeAll(async () => {
  const [started, everything, conformance, deadPort] = await Promise.all([
    startGateway(),
    startEverything(),
    startConformanceFixture(0, 'modern'),
    freePort(),
  ])
  ;[gateway, http, fixture] = [started, everything, conformance]
  key = (await gateway.addKey({ name: 'merged' })).key
  await gateway.putServer('http', { url: http.url })
  await gateway.putCommand('stdio', stdioCommand('everything'))
  await gateway.putCommand('memory', stdioCommand('memory'))
  await gateway.putServer('modern', { url: fixture.url })
  await gateway.putServer('dead', { url: `http://127.0.0.1:${deadPort}/mcp` })
  const app_auth = { type: 'bearer', token: { secret: 'nobody-set-this' } }
  await gateway.putServer('secretless', { url: http.url, app_auth })
  await gateway.putServer('passthrough', { url: http.url, app_auth: { type: 'passthrough' } })
  await gateway.putServer('off', { url: http.url, enabled: false })
})

afterAll(async () => {
  await gateway?.stop()
  await Promise.all([http?.close(), fixture?.close()])
})

const agents: readonly (readonly [title: string, connect: Connect, isModern: boolean])[] = [
  ['SDK v1', connectV1, false],
  ['SDK v2 of the older era', connectV2Legacy, false],
  ['SDK v2 of either era', connectV2, true],
]

const lists: readonly (readonly [method: string, key: string, name: string])[] = [
  ['tools/list', 'tools', 'name'],
  ['prompts/list', 'prompts', 'name'],
  ['resources/list', 'resources', 'uri'],
  ['resources/templates/list', 'resourceTemplates', 'uriTemplate'],
]

/** The items of a list as the merged server has to show them. */
async function itemsOf(agent: SdkAgent, slug: string, [method, key, name]: (typeof lists)[number]): Promise<unknown[]> {
  const items = at(inEitherEra(await agent.request(method)), key)
  if (!Array.isArray(items)) return []
  return items.map((item: Record<string, unknown>) => {
    const own = String(item[name])
    return { ...item, [name]: name === 'name' ? `${slug}__${own}` : `gatehouse+${slug}:${own}` }
  })
}

/**
 * One server within the merged one, as an agent of it alone would see it. URIs of the merged server become the server's
 * own again, and one that is not of the merged server becomes one that is nobody's.
 */
function within(agent: SdkAgent, slug: string): SdkAgent {
  const prefix = `gatehouse+${slug}:`
  const toMerged = (params: Record<string, unknown> = {}): Record<string, unknown> => ({
    ...params,
    ...(typeof params['name'] === 'string' ? { name: `${slug}__${params['name']}` } : {}),
    ...(typeof params['uri'] === 'string' ? { uri: `${prefix}${params['uri']}` } : {}),
    ...(typeof params['ref'] === 'object' ? { ref: toMerged({ ...params['ref'] }) } : {}),
  })
  const toOwn = (answer: unknown): unknown =>
    JSON.parse(JSON.stringify(answer), (name, value: unknown) => {
      if (name === 'structuredContent') return value
      if (name === 'logger' && typeof value === 'string') return value.replace(`${slug}/`, '').replace(slug, '')
      if (name !== 'uri' || typeof value !== 'string') return value
      return value.startsWith(prefix) ? value.slice(prefix.length) : `of nobody: ${value}`
    })
  return {
    ...agent,
    notifications: agent.notifications,
    asked: agent.asked,
    request: async (method, params) => toOwn(await agent.request(method, toMerged(params))),
    callWithProgress: (name, args) => agent.callWithProgress(`${slug}__${name}`, args),
    heard: async (method, text) => toOwn(await agent.heard(method, text)) as Awaited<ReturnType<SdkAgent['heard']>>,
    subscribe: (uri) => agent.subscribe(`${prefix}${uri}`),
    unsubscribe: (uri) => agent.unsubscribe(`${prefix}${uri}`),
  }
}

/** Of its own are: who it is, its lists, what it checks itself, and what it has not. */
const ownToMerged = /^(the server itself|the list of|a call with wrong|a tool that is not)/
const stories = everythingStories.filter(([title]) => !ownToMerged.test(title))

describe.each(agents)('/mcp to %s', (_title, connect, isModern) => {
  // The stateless era says a level with each request, and is asked for roots in rounds alone.
  const inSessions = isModern ? [] : ['in its session']
  let merged: SdkAgent
  const alone = new Map<string, SdkAgent>()
  const of = (slug: string): SdkAgent => {
    const found = alone.get(slug)
    if (found === undefined) throw new Error(`Nobody is connected to ${slug}`)
    return found
  }
  const alike = (story: unknown): unknown => inEitherEra(withoutSessionIds(story))

  beforeAll(async () => {
    merged = await connect(`${gateway.dataUrl}/mcp`, key)
    await Promise.all(
      Object.entries(direct).map(async ([slug, server]) => {
        // Directly, a stateless server is reached by an agent that knows its era.
        alone.set(slug, await (slug === 'modern' ? connectV2 : connect)(server()))
      }),
    )
  })

  afterAll(async () => {
    await Promise.all([...alone.values(), ...(merged === undefined ? [] : [merged])].map((agent) => agent.close()))
  })

  it('says who it is, and what may be behind it', async () => {
    expect(merged.server).toMatchObject({
      info: { name: 'gatehouse' },
      capabilities: { tools: {}, prompts: {}, resources: { subscribe: true }, logging: {}, completions: {} },
      ...(isModern ? { revision: '2026-07-28' } : {}),
    })
  })

  it.each(lists)('shows %s of every server, under names that say whose each is', async (...list) => {
    const [method, key] = list
    const expected: unknown[] = []
    for (const slug of slugs) expected.push(...(await itemsOf(of(slug), slug, list)))
    const shown = await merged.request(method)
    expect(at(inEitherEra(shown), key)).toEqual(expected)
    expect(expected.length).toBeGreaterThan(2)
  })

  it.each(lists)('says which servers %s is without, and why', async (method) => {
    const shown = await merged.request(method)
    expect(Object.entries(at(shown, '_meta') as object)).toContainEqual(['gatehouse/unavailable', unavailable])
  })

  describe.each(['http', 'stdio'])('and %s behind it', (slug) => {
    it.each(stories)('shows %s as it is directly', async (_story, tell, holds) => {
      const told = [await tell(of(slug)), await tell(within(merged, slug))].map(alike)
      expect(JSON.stringify(told[0])).toContain(holds)
      expect(told[1]).toEqual(told[0])
    })

    it('passes on every progress notification, in order', async () => {
      const progress = Array.from({ length: 25 }, (_, index) => ({ progress: index + 1, total: 25 }))
      expect(await everythingProgress(within(merged, slug))).toMatchObject({ progress })
    })

    it('passes on updates of the resources that the agent is subscribed to, and no others', async () => {
      const agent = within(merged, slug)
      const before = merged.notifications.length
      await agent.subscribe(everythingDocument)
      await call('toggle-subscriber-updates')(agent)
      expect(await agent.heard('notifications/resources/updated', `gatehouse+${slug}:`)).toMatchObject({
        params: { uri: everythingDocument },
      })
      await call('toggle-subscriber-updates')(agent)
      await agent.unsubscribe(everythingDocument)
      const uris = merged.notifications
        .slice(before)
        .filter(({ method }) => method === 'notifications/resources/updated')
        .map(({ params }) => at(params, 'uri'))
      expect(new Set(uris)).toEqual(new Set([`gatehouse+${slug}:${everythingDocument}`]))
    })

    it.each(inSessions)('passes on log messages at the level that was set %s, and says whose they are', async () => {
      expect(await merged.request('logging/setLevel', { level: 'debug' })).toEqual({})
      const agent = within(merged, slug)
      const uri = `demo://resource/static/document/${slug === 'http' ? 'architecture' : 'structure'}.md`
      await agent.subscribe(uri)
      const log = await merged.heard('notifications/message', uri)
      expect(log).toMatchObject({ params: { level: 'info', logger: slug } })
      await agent.unsubscribe(uri)
    })
  })

  it.each<readonly [title: string, tell: Tell, holds: string]>([
    ['a resource', request('resources/read', { uri: 'test://static-binary' }), '"blob":'],
    ['a prompt', request('prompts/get', { name: 'test_simple_prompt' }), 'This is a simple prompt'],
    ['a tool call', call('test_multiple_content_types'), 'Multiple content types test:'],
    ['an elicitation in rounds', call('test_input_required_result_elicitation'), 'Hello, Ada!'],
    ['a sampling in rounds', call('test_input_required_result_sampling'), 'A sampled answer'],
  ])('shows %s of a stateless server as it is directly', async (_story, tell, holds) => {
    const told = [await tell(of('modern')), await tell(within(merged, 'modern'))].map(alike)
    expect(JSON.stringify(told[0])).toContain(holds)
    // SDK v1 shows its handlers less of a question than it was asked.
    const compared = told.map((story) => (isModern ? story : (at(story, 'result') ?? story)))
    expect(compared[1]).toEqual(compared[0])
  })

  it.each(inSessions)('asks the agent for its roots %s, and has them', async () => {
    const told = await call('get-roots-list')(within(merged, 'stdio'))
    expect(JSON.stringify(told)).toContain('file:///e2e')
  })

  it.each([
    ['tools/call', { name: 'stdio__no-such-tool' }, 'Unknown tool: stdio__no-such-tool'],
    ['tools/call', { name: 'nobody__echo' }, 'Unknown tool: nobody__echo'],
    ['tools/call', { name: 'echo' }, 'Unknown tool: echo'],
    ['tools/call', { name: 'passthrough__echo' }, 'Unknown tool: passthrough__echo'],
    ['tools/call', { name: 'off__echo' }, 'Unknown tool: off__echo'],
    ['prompts/get', { name: 'stdio__no-such-prompt' }, 'Unknown prompt: stdio__no-such-prompt'],
    ['resources/read', { uri: everythingDocument }, `Unknown resource: ${everythingDocument}`],
    ['resources/read', { uri: 'gatehouse+off:x:y' }, 'Unknown resource: gatehouse+off:x:y'],
  ])('refuses %s of %j, which is nobody’s', async (method, params, message) => {
    expect(await merged.request(method, params)).toMatchObject({
      error: { code: -32602, message: expect.stringContaining(message) },
    })
  })

  it('passes a call on to a server that is down all the same, and says why it failed', async () => {
    const asked = merged.request('tools/call', { name: 'dead__echo', arguments: {} })
    // One SDK gives what came with a status as an answer, the other throws it.
    expect(await asked.then((answer) => JSON.stringify(answer), String)).toContain('server_unreachable')
  })
})
