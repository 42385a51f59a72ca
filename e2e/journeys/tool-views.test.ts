/** How tools look to agents: hidden, shown by glob, renamed, described anew, and checked before a call leaves. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callModern } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptMcp, scriptedTool, type ScriptedMcp } from '../peers/scripted-mcp.js'
import { connectV1, connectV2, connectV2Legacy, type Connect, type SdkAgent } from '../peers/sdk-agents.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let scripts: Record<string, ScriptedMcp>
let key: string
let limited: string

const numbers = {
  type: 'object',
  properties: { a: { type: 'number' }, b: { type: 'number' } },
  required: ['a', 'b'],
  additionalProperties: false,
}
const tools = [
  scriptedTool('write_note'),
  scriptedTool('add', numbers),
  scriptedTool('read_note'),
  scriptedTool('purge'),
  scriptedTool('read_all'),
  scriptedTool('taken'),
]

const view = {
  tools_shown: ['*_note', 'add', 'purge', 'taken'],
  tools: {
    write_note: { rename: 'save', description: 'Keeps a note.' },
    read_note: { hidden: true },
    add: { rename: 'taken' },
    purge: { rename: 'wipe', app_auth: { type: 'bearer', token: { secret: 'break-glass' } } },
    read_all: { hidden: false },
  },
}
/** What agents see, in the server's order: `taken` is the name of what was `add`. */
const shown = [
  ['save', 'write_note', 'Keeps a note.'],
  ['taken', 'add', 'add, as its server has it'],
  ['wipe', 'purge', 'purge, as its server has it'],
  ['read_all', 'read_all', 'read_all, as its server has it'],
] as const

const eras = ['legacy', 'modern'] as const

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  await gateway.putSecret('break-glass', 'glass-value')
  scripts = Object.fromEntries(eras.map((era) => [era, scriptMcp({ era, tools })]))
  server.answerWith((request, response) => scripts[request.url.slice(1)]?.respond(request, response))
  for (const era of eras) await gateway.putServer(era, { url: `${server.origin}/${era}`, ...view })
  key = (await gateway.addKey({ name: 'views' })).key
  // By the servers’ own names, whatever agents see.
  limited = (await gateway.addKey({ name: 'limited', tools: ['purge', 'save', 'taken', 'legacy/add'] })).key
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

beforeEach(() => void (server.requests.length = 0))

const calls = (): readonly unknown[] =>
  server.requests.filter(({ json }) => at(json, 'method') === 'tools/call').map(({ json }) => at(json, 'params.name'))

const agents: readonly (readonly [string, Connect])[] = [
  ['SDK v1', connectV1],
  ['SDK v2 of the older era', connectV2Legacy],
  ['SDK v2 of either era', connectV2],
]

const paths = eras.flatMap((era) => [[`/mcp/${era}`, era, ''] as const, ['/mcp', era, `${era}__`] as const])

describe.each(agents)('the tools of a server, to %s', (_title, connect) => {
  describe.each(paths)('at %s, of the %s server', (path, era, prefix) => {
    let agent: SdkAgent
    const call = (name: string, args = {}): Promise<unknown> =>
      agent.request('tools/call', { name: `${prefix}${name}`, arguments: args })

    const inOrder = async (): Promise<readonly (readonly [string, unknown])[]> => {
      const list = at(await agent.request('tools/list'), 'tools') as readonly unknown[]
      return list
        .map((tool) => [String(at(tool, 'name')), at(tool, 'description')] as const)
        .filter(([name]) => name.startsWith(prefix))
    }

    beforeAll(async () => {
      agent = await connect(`${gateway.dataUrl}${path}`, key)
    })
    afterAll(() => agent?.close())

    it('are those that are shown, in the server’s order, each time', async () => {
      const expected = shown.map(([name, , description]) => [`${prefix}${name}`, description])
      for (let round = 0; round < 3; round += 1) expect(await inOrder()).toEqual(expected)
    })

    it('are called by the names that are shown, and by the server’s own on the way out', async () => {
      for (const [name, own] of shown) {
        const args = own === 'add' ? { a: 1, b: 2 } : {}
        expect(await call(name, args)).toMatchObject({ content: [{ text: JSON.stringify(own) }] })
      }
      expect(calls()).toEqual(shown.map(([, own]) => own))
      const named = server.requests.map((request) => request.header('mcp-name')).filter((name) => name !== undefined)
      expect(named).toEqual(era === 'modern' ? calls() : [])
    })

    it('use the credential of their own, by the server’s own name', async () => {
      await call('wipe')
      await call('save')
      const sent = server.requests.filter(({ json }) => at(json, 'method') === 'tools/call')
      expect(sent.map((request) => request.header('authorization'))).toEqual(['Bearer glass-value', undefined])
    })

    it.each(['write_note', 'add', 'purge', 'read_note'])(
      'are not there under a name that is not shown (%s)',
      async (name) => {
        expect(await call(name)).toMatchObject({ error: { code: -32602 } })
        expect(calls()).toEqual([])
      },
    )

    it('take no arguments that do not fit: the server sees nothing of it, and the agent reads why', async () => {
      await inOrder()
      server.requests.length = 0
      const refused = await call('taken', { a: 'one', c: 3 })
      expect(refused).toMatchObject({ isError: true, content: [{ type: 'text' }] })
      const text = at(refused, 'content.0.text')
      for (const mistake of ["must have required property 'b'", 'a: must be number', '"c"'])
        expect(text).toContain(mistake)
      expect(server.requests).toEqual([])
      expect(await call('taken', { a: 1, b: 2 })).not.toMatchObject({ isError: true })
      expect(calls()).toEqual(['add'])
    })
  })
})

describe('a key that is limited to tools', () => {
  const list = async (path: string): Promise<unknown> => {
    const answer = await callModern(`${gateway.dataUrl}${path}`, { key: limited, method: 'tools/list', params: {} })
    return (at(answer.json, 'result.tools') as readonly unknown[]).map((tool) => at(tool, 'name'))
  }

  it('means them by the server’s own names', async () => {
    expect(await list('/mcp/legacy')).toEqual(['taken', 'wipe'])
    expect(await list('/mcp/modern')).toEqual(['wipe'])
    expect(await list('/mcp')).toEqual(['legacy__taken', 'legacy__wipe', 'modern__wipe'])
  })

  it.each([
    ['/mcp/legacy', 'wipe', 'purge'],
    ['/mcp/legacy', 'save', undefined],
    ['/mcp/modern', 'taken', undefined],
    ['/mcp', 'legacy__taken', 'add'],
    ['/mcp', 'modern__wipe', 'purge'],
    ['/mcp', 'legacy__save', undefined],
    ['/mcp', 'modern__taken', undefined],
  ])('reaches at %s with %s: %s', async (path, name, own) => {
    const params = { name, arguments: own === 'add' ? { a: 1, b: 2 } : {} }
    const answer = await callModern(`${gateway.dataUrl}${path}`, { key: limited, params })
    expect(at(answer.json, 'error') === undefined).toBe(own !== undefined)
    expect(calls()).toEqual(own === undefined ? [] : [own])
  })
})

describe('what is recorded of a renamed tool', () => {
  it.each([
    ['/mcp/legacy', 'save'],
    ['/mcp', 'legacy__save'],
  ])('at %s names it as its server does', async (path, name) => {
    const headers = { 'x-request-id': `e2e-view-${name}` }
    await callModern(`${gateway.dataUrl}${path}`, { key, params: { name, arguments: {} }, headers })
    const { body } = await gateway.api('GET', `/exchanges?tool=write_note&status=200&q=e2e-view-${name}`)
    expect(at(body, 'items')).toMatchObject([{ server: 'legacy', tool: 'write_note' }])
  })
})

describe('arguments at /mcp', () => {
  it('are checked in a session that is opened after the list was read', async () => {
    const url = `${gateway.dataUrl}/mcp`
    await callModern(url, { key, method: 'tools/list', params: {} })
    await gateway.api('POST', '/servers/legacy/restart')
    server.requests.length = 0
    const answer = await callModern(url, { key, params: { name: 'legacy__taken', arguments: {} } })
    expect(at(answer.json, 'result.isError')).toBe(true)
    expect(calls()).toEqual([])
  })
})

describe.each(agents)('tools that come to look otherwise while %s listens', (title, connect) => {
  it.each(eras)('are told of at the path of the %s server, and nothing else that is open ends', async (era) => {
    const slug = `looks-${era}-${title}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
    const config = (description: string) => ({ url: `${server.origin}/${era}`, tools: { purge: { description } } })
    await gateway.putServer(slug, config('as before'))
    const agent = await connect(`${gateway.dataUrl}/mcp/${slug}`, key)
    await agent.listenForLists()
    const described = async (): Promise<unknown> => {
      const list = at(await agent.request('tools/list'), 'tools') as readonly unknown[]
      return at(
        list.find((tool) => at(tool, 'name') === 'purge'),
        'description',
      )
    }
    expect(await described()).toBe('as before')
    const before = agent.notifications.length
    server.requests.length = 0
    await gateway.putServer(slug, config('in other words'))
    await agent.heardSince(before, 'notifications/tools/list_changed')
    expect(await described()).toBe('in other words')
    const methods = server.requests.map(({ method, json }) => at(json, 'method') ?? method)
    expect(methods.filter((method) => method !== 'tools/list')).toEqual([])
    await agent.close()
  })
})

describe('settings of tools that cannot be done', () => {
  const profileOf = (settings: object): object => ({
    gatehouse: 1,
    name: 'local',
    mcpServers: Object.fromEntries(eras.map((era) => [era, { url: `${server.origin}/${era}`, ...settings }])),
  })

  it.each([
    [
      'two that are renamed to one name',
      { a: { rename: 'x' }, b: { rename: 'x' } },
      'tools.b.rename',
      '"a" is renamed',
    ],
    [
      'one that is renamed to another’s name',
      { a: { rename: 'b' }, b: { description: 'B' } },
      'tools.a.rename',
      'of this name',
    ],
  ])('are refused where the settings alone tell: %s', async (_, settings, path, message) => {
    const put = await gateway.api('PUT', '/servers/refused', { url: server.url, tools: settings })
    expect(put).toMatchObject({ status: 422, body: { errors: [{ path, message: expect.stringContaining(message) }] } })
    const applied = await gateway.api('POST', '/profiles?dryRun=true', profileOf({ tools: settings }))
    expect(applied).toMatchObject({ status: 422 })
    expect(at(applied.body, 'errors.0.path')).toBe(`mcpServers.legacy.${path}`)
    expect(at(applied.body, 'errors.0.message')).toContain(message)
  })

  it('hold where no two tools that are shown have one name', async () => {
    const settings = { a: { rename: 'b' }, b: { rename: 'a' }, c: { rename: 'd' }, d: { hidden: true } }
    expect((await gateway.api('PUT', '/servers/swapped', { url: server.url, tools: settings })).status).toBe(201)
  })

  it('are named in the server’s state, and where a profile is applied, once the server has listed its tools', async () => {
    await callModern(`${gateway.dataUrl}/mcp/modern`, { key, method: 'tools/list', params: {} })
    const problem = expect.stringContaining('"taken" is not shown, as "add" is renamed to that')
    const { body } = await gateway.api('GET', '/servers/modern')
    expect(at(body, 'state.warnings')).toEqual([problem])
    const dryRun = await gateway.api(
      'POST',
      '/profiles?dryRun=true',
      profileOf({ tools: { purge: { rename: 'read_all' } } }),
    )
    expect(at(dryRun.body, 'warnings')).toContainEqual(
      expect.stringContaining('mcpServers.modern.tools: "read_all" is not shown, as "purge" is renamed to that'),
    )
    // Another address has other tools.
    const elsewhere = profileOf({ tools: { purge: { rename: 'read_all' } }, url: `${server.origin}/elsewhere` })
    expect(at((await gateway.api('POST', '/profiles?dryRun=true', elsewhere)).body, 'warnings')).toEqual([])
  })
})
