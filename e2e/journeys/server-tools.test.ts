/** What a person does with a server's tools by the control API, and what would be sent if a server were saved otherwise. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runGatehouse } from '../peers/command-line.js'
import { callModern } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptMcp, scriptedTool, type ScriptedMcp } from '../peers/scripted-mcp.js'
import { at, send } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let script: ScriptedMcp
const secret = 'canary-of-the-draft-4711'

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  script = scriptMcp({ era: 'modern', tools: [scriptedTool('read_note'), scriptedTool('purge')] })
  server.answerWith((request, response) => script.respond(request, response))
  const tools = { purge: { hidden: true }, read_note: { rename: 'read' } }
  await gateway.putServer('notes', { url: server.url, tools })
})
afterAll(async () => {
  await server?.close()
  await gateway?.stop()
})

describe('tools', () => {
  it('are listed by the server’s own names, hidden ones too', async () => {
    const { status, body } = await gateway.api('GET', '/servers/notes/tools')
    expect([status, body]).toMatchObject([200, { items: [{ name: 'read_note' }, { name: 'purge' }] }])
    expect(at(body, 'items.0.inputSchema')).toBeTypeOf('object')
  })

  it('are called by the names that agents know, and the exchange is answered', async () => {
    const { status, body } = await gateway.api('POST', '/servers/notes/calls', { tool: 'read', arguments: { a: 1 } })
    expect([status, body]).toMatchObject([
      200,
      { server: 'notes', method: 'tools/call', caller: { id: 'local' }, response: { status: 200 } },
    ])
    expect(server.requests.some(({ json }) => at(json, 'params.name') === 'read_note')).toBe(true)
  })

  it('that are hidden are not called', async () => {
    const before = server.requests.length
    const { body } = await gateway.api('POST', '/servers/notes/calls', { tool: 'purge' })
    expect(JSON.stringify(at(body, 'response.body'))).toMatch(/error/)
    const calls = server.requests.slice(before).filter(({ json }) => at(json, 'method') === 'tools/call')
    expect(calls).toEqual([])
  })

  it('are counted with what else it offers, and told of with what it says it is', async () => {
    expect(await gateway.api('GET', '/servers/notes/offers')).toEqual({ status: 200, body: { tools: 2 } })
    const { body } = await gateway.api('GET', '/servers/notes')
    expect(at(body, 'health')).toMatchObject({ capabilities: expect.arrayContaining(['tools']) as unknown })
  })

  it('are asked about where they may destroy something, and where nothing is known of them', async () => {
    const annotated = (name: string, annotations: object): never => ({ ...scriptedTool(name), annotations }) as never
    script.script.tools = [
      annotated('wipe', { destructiveHint: true }),
      annotated('change', { readOnlyHint: false }),
      annotated('add', { readOnlyHint: false, destructiveHint: false }),
      annotated('look', { readOnlyHint: true, destructiveHint: true }),
    ]
    const came = (): readonly unknown[] =>
      server.requests
        .filter(({ json }) => at(json, 'method') === 'tools/call')
        .map(({ json }) => at(json, 'params.name'))
    const before = came().length
    const call = (tool: string, confirm?: boolean): ReturnType<RunningGateway['api']> =>
      gateway.api('POST', '/servers/notes/calls', { tool, ...(confirm === undefined ? {} : { confirm }) })
    for (const tool of ['wipe', 'change', 'unheard_of'])
      expect(await call(tool)).toMatchObject({ status: 409, body: { errors: [{ path: 'confirm' }] } })
    expect(came()).toHaveLength(before)
    for (const tool of ['add', 'look']) expect(await call(tool)).toMatchObject({ status: 200 })
    expect(await call('wipe', true)).toMatchObject({ status: 200 })
    expect(came().slice(before)).toEqual(['add', 'look', 'wipe'])
    await expect(runGatehouse(gateway, 'servers', 'call', 'notes', 'wipe')).rejects.toMatchObject({ code: 1 })
    expect(came()).toHaveLength(before + 3)
    expect(await runGatehouse(gateway, 'servers', 'call', 'notes', 'wipe', '--confirm')).toContain('200, exchange')
    expect(came()).toHaveLength(before + 4)
  })

  it('need a server', async () => {
    expect(await gateway.api('GET', '/servers/nobody/offers')).toMatchObject({ status: 404 })
    expect(await gateway.api('GET', '/servers/nobody/tools')).toMatchObject({ status: 404 })
    expect(await gateway.api('POST', '/servers/nobody/calls', {})).toMatchObject({ status: 404 })
  })
})

describe('a server that is not saved', () => {
  const config = () => ({ url: server.url, app_auth: { type: 'bearer', token: { secret: 'draft' } } })

  it('is explained as it would be sent, and nothing is saved', async () => {
    await gateway.putSecret('draft', secret)
    const { status, body } = await gateway.api('POST', '/explain', { server: 'notes', config: config() })
    expect([status, at(body, 'allowed')]).toEqual([200, true])
    expect(body).toMatchObject({
      outbound: expect.arrayContaining([
        expect.objectContaining({ name: 'authorization', masked: true, disposition: 'injected' }),
      ]),
    })
    expect(JSON.stringify(body)).not.toContain(secret)
    expect((await gateway.api('GET', '/servers/notes')).body).not.toHaveProperty('app_auth')
    expect((await gateway.api('GET', '/secrets')).body).toMatchObject({ items: [{ name: 'draft', destinations: [] }] })
  })

  it('need not exist', async () => {
    expect(await gateway.api('POST', '/explain', { server: 'other', config: config() })).toMatchObject({ status: 200 })
    expect(await gateway.api('GET', '/servers/other')).toMatchObject({ status: 404 })
  })

  it('is refused as saving it would be', async () => {
    const wrong = { ...config(), app_auth: { type: 'bearer' } }
    expect(await gateway.api('POST', '/explain', { server: 'notes', config: wrong })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'app_auth.token' }] },
    })
    const outbound_headers = [{ type: 'custom', header: 'Authorization', value: 'x' }]
    expect(
      await gateway.api('POST', '/explain', { server: 'notes', config: { ...config(), outbound_headers } }),
    ).toMatchObject({ status: 422, body: { code: 'header_conflict' } })
  })
})

it('without recording nothing is kept, calls pass and are counted, and none is made whose answer nobody could see', async () => {
  const silent = await startGateway({ args: ['--no-recording'] })
  try {
    await silent.putServer('notes', { url: server.url })
    const { key } = await silent.addKey({ name: 'agent' })
    const before = server.requests.length
    expect((await callModern(`${silent.dataUrl}/mcp/notes`, { key, params: { name: 'look' } })).status).toBe(200)
    expect(server.requests).toHaveLength(before + 1)
    expect((await silent.api('GET', '/exchanges')).body).toEqual({ items: [] })
    expect((await send(`${silent.dataUrl}/metrics`)).text).toMatch(/^gatehouse_requests_total 1$/m)
    expect(await silent.api('POST', '/servers/notes/calls', { tool: 'look', confirm: true })).toMatchObject({
      status: 409,
      body: { fix: expect.stringContaining('--no-recording') as string },
    })
    expect(server.requests).toHaveLength(before + 1)
  } finally {
    await silent.stop()
  }
})
