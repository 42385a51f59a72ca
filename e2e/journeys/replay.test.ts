/** Calls that were made, made again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { callModern } from '../peers/mcp-request.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const secret = 'secret-of-the-server-0123456789'
const listSchema = z.looseObject({ items: z.array(z.looseObject({ id: z.string() })) })

let gateway: RunningGateway
let server: RecordingServer
let key: string

beforeAll(async () => {
  server = await startRecordingServer()
  gateway = await startGateway()
  key = (await gateway.addKey({ name: 'ada', subject: 'ada' })).key
  await gateway.putSecret('token', secret)
  await gateway.putServer('notes', { url: server.url, app_auth: { type: 'bearer', token: { secret: 'token' } } })
})
afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

const call = (name: string, args: unknown = {}, slug = 'notes') =>
  callModern(`${gateway.dataUrl}/mcp/${slug}`, { key, params: { name, arguments: args } })
const newest = async (q: string) => {
  const { body } = await gateway.api('GET', `/exchanges?q=${encodeURIComponent(q)}`)
  const [item] = listSchema.parse(body).items
  if (item === undefined) throw new Error(`nothing is found by ${q}`)
  return (await gateway.api('GET', `/exchanges/${item.id}`)).body
}

describe('a replay', () => {
  it('sends the same again under today’s settings, linked both ways', async () => {
    await call('again', { n: 1 })
    const before = await newest('tool:again')
    server.answerWith(({ json }, response) => {
      if (at(json, 'method') !== 'tools/list') return false
      answerJson(response, 200, {
        jsonrpc: '2.0',
        id: at(json, 'id'),
        result: { resultType: 'complete', tools: [{ name: 'again', inputSchema: { type: 'object' } }] },
      })
      return true
    })
    const count = server.requests.length
    const made = await gateway.api('POST', `/exchanges/${String(at(before, 'id'))}/replay`, {})
    expect(made).toMatchObject({
      status: 200,
      body: { replayOf: at(before, 'id'), tool: 'again', caller: at(before, 'caller'), response: { events: [] } },
    })
    const sent = server.requests.slice(count).find(({ json }) => at(json, 'method') === 'tools/call')
    expect(at(sent?.json, 'params.arguments')).toEqual({ n: 1 })
    expect(sent?.header('authorization')).toBe(`Bearer ${secret}`)
    expect(await newest('tool:again replay:false')).toMatchObject({ replays: [at(made.body, 'id')] })
    const edited = await gateway.api('POST', `/exchanges/${String(at(before, 'id'))}/replay`, { arguments: { n: 2 } })
    expect(at(JSON.parse(String(at(edited.body, 'request.body'))), 'params.arguments')).toEqual({ n: 2 })
  })

  it('is refused while the gateway is paused, with nothing sent', async () => {
    const { id } = (await newest('tool:again replay:false')) as { id: string }
    await gateway.api('POST', '/pause')
    const count = server.requests.length
    const refused = await gateway.api('POST', `/exchanges/${id}/replay`, {})
    expect(refused).toMatchObject({ status: 503, body: { code: 'gateway_paused' } })
    expect(server.requests).toHaveLength(count)
    await gateway.api('POST', '/resume')
  })

  it('asks the server about the tool as the caller of then, where only they can ask it', async () => {
    await gateway.putServer('own', {
      url: server.url,
      outbound_headers: [{ type: 'stored_credential', header: 'x-own', secret: 'own', scope: 'user' }],
    })
    expect((await gateway.api('PUT', '/secrets/own?subject=ada', { value: 'of-ada-alone' })).status).toBe(200)
    server.answerWith(({ json }, response) => {
      if (at(json, 'method') !== 'tools/list') return false
      const tools = [{ name: 'mine', inputSchema: { type: 'object' } }]
      answerJson(response, 200, { jsonrpc: '2.0', id: at(json, 'id'), result: { resultType: 'complete', tools } })
      return true
    })
    await call('mine', { n: 1 }, 'own')
    const path = `/exchanges/${String(at(await newest('tool:mine'), 'id'))}/replay`
    expect(await gateway.api('POST', path)).toMatchObject({ status: 200, body: { tool: 'mine', server: 'own' } })
  })

  it('asks before a tool is called that destroys, and for what was masked', async () => {
    await call('wipe', { n: 1 })
    await call('masked', { token: secret })
    const [wipe, masked] = [await newest('tool:wipe'), await newest('tool:masked')]
    const tools = [
      { name: 'wipe', inputSchema: { type: 'object' }, annotations: { destructiveHint: true } },
      { name: 'masked', inputSchema: { type: 'object' } },
    ]
    server.answerWith(({ json }, response) => {
      if (at(json, 'method') !== 'tools/list') return false
      answerJson(response, 200, { jsonrpc: '2.0', id: at(json, 'id'), result: { resultType: 'complete', tools } })
      return true
    })
    const path = `/exchanges/${String(at(wipe, 'id'))}/replay`
    expect(await gateway.api('POST', path)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(await gateway.api('POST', path, { confirm: true })).toMatchObject({ status: 200 })
    const other = `/exchanges/${String(at(masked, 'id'))}/replay`
    expect(await gateway.api('POST', other)).toMatchObject({
      status: 409,
      body: { fix: 'Give the arguments to send.' },
    })
    expect(await gateway.api('POST', other, { arguments: {} })).toMatchObject({ status: 200 })
    expect(await gateway.api('POST', '/exchanges/nothing/replay')).toMatchObject({ status: 404 })
  })
})
