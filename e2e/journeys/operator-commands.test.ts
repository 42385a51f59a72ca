/** What a person at the command line decides, keeps and watches. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runGatehouse } from '../peers/command-line.js'
import { callModern } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptedTool, scriptMcp } from '../peers/scripted-mcp.js'
import { at, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const entry = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))
let gateway: RunningGateway
let server: RecordingServer
let key: string

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  key = (await gateway.addKey({ name: 'agent', subject: 'ada' })).key
  await gateway.putServer('direct', { url: server.url })
  const tools = ['echo', 'write', 'exported', 'other'].map((name) => scriptedTool(name))
  server.answerWith(scriptMcp({ era: 'modern', tools }).respond)
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

const call = (path: string, tool: string): Promise<Answer> =>
  callModern(gateway.dataUrl + path, { key, params: { name: tool, arguments: {} } })

async function waiting(): Promise<{ readonly id: string }> {
  for (;;) {
    const { body } = await gateway.api('GET', '/approvals')
    const [first] = at(body, 'items') as { id: string }[]
    if (first !== undefined) return first
  }
}
/** A command that goes on until it is ended. */
function followed(...args: string[]): { first(): string | undefined; end(): void } {
  const child = spawn(process.execPath, [entry, ...args, '--data-dir', gateway.dataDir])
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  return { first: () => (text.includes('\n') ? text.split('\n')[0] : undefined), end: () => void child.kill() }
}

describe('an approval that is remembered', () => {
  it('counts for the same tool and caller, and until the policies change', async () => {
    const ask = (id: string): string => `@id("${id}") @decision("ask")\nforbid(principal, action, resource);`
    await gateway.api('PUT', '/policies/all', { text: ask('all') })
    const first = call('/mcp/direct', 'echo')
    const { id } = await waiting()
    const second = call('/mcp/direct', 'echo')
    expect(await runGatehouse(gateway, 'approvals', 'allow', id, '--remember', '1h')).toContain('for 1h')
    expect((await first).status).toBe(200)
    expect((await second).status).toBe(200)
    expect((await call('/mcp/direct', 'echo')).status).toBe(200)
    const { body } = await gateway.api('GET', '/exchanges?limit=1')
    expect(at(body, 'items.0')).toMatchObject({
      verdict: { reason: expect.stringContaining('for a while') as string },
    })
    for (const change of [async () => undefined, () => gateway.api('PUT', '/policies/all', { text: ask('others') })]) {
      await change()
      const other = call('/mcp/direct', 'write')
      const asked = await waiting()
      await gateway.api('POST', `/approvals/${asked.id}`, { decision: 'deny' })
      expect((await other).status).toBe(403)
    }
    const again = call('/mcp/direct', 'echo')
    const asked = await waiting()
    expect(await gateway.api('POST', `/approvals/${asked.id}`, { decision: 'deny', rememberMs: 5000 })).toMatchObject({
      status: 422,
    })
    await gateway.api('POST', `/approvals/${asked.id}`, { decision: 'deny' })
    expect((await again).status).toBe(403)
    await gateway.api('DELETE', '/policies/all')
  })
})

describe('the command line', () => {
  it('keeps filters, lists and follows by them, and changes settings', async () => {
    const gatehouse = async (...args: string[]): Promise<unknown> =>
      JSON.parse(await runGatehouse(gateway, ...args, '--json'))
    await gatehouse('exchanges', 'filters', 'add', 'exports', 'tool:exported')
    expect(at(await gatehouse('exchanges', 'filters', 'list'), 'items')).toEqual([
      expect.objectContaining({ name: 'exports', q: 'tool:exported' }),
    ])
    await call('/mcp/direct', 'exported')
    await call('/mcp/direct', 'other')
    expect(at(await gatehouse('exchanges', 'list', '--saved', 'exports'), 'items')).toEqual([
      expect.objectContaining({ tool: 'exported' }),
    ])
    const watched = followed('exchanges', 'list', '--follow', '--saved', 'exports', '--json')
    // Whoever follows may not have been there for the first.
    while (watched.first() === undefined) await call('/mcp/direct', 'exported')
    expect(JSON.parse(watched.first() ?? '')).toMatchObject({ tool: 'exported', server: 'direct' })
    watched.end()
    await gatehouse('exchanges', 'filters', 'remove', 'exports')
    expect(await gatehouse('settings', 'set', 'exchanges.maxAgeDays=7')).toMatchObject({ exchanges: { maxAgeDays: 7 } })
    expect(await gatehouse('settings', 'show')).toMatchObject({ exchanges: { maxAgeDays: 7 } })
  })

  it('shows and removes what is named, and says which verbs a noun takes', async () => {
    const gatehouse = async (...args: string[]): Promise<unknown> =>
      JSON.parse(await runGatehouse(gateway, '--json', ...args))
    const made = await gatehouse('agents', 'add', 'editor')
    const [id, base] = [String(at(made, 'keyId')), `${gateway.dataUrl}/agents/editor/mcp`]
    expect(at(made, 'urls')).toEqual({ direct: `${base}/direct`, '*': base })
    expect(await gatehouse('agents', 'show', 'editor')).toMatchObject({ name: 'editor', keys: [{ id }] })
    expect(await gatehouse('keys', 'show', id)).toMatchObject({ id, agent: 'editor' })
    expect(await gatehouse('agents', 'remove', 'editor')).toEqual({ name: 'editor', removed: true })
    await expect(gatehouse('keys', 'show', id)).rejects.toMatchObject({ code: 1 })
    await gateway.putSecret('kept', 'value')
    expect(await gatehouse('secrets', 'show', 'kept')).toMatchObject({ name: 'kept', usedBy: [] })
    await expect(gatehouse('secrets', 'add', 'kept')).rejects.toMatchObject({ code: 1 })
    expect(at(await gatehouse('profiles', 'list'), 'items')).toEqual([expect.objectContaining({ name: 'local' })])
    await gateway.putServer('second', { url: server.url })
    expect(await gatehouse('profiles', 'show', 'local')).toMatchObject({ mcpServers: { second: { url: server.url } } })
    await expect(gatehouse('issuances', 'remove', 'x')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected one of list, show') as string,
    })
    expect(await gatehouse('profiles', 'remove', 'local')).toEqual({ name: 'local', removed: true })
    expect(at(await gatehouse('servers', 'list'), 'items')).toEqual([])
  })
})
