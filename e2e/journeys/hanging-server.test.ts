/** A server that takes connections and says nothing when a session is to be opened with it. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callModern, refusal, refused } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptedTool, scriptMcp } from '../peers/scripted-mcp.js'
import { at, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let keys: readonly string[]

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway(), startRecordingServer()])
  const added = await Promise.all(['a', 'b', 'c'].map((name) => gateway.addKey({ name })))
  keys = added.map(({ key }) => key)
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

const call = (slug: string, key = ''): Promise<Answer> => callModern(`${gateway.dataUrl}/mcp/${slug}`, { key })
const detailOf = (answer: Answer): string => String(at(answer.json, 'error.data.detail'))

it.each(['shared', 'per_caller'])(
  'costs one call its time limit, and the others nothing until it is back (%s)',
  async (connection) => {
    const slug = `hangs-${connection.replace('_', '-')}`
    server.answerWith(() => true)
    await gateway.putServer(slug, {
      url: server.url,
      connection,
      transport: 'streamable-http',
      timeout_ms: 1000,
      tools_shown: ['*'],
    })
    const first = await call(slug, keys[0])
    expect(refusal(first)).toEqual(refused(504, 'server_timeout'))
    expect(detailOf(first)).toContain('(server/discover)')
    server.requests.length = 0
    const others = await Promise.all(keys.map((key) => call(slug, key)))
    expect(others.map(refusal)).toEqual(keys.map(() => refused(504, 'server_timeout')))
    for (const other of others) expect(detailOf(other)).toMatch(/^The server hangs, and is tried again in \d+ s\./)
    expect(server.requests).toEqual([])
    expect((await gateway.api('GET', `/servers/${slug}`)).body).toMatchObject({
      state: { status: 'unreachable', reason: expect.stringContaining('The server hangs') },
    })
    server.answerWith(scriptMcp({ era: 'modern', tools: [scriptedTool('echo')] }).respond)
    await expect.poll(async () => (await call(slug, keys[0])).status, { timeout: 10_000 }).toBe(200)
    const back = await Promise.all(keys.map((key) => call(slug, key)))
    expect(back.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await gateway.api('GET', `/servers/${slug}`)).body).toMatchObject({ state: { status: 'ready' } })
  },
)
