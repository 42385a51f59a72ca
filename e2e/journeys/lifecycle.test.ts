/** Start, stop, kill and start again: what was acknowledged is there, what was private is not left behind. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { callModern, openSession, refusal, refused } from '../peers/mcp-request.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at, send } from '../peers/send.js'
import { startGateway, testPassphrase } from '../peers/start-gateway.js'

let server: RecordingServer
let scratch: string

beforeAll(async () => {
  server = await startRecordingServer()
  scratch = await mkdtemp(join(tmpdir(), 'gatehouse-lifecycle-'))
})

afterAll(async () => {
  await server?.close()
  await rm(scratch, { recursive: true, force: true })
})

beforeEach(() => server.reset())

const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

describe('a kill right after an acknowledgement', () => {
  it('loses no server, secret or key, and brings back none that was deleted', async () => {
    const dataDir = join(scratch, 'killed')
    const app_auth = { type: 'bearer', token: { secret: 'token' } }
    let key = ''
    let revokedId = ''
    let revokedKey = ''
    for (let round = 0; round < 4; round += 1) {
      const gateway = await startGateway({ dataDir })
      if (round > 0) {
        server.reset()
        expect((await callModern(`${gateway.dataUrl}/mcp/round-${round - 1}`, { key })).status).toBe(200)
        expect(server.requests[0]?.header('authorization')).toBe(`Bearer value-${round - 1}`)
        const refusedKey = await callModern(`${gateway.dataUrl}/mcp/round-${round - 1}`, { key: revokedKey })
        expect(refusal(refusedKey)).toEqual(refused(401, 'unauthenticated'))
        expect(at((await gateway.api('GET', '/keys')).body, 'items')).not.toEqual(
          expect.arrayContaining([expect.objectContaining({ id: revokedId })]),
        )
      }
      ;({ id: revokedId, key: revokedKey } = await gateway.addKey({ name: `revoked-${round}` }))
      expect((await gateway.api('DELETE', `/keys/${revokedId}`)).status).toBeLessThan(300)
      await gateway.putServer(`round-${round}`, { url: server.url, app_auth })
      await gateway.putSecret('token', `value-${round}`)
      ;({ key } = await gateway.addKey({ name: `round-${round}` }))
      await gateway.kill()
    }
  })
})

describe('a stop', () => {
  it('finishes what is in flight, exits 0 and takes run.json with it', async () => {
    const gateway = await startGateway({ dataDir: join(scratch, 'stopped') })
    const run = join(gateway.dataDir, 'run.json')
    expect(await mode(gateway.dataDir)).toBe('700')
    expect(await mode(run)).toBe('600')
    const log = join(gateway.dataDir, 'logs/gateway.log')
    expect([await mode(dirname(log)), await mode(log)]).toEqual(['700', '600'])
    expect(await readFile(run, 'utf8')).toContain(gateway.controlToken)
    await gateway.putServer('slow', { url: server.url })
    const { key } = await gateway.addKey({ name: 'agent' })
    let answer = (): void => undefined
    server.answerWith((request, response) => {
      const id = at(request.json, 'id')
      answer = () => answerJson(response, 200, { jsonrpc: '2.0', id, result: { resultType: 'complete', content: [] } })
    })
    const call = callModern(`${gateway.dataUrl}/mcp/slow`, { key })
    await server.received(1)
    const stopped = gateway.stop()
    // From here on nobody is let in; the call that was there before is.
    const refusedLate = async (): Promise<void> => {
      for (;;) await send(`${gateway.dataUrl}/healthz`)
    }
    await expect(refusedLate()).rejects.toThrow(/ECONNREFUSED|ECONNRESET|socket hang up/)
    answer()
    expect((await call).status).toBe(200)
    expect(await stopped).toBe(0)
    expect(existsSync(run)).toBe(false)
    expect(gateway.stderr()).toContain('"msg":"stopping"')
    expect(await readFile(log, 'utf8')).toBe(gateway.stderr())
  })

  it('does not wait for open streams beyond its five seconds', async () => {
    const gateway = await startGateway()
    await gateway.putServer('stream', { url: server.url })
    const { key } = await gateway.addKey({ name: 'agent' })
    const url = `${gateway.dataUrl}/mcp/stream`
    const session = await openSession(url, key)
    server.reset()
    const headers = { 'x-gatehouse-apikey': key, 'mcp-session-id': session, accept: 'text/event-stream' }
    const stream = send(url, { headers }).catch(() => undefined)
    await server.received(1)
    const startedAt = performance.now()
    expect(await gateway.stop()).toBe(0)
    expect(performance.now() - startedAt).toBeLessThan(7000)
    await stream
  })
})

describe('a start', () => {
  it('without a key to the vault answers agents with 503 until a first passphrase makes it', async () => {
    const gateway = await startGateway({ withoutPassphrase: true })
    try {
      expect(at((await gateway.api('GET', '/status')).body, 'vault')).toBe('uninitialized')
      expect(refusal(await callModern(`${gateway.dataUrl}/mcp/x`, { key: 'gh_sk_x' }))).toEqual(
        refused(503, 'vault_locked'),
      )
      expect((await send(`${gateway.dataUrl}/readyz`)).status).toBe(503)
      expect((await gateway.api('POST', '/unlock', { passphrase: testPassphrase })).status).toBe(204)
      expect(at((await gateway.api('GET', '/status')).body, 'vault')).toBe('unlocked')
      await gateway.putServer('x', { url: server.url })
      const { key } = await gateway.addKey({ name: 'agent' })
      expect((await callModern(`${gateway.dataUrl}/mcp/x`, { key })).status).toBe(200)
      // A call that was answered is recorded, also where the vault is locked right after it.
      for (const path of ['/lock', '/unlock']) await gateway.api('POST', path, { passphrase: testPassphrase })
      expect(at((await gateway.api('GET', '/exchanges?server=x&status=200')).body, 'items')).toHaveLength(1)
    } finally {
      await gateway.stop()
    }
  })

  it('with a profile has applied it once it says that it is ready', async () => {
    const profile = await profileFile('ready', { known: { url: server.url } })
    const gateway = await startGateway({ args: ['--profile', profile] })
    try {
      const { key } = await gateway.addKey({ name: 'agent' })
      expect((await callModern(`${gateway.dataUrl}/mcp/known`, { key })).status).toBe(200)
      expect(gateway.stderr()).not.toContain('the vault is locked')
    } finally {
      await gateway.stop()
    }
  })

  it('with profiles that claim one slug exits 1, naming it', async () => {
    const profiles = await Promise.all(
      ['one', 'two'].map((name) => profileFile(name, { both: { url: `${server.url}/${name}` } })),
    )
    const given = profiles.flatMap((path) => ['--profile', path])
    const { code, stdout, stderr } = await serve('--port', '0', '--data-dir', join(scratch, 'claimed'), ...given)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain('both')
    expect(stderr).not.toContain('    at ')
  })

  it('on a port that is taken exits 1 with one line that names the port', async () => {
    const { port } = new URL(server.url)
    const { code, stdout, stderr } = await serve('--port', port, '--data-dir', join(scratch, 'taken'))
    expect([code, stdout]).toEqual([1, ''])
    const lines = stderr.trim().split('\n')
    expect(lines.filter((line) => line.includes(port))).toHaveLength(1)
    expect(stderr).not.toContain('    at ')
  })
})

/** Writes a profile of these servers. @returns its path */
async function profileFile(name: string, mcpServers: object): Promise<string> {
  const path = join(scratch, `${name}.json`)
  await writeFile(path, JSON.stringify({ gatehouse: 1, name, mcpServers }))
  return path
}

interface Ended {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

/** Runs `gatehouse serve` where it is expected to end by itself. */
function serve(...options: readonly string[]): Promise<Ended> {
  const entry = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))
  const args = [entry, 'serve', '--json', '--control-port', '0', ...options]
  const env = { PATH: process.env['PATH'] ?? '', HOME: scratch, AUTH_ENCRYPTION_SECRET: testPassphrase }
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: 15_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}
