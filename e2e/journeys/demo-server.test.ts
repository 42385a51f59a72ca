/** The gateway's own server to try things out with. */
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
