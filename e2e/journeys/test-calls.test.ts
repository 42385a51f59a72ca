/** The control API's own way to a first call: the demo server, and a call through the data port without an agent. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectV1, connectV2 } from '../peers/sdk-agents.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway

beforeAll(async () => void (gateway = await startGateway()))
afterAll(() => gateway?.stop())

it('registers the demo server once, beside a server of that name', async () => {
  await gateway.putServer('demo', { url: 'https://mcp.example.com/mcp' })
  for (let times = 0; times < 2; times++)
    expect(await gateway.api('POST', '/demo-server')).toMatchObject({
      status: 200,
      body: { slug: 'demo-2', url: `${gateway.dataUrl}/demo/mcp`, state: { status: 'ready' } },
    })
  expect(at((await gateway.api('GET', '/servers')).body, 'items')).toHaveLength(2)
})

it('calls with one key of the local user, which is made anew when somebody revokes it', async () => {
  const call = (): ReturnType<RunningGateway['api']> =>
    gateway.api('POST', '/test-calls', { server: 'demo-2', tool: 'echo', arguments: { text: 'hello' } })
  expect(await call()).toMatchObject({
    status: 200,
    body: { tool: 'echo', caller: { subject: 'local', method: 'api_key' }, response: { status: 200 } },
  })
  await call()
  const keys = async (): Promise<readonly { id: string }[]> =>
    at((await gateway.api('GET', '/keys')).body, 'items') as { id: string }[]
  const [first, ...others] = await keys()
  expect(others).toEqual([])
  await gateway.api('DELETE', `/keys/${first?.id ?? ''}`)
  expect(await call()).toMatchObject({ status: 200, body: { response: { status: 200 } } })
  expect((await keys()).map(({ id }) => id)).not.toContain(first?.id)
})

it('answers with the exchange whatever became of the call, and refuses a server that is not there', async () => {
  await gateway.putServer('gone', { url: 'http://127.0.0.1:9/mcp' })
  expect(await gateway.api('POST', '/test-calls', { server: 'gone' })).toMatchObject({
    status: 200,
    body: { method: 'tools/list', errorCode: 'server_unreachable' },
  })
  expect(await gateway.api('POST', '/test-calls', { server: 'nobody' })).toMatchObject({ status: 404 })
})

it('lets agents of either era see what the demo server sees', async () => {
  const { key } = await gateway.addKey({ name: 'agent' })
  for (const connect of [connectV1, connectV2]) {
    const agent = await connect(`${gateway.dataUrl}/mcp/demo-2`, key)
    const shown = JSON.stringify(await agent.request('tools/call', { name: 'show_headers', arguments: {} }))
    expect(shown).toContain('x-request-id')
    expect(shown).not.toContain(key)
    await agent.close()
  }
})
