/** One tool's own credential where the gateway holds the session: on that tool's calls, and on nothing else. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { callModern } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordedRequest, type RecordingServer } from '../peers/recording-server.js'
import { scriptedTool, scriptMcp, type ScriptedMcp } from '../peers/scripted-mcp.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const everyday = 'planted-everyday-3391'
const breakGlass = 'planted-break-glass-8812'

let gateway: RunningGateway
let recording: RecordingServer
let mcp: ScriptedMcp
let key: string

beforeAll(async () => {
  ;[gateway, recording] = await Promise.all([startGateway(), startRecordingServer()])
  key = (await gateway.addKey({ name: 'agent' })).key
  await gateway.putSecret('everyday', everyday)
  await gateway.putSecret('break-glass', breakGlass)
  mcp = scriptMcp({ era: 'legacy', tools: [scriptedTool('look'), scriptedTool('purge')] })
})

afterAll(async () => {
  await gateway?.stop()
  await recording?.close()
})

beforeEach(() => recording.reset())

function sentWith({ method, header, json }: RecordedRequest): string {
  const credential = header('authorization')
  const name =
    credential === `Bearer ${breakGlass}` ? 'break-glass' : credential === `Bearer ${everyday}` ? 'everyday' : 'none'
  return `${[at(json, 'params.name'), at(json, 'method'), method].find((one) => typeof one === 'string') as string}: ${name}`
}

async function addServer(slug: string, app_auth?: object): Promise<void> {
  recording.answerWith(mcp.respond)
  await gateway.putServer(slug, {
    url: `${recording.url}/mcp`,
    connection: 'shared',
    ...(app_auth === undefined ? {} : { app_auth }),
    tools: { purge: { app_auth: { type: 'bearer', token: { secret: 'break-glass' } } } },
  })
}

const call = (slug: string, name: string) =>
  callModern(`${gateway.dataUrl}/mcp/${slug}`, { key, params: { name, arguments: {} } })

it('opens the session with the server’s credential where that tool’s call is the first, and its stream and end as well', async () => {
  await addServer('first-call', { type: 'bearer', token: { secret: 'everyday' } })
  expect((await call('first-call', 'purge')).status).toBe(200)
  expect((await call('first-call', 'look')).status).toBe(200)
  await gateway.api('DELETE', '/servers/first-call')
  while (!recording.requests.some(({ method }) => method === 'DELETE'))
    await recording.received(recording.requests.length + 1)
  const sent = recording.requests.map(sentWith)
  expect(sent).toContain('purge: break-glass')
  expect(sent).toContain('initialize: everyday')
  expect(sent).toContain('GET: everyday')
  expect(sent.filter((line) => line.endsWith('break-glass'))).toEqual(['purge: break-glass'])
  expect(sent.filter((line) => line.endsWith('none'))).toEqual([])
})
