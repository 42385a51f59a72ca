/** Two gateways on one data directory: each sees what the other was told, and commands always find one that runs. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callModern, refusal, refused } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let server: RecordingServer
let first: RunningGateway
let second: RunningGateway
let key: string

beforeAll(async () => {
  server = await startRecordingServer()
  first = await startGateway()
  second = await startGateway({ dataDir: first.dataDir })
  key = (await first.addKey({ name: 'agent' })).key
})
afterAll(async () => {
  await second?.stop()
  await first?.stop()
  await server?.close()
})
beforeEach(() => server.reset())

/** Longer than the second after which each looks what the other has done. */
const soon = { timeout: 5000 }
const app_auth = { type: 'bearer', token: { secret: 'token' } }
const statusAt = async ({ dataUrl }: RunningGateway, slug: string, agent = key): Promise<number> =>
  (await callModern(`${dataUrl}/mcp/${slug}`, { key: agent })).status

describe('what one gateway is told', () => {
  it('the other one serves: servers, keys, and secrets that have changed', async () => {
    await first.putSecret('token', 'value-one')
    await first.putServer('shared-vault', { url: server.url, app_auth })
    await expect.poll(() => statusAt(second, 'shared-vault'), soon).toBe(200)
    expect(server.requests.at(-1)?.header('authorization')).toBe('Bearer value-one')
    await first.putSecret('token', 'value-two')
    await expect
      .poll(async () => {
        await statusAt(second, 'shared-vault')
        return server.requests.at(-1)?.header('authorization')
      }, soon)
      .toBe('Bearer value-two')
    await first.api('DELETE', '/servers/shared-vault')
    await expect.poll(() => statusAt(second, 'shared-vault'), soon).toBe(404)
  })

  it('the other one refuses: a key that was revoked', async () => {
    await first.putServer('revoked', { url: server.url })
    const { id, key: own } = await first.addKey({ name: 'short' })
    await expect.poll(() => statusAt(second, 'revoked', own), soon).toBe(200)
    await first.api('DELETE', `/keys/${id}`)
    await expect
      .poll(async () => refusal(await callModern(`${second.dataUrl}/mcp/revoked`, { key: own })), soon)
      .toEqual(refused(401, 'unauthenticated'))
  })

  it('is what the other one’s next change is made upon', async () => {
    const profile = (name: string) => ({ gatehouse: 1, name, mcpServers: { claimed: { url: server.url } } })
    expect((await first.api('POST', '/profiles', profile('one'))).status).toBe(200)
    const answer = await second.api('POST', '/profiles', profile('two'))
    expect([answer.status, at(answer.body, 'code')]).toEqual([422, 'profile_invalid'])
    await second.api('PATCH', '/servers/claimed', { description: 'by the second' })
    await first.api('PATCH', '/servers/claimed', { timeout_ms: 5000 })
    expect((await second.api('GET', '/servers/claimed')).body).toMatchObject({ description: 'by the second' })
    expect((await first.api('GET', '/servers/claimed')).body).toMatchObject({
      description: 'by the second',
      timeout_ms: 5000,
    })
  })
})

describe('run.json', () => {
  const command = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))
  const run = async (): Promise<unknown> => JSON.parse(await readFile(join(first.dataDir, 'run.json'), 'utf8'))
  const list = (): Promise<unknown> =>
    promisify(execFile)(process.execPath, [command, 'servers', 'list', '--json', '--data-dir', first.dataDir])

  it('is the last one’s to start, and the other one’s again when that stops or is killed', async () => {
    expect(await run()).toMatchObject({ pid: second.pid, controlUrl: second.controlUrl })
    const third = await startGateway({ dataDir: first.dataDir })
    expect(await run()).toMatchObject({ pid: third.pid })
    await third.stop()
    expect(await run()).toMatchObject({ pid: second.pid })
    await list()
    const fourth = await startGateway({ dataDir: first.dataDir })
    await fourth.kill()
    // Nobody took its file away: commands find another one all the same.
    await list()
    const left = (await readdir(first.dataDir)).filter((name) => name.startsWith('run'))
    expect(left.sort()).toEqual(['run.json', `run.${first.pid}.json`, `run.${second.pid}.json`].sort())
  })

  it('is not touched by a start on ports that are taken', async () => {
    const before = await run()
    const ports = ['--port', new URL(first.dataUrl).port, '--control-port', new URL(first.controlUrl).port]
    const started = promisify(execFile)(process.execPath, [command, 'serve', ...ports, '--data-dir', first.dataDir])
    await expect(started).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(ports[1] ?? '') })
    expect(await run()).toEqual(before)
  })
})
