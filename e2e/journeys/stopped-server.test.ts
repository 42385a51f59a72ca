/** A server that a person stopped, over restarts of the gateway and changes of its configuration. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callModern, refusal, refused } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptedTool, scriptMcp } from '../peers/scripted-mcp.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let recording: RecordingServer
let scratch: string

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'gatehouse-stopped-'))
  recording = await startRecordingServer()
})

afterAll(async () => {
  await recording?.close()
  await rm(scratch, { recursive: true, force: true })
})

it('a server that is stopped stays so when the gateway is started again or its configuration changes, and lists say so', async () => {
  const dataDir = join(scratch, 'stays-stopped')
  const url = recording.url
  recording.answerWith(scriptMcp({ era: 'modern', tools: [scriptedTool('echo')] }).respond)
  const listed = async (of: RunningGateway, ownKey: string): Promise<unknown> => {
    const answer = await callModern(`${of.dataUrl}/mcp`, { key: ownKey, method: 'tools/list', params: {} })
    return at(answer.json, 'result._meta.gatehouse/unavailable')
  }
  const stateOf = async (of: RunningGateway): Promise<unknown> => (await of.api('GET', '/servers/held')).body
  const first = await startGateway({ dataDir })
  const ownKey = (await first.addKey({ name: 'agent' })).key
  await first.putServer('held', { url })
  expect(await listed(first, ownKey)).toBeUndefined()
  expect((await first.api('POST', '/servers/held/stop')).status).toBe(204)
  const unavailable = [{ server: 'held', code: 'server_disabled', reason: expect.stringContaining('stopped') }]
  recording.requests.length = 0
  expect(await listed(first, ownKey)).toEqual(unavailable)
  await first.kill()

  const second = await startGateway({ dataDir })
  expect(await stateOf(second)).toMatchObject({ state: { status: 'disabled' }, health: { stopped: true } })
  const direct = await callModern(`${second.dataUrl}/mcp/held`, { key: ownKey })
  expect(refusal(direct)).toEqual(refused(503, 'server_disabled'))
  expect(await listed(second, ownKey)).toEqual(unavailable)
  await second.putServer('held', { url, description: 'changed' })
  expect(await stateOf(second)).toMatchObject({ state: { status: 'disabled' }, health: { stopped: true } })
  expect(recording.requests).toEqual([])
  expect((await second.api('POST', '/servers/held/start')).status).toBe(200)
  expect(await listed(second, ownKey)).toBeUndefined()
  await second.kill()

  const third = await startGateway({ dataDir })
  expect(await stateOf(third)).toMatchObject({ state: { status: 'ready' }, health: { stopped: false } })
  await third.api('POST', '/servers/held/stop')
  await third.api('DELETE', '/servers/held')
  await third.putServer('held', { url })
  expect(await stateOf(third)).toMatchObject({ health: { stopped: false } })
  await third.stop()
})
