/** What changes while an agent is connected to `/mcp`: servers come and go, and their lists and connections change. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callModern } from '../peers/mcp-request.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptMcp, scriptedTool, type ScriptedMcp } from '../peers/scripted-mcp.js'
import { connectV1, connectV2, connectV2Legacy, type Connect, type SdkAgent } from '../peers/sdk-agents.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let key: string
let server: RecordingServer
let legacy: ScriptedMcp
let modern: ScriptedMcp

const pathOf = (path: string): string => `${server.origin}/${path}`

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  key = (await gateway.addKey({ name: 'changes' })).key
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

beforeEach(async () => {
  server.reset()
  legacy = scriptMcp({ era: 'legacy', tools: [scriptedTool('one')] })
  modern = scriptMcp({ era: 'modern', tools: [scriptedTool('one')] })
  server.answerWith((request, response) => {
    const script = { '/legacy': legacy, '/modern': modern }[request.url]
    if (script === undefined) answerJson(response, 500, {})
    else script.respond(request, response)
  })
  // Whatever the test before left behind is gone, sessions included.
  for (const slug of ['legacy', 'modern', 'more']) await gateway.api('DELETE', `/servers/${slug}`)
  await gateway.putServer('legacy', { url: pathOf('legacy') })
  await gateway.putServer('modern', { url: pathOf('modern') })
})

const agents: readonly (readonly [string, Connect])[] = [
  ['SDK v1', connectV1],
  ['SDK v2 of the older era', connectV2Legacy],
  ['SDK v2 of either era', connectV2],
]

async function toolsOf(agent: SdkAgent): Promise<unknown> {
  const tools = at(await agent.request('tools/list'), 'tools')
  return Array.isArray(tools) ? tools.map((tool) => at(tool, 'name')) : tools
}

/** Resolves with what the agent does not list now and lists once it is told that its list has changed. */
async function changedBy(agent: SdkAgent, change: () => Promise<void> | void): Promise<unknown> {
  const before = agent.notifications.length
  await change()
  await agent.heardSince(before, 'notifications/tools/list_changed')
  return toolsOf(agent)
}

describe.each(agents)('/mcp to %s', (_title, connect) => {
  let agent: SdkAgent

  beforeEach(async () => {
    agent = await connect(`${gateway.dataUrl}/mcp`, key)
    await agent.listenForLists()
    await toolsOf(agent)
    return () => agent.close()
  })

  it('says that the tools of a server have changed, and shows them', async () => {
    legacy.script.tools = [scriptedTool('two')]
    const changed = changedBy(agent, () => legacy.say('notifications/tools/list_changed'))
    expect(await changed).toEqual(['legacy__two', 'modern__one'])
  })

  it('says so of a stateless server too', async () => {
    modern.script.tools = [scriptedTool('two')]
    const changed = changedBy(agent, () => modern.say('notifications/tools/list_changed'))
    expect(await changed).toEqual(['legacy__one', 'modern__two'])
  })

  it('says that a server was added, and shows its tools', async () => {
    const changed = changedBy(agent, () => gateway.putServer('more', { url: pathOf('legacy') }))
    expect(await changed).toEqual(['legacy__one', 'modern__one', 'more__one'])
  })

  it('says that a server is gone, and shows its tools no longer', async () => {
    const changed = changedBy(agent, async () => void (await gateway.api('DELETE', '/servers/legacy')))
    expect(await changed).toEqual(['modern__one'])
    server.requests.length = 0
    expect(await agent.request('tools/call', { name: 'legacy__one', arguments: {} })).toMatchObject({
      error: { code: -32602, message: expect.stringContaining('Unknown tool: legacy__one') },
    })
    expect(server.requests).toEqual([])
  })

  it('says that a server was disabled, and enabled again', async () => {
    const set = (enabled: boolean) => async () => void (await gateway.api('PATCH', '/servers/legacy', { enabled }))
    expect(await changedBy(agent, set(false))).toEqual(['modern__one'])
    expect(await changedBy(agent, set(true))).toEqual(['legacy__one', 'modern__one'])
  })

  it('says that the tools of a server look otherwise', async () => {
    const view = { url: pathOf('legacy'), tools: { one: { rename: 'uno' } } }
    expect(await changedBy(agent, () => gateway.putServer('legacy', view))).toEqual(['legacy__uno', 'modern__one'])
  })

  it('hears a server that was added, too', async () => {
    await changedBy(agent, () => gateway.putServer('more', { url: pathOf('legacy') }))
    legacy.script.tools = [scriptedTool('two')]
    const changed = changedBy(agent, () => legacy.say('notifications/tools/list_changed'))
    expect(await changed).toEqual(['legacy__two', 'modern__one', 'more__two'])
  })
})

const list = (): ReturnType<typeof callModern> =>
  callModern(`${gateway.dataUrl}/mcp`, { key, method: 'tools/list', params: {} })
const listed = async (): Promise<unknown> => {
  const tools = at((await list()).json, 'result.tools')
  return Array.isArray(tools) ? tools.map((tool) => at(tool, 'name')) : tools
}

describe('a list of /mcp', () => {
  it('is not older than the server’s word, where no agent listens', async () => {
    expect(await listed()).toEqual(['legacy__one', 'modern__one'])
    server.requests.length = 0
    expect(await listed()).toEqual(['legacy__one', 'modern__one'])
    // The stateless server has said that its list is not to be kept.
    expect(server.requests.map(({ url }) => url)).toEqual(['/modern'])
    legacy.script.tools = [scriptedTool('two')]
    await expect.poll(() => legacy.streams, { timeout: 5000 }).toBe(1)
    legacy.say('notifications/tools/list_changed')
    await expect.poll(listed, { timeout: 5000 }).toEqual(['legacy__two', 'modern__one'])
  })

  it('has a server again as soon as its configuration or its secret is right', async () => {
    await gateway.putServer('more', { url: 'http://127.0.0.1:9/mcp' })
    const unavailable = async (): Promise<unknown> =>
      at((await list()).json, 'result._meta') as Record<string, unknown> | undefined
    expect(await unavailable()).toMatchObject({ 'gatehouse/unavailable': [{ code: 'server_unreachable' }] })
    await gateway.putServer('more', {
      url: pathOf('legacy'),
      app_auth: { type: 'bearer', token: { secret: 'set-later' } },
    })
    expect(await unavailable()).toMatchObject({ 'gatehouse/unavailable': [{ server: 'more', code: 'secret_missing' }] })
    const agent = await connectV1(`${gateway.dataUrl}/mcp`, key)
    try {
      expect(await toolsOf(agent)).toEqual(['legacy__one', 'modern__one'])
      const changed = await changedBy(agent, () => gateway.putSecret('set-later', 'now-it-is'))
      expect(changed).toEqual(['legacy__one', 'modern__one', 'more__one'])
    } finally {
      await agent.close()
    }
  })
})

describe('a server that is there again after it was gone', () => {
  it('is told again which log messages and updates agents want', async () => {
    const told = (): unknown[] => server.requests.map(({ json }) => json)
    const wishes = [
      expect.objectContaining({ method: 'logging/setLevel', params: { level: 'debug' } }),
      expect.objectContaining({ method: 'resources/subscribe', params: { uri: 'x:y' } }),
    ]
    const agent = await connectV1(`${gateway.dataUrl}/mcp`, key)
    try {
      // Before any server has been spoken to.
      await agent.request('logging/setLevel', { level: 'debug' })
      await agent.subscribe('gatehouse+legacy:x:y')
      expect(told()).toEqual(expect.arrayContaining(wishes))
      server.requests.length = 0
      await gateway.api('POST', '/servers/legacy/restart')
      expect(await toolsOf(agent)).toEqual(['legacy__one', 'modern__one'])
      await expect.poll(told, { timeout: 5000 }).toEqual(expect.arrayContaining(wishes))
      const before = agent.notifications.length
      legacy.say('notifications/resources/updated', { uri: 'x:y' })
      const update = await agent.heardSince(before, 'notifications/resources/updated')
      expect(update.params).toEqual({ uri: 'gatehouse+legacy:x:y' })
    } finally {
      await agent.close()
    }
  })
})
