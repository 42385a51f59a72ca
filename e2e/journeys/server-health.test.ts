/** How servers are doing, and what a person does about it: over the control API, its events, and the command line. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { get, type IncomingMessage } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort, startEverything, stdioCommand, type EverythingServer } from '../peers/everything.js'
import { callModern, refusal, refused } from '../peers/mcp-request.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { selfSigned } from '../peers/self-signed.js'
import { at, type Answer } from '../peers/send.js'
import { startGateway, type ApiAnswer, type RunningGateway } from '../peers/start-gateway.js'

const entry = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))
const peer = fileURLToPath(new URL('../peers/stdio-server.mjs', import.meta.url))
const token = 'planted-token-5271'

let gateway: RunningGateway
let recording: RecordingServer
let everything: EverythingServer
let key: string
let scratch: string
const trusted = selfSigned(90)
const untrusted = selfSigned(90)

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'gatehouse-health-'))
  const authorities = join(scratch, 'authorities.pem')
  await writeFile(authorities, trusted.certificate)
  ;[gateway, recording, everything] = await Promise.all([
    startGateway({ env: { NODE_EXTRA_CA_CERTS: authorities } }),
    startRecordingServer(),
    startEverything(),
  ])
  key = (await gateway.addKey({ name: 'health' })).key
  await gateway.putSecret('token', token)
})

afterAll(async () => {
  await gateway?.stop()
  await recording?.close()
  await everything?.close()
  await rm(scratch, { recursive: true, force: true })
})

beforeEach(() => recording.reset())

async function addStdio(slug: string, ...args: readonly string[]): Promise<void> {
  const env = { TOKEN: { secret: 'token' } }
  await gateway.putServer(slug, { command: process.execPath, args: [peer, ...args], env })
  expect((await gateway.api('POST', `/servers/${slug}/approve`)).status).toBe(204)
}

const call = (slug: string, tool = 'echo'): Promise<Answer> =>
  callModern(`${gateway.dataUrl}/mcp/${slug}`, { key, params: { name: tool, arguments: {} } })
const operate = (slug: string, operation: string): Promise<ApiAnswer> =>
  gateway.api('POST', `/servers/${slug}/${operation}`)
const show = async (slug: string): Promise<unknown> => (await gateway.api('GET', `/servers/${slug}`)).body
const pidIn = (answer: Answer): string => String(at(answer.json, 'result.content.0.text'))

interface Step {
  readonly name: string
  readonly ok: boolean
  readonly durationMs: number
  readonly detail: string
  readonly skipped?: true
}

async function probe(slug: string): Promise<readonly Step[]> {
  const { status, body } = await operate(slug, 'probe')
  expect([slug, status]).toEqual([slug, 200])
  return at(body, 'steps') as readonly Step[]
}

const outcome = (steps: readonly Step[]): readonly string[] =>
  steps.filter(({ skipped }) => skipped !== true).map(({ name, ok }) => `${ok ? '+' : '-'}${name}`)
const detail = (steps: readonly Step[], name: string): string => steps.find((step) => step.name === name)?.detail ?? ''

interface CommandResult {
  readonly code: unknown
  readonly stdout: string
  readonly stderr: string
}

function gatehouse(...args: readonly string[]): Promise<CommandResult> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: scratch }
  return new Promise((resolve) => {
    execFile(process.execPath, [entry, ...args, '--data-dir', gateway.dataDir], { env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}

/** Collects what the stream of events says of one server. */
async function watchStates(slug: string): Promise<{ reaches(status: string): Promise<void>; end(): void }> {
  const request = get(`${gateway.controlUrl}/api/v1/events`, {
    headers: { authorization: `Bearer ${gateway.controlToken}` },
  })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const seen: string[] = []
  const waiting = new Set<() => void>()
  // The stream breaks off when the test has seen enough.
  const lines = createInterface({ input: response }).on('error', () => undefined)
  lines.on('line', (line) => {
    const data: unknown = line.startsWith('data:') ? JSON.parse(line.slice(5)) : undefined
    if (at(data, 'slug') !== slug) return
    seen.push(String(at(data, 'state.status')))
    for (const check of waiting) check()
  })
  return {
    reaches: (status) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!seen.includes(status)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    end: () => request.destroy(),
  }
}

describe('a server over stdio', () => {
  it('that crashes is shown with its restarts, its end and its last lines, and is ready again once it answers', async () => {
    await addStdio('crashing')
    expect((await call('crashing')).status).toBe(200)
    expect(await show('crashing')).toMatchObject({
      state: { status: 'ready', lastSuccessAt: expect.any(String), since: expect.any(String) },
      health: { sessions: 1, stopped: false, era: 'legacy', protocolVersion: '2025-11-25', restarts: 0 },
    })
    expect(refusal(await call('crashing', 'crash'))).toEqual(refused(502, 'server_unreachable'))
    const crashed = await show('crashing')
    expect(crashed).toMatchObject({
      state: { status: 'unreachable', reason: expect.stringContaining('exit code 3') },
      health: { sessions: 0, lastEnd: expect.stringContaining('exit code 3: giving up') },
    })
    expect(at(crashed, 'health.stderr')).toContain('giving up')
    expect(JSON.stringify(crashed)).not.toContain(token)
    expect((await call('crashing')).status).toBe(200)
    expect(await show('crashing')).toMatchObject({ state: { status: 'ready' }, health: { sessions: 1, restarts: 1 } })
    const list = at((await gateway.api('GET', '/servers')).body, 'items') as readonly { slug: string }[]
    const listed = list.find(({ slug }) => slug === 'crashing')
    expect(listed).toMatchObject({ health: { restarts: 1 } })
    expect(at(listed, 'health.stderr')).toBeUndefined()
  })

  it('is stopped, started and restarted, with an event each time', async () => {
    await addStdio('operated')
    const before = await call('operated')
    const events = await watchStates('operated')
    expect((await operate('operated', 'stop')).status).toBe(204)
    await events.reaches('disabled')
    expect(refusal(await call('operated'))).toEqual(refused(503, 'server_disabled'))
    expect(await show('operated')).toMatchObject({
      state: { status: 'disabled', reason: expect.stringContaining('gatehouse servers start operated') },
      health: { sessions: 0, stopped: true },
    })
    const started = await operate('operated', 'start')
    expect(started).toMatchObject({
      status: 200,
      body: { slug: 'operated', state: { status: 'ready' }, health: { sessions: 1, stopped: false } },
    })
    await events.reaches('ready')
    events.end()
    const after = await call('operated')
    expect(pidIn(after)).not.toBe(pidIn(before))
    expect((await operate('operated', 'start')).status).toBe(200)
    expect(pidIn(await call('operated'))).toBe(pidIn(after))
    expect((await operate('operated', 'restart')).status).toBe(200)
    expect(await show('operated')).toMatchObject({ health: { sessions: 1, restarts: 0 } })
    expect(pidIn(await call('operated'))).not.toBe(pidIn(after))
  })

  it('that does not answer is stopped while it is being started', async () => {
    await addStdio('mute', 'mute')
    const starting = operate('mute', 'start')
    // The process has said something: it runs, and the gateway waits for its answer.
    while (!String(at(await show('mute'), 'health.stderr')).includes('started')) continue
    expect((await operate('mute', 'stop')).status).toBe(204)
    expect(await starting).toMatchObject({ status: 502, body: { code: 'server_unreachable' } })
    expect(await show('mute')).toMatchObject({ state: { status: 'disabled' }, health: { sessions: 0 } })
  })

  it('that cannot be started says why in a problem document, and in its state', async () => {
    await gateway.putServer('absent', { command: 'no-such-command-of-gatehouse' })
    expect(await operate('absent', 'start')).toMatchObject({
      status: 503,
      body: { code: 'server_disabled', detail: expect.stringContaining('gatehouse servers approve absent') },
    })
    await gateway.api('POST', '/servers/absent/approve')
    expect(await operate('absent', 'start')).toMatchObject({
      status: 502,
      body: { code: 'server_unreachable', detail: expect.stringContaining('was not found') },
    })
    expect(await show('absent')).toMatchObject({ state: { status: 'unreachable' } })
    for (const operation of ['start', 'stop', 'restart', 'probe'])
      expect((await operate('nowhere', operation)).status).toBe(404)
  })
})

it('a server over HTTP that is stopped takes no calls until it is started', async () => {
  await gateway.putServer('http', { url: recording.url })
  expect((await call('http')).status).toBe(200)
  await operate('http', 'stop')
  expect(refusal(await call('http'))).toEqual(refused(503, 'server_disabled'))
  expect(recording.requests).toHaveLength(1)
  expect(await operate('http', 'start')).toMatchObject({ status: 200, body: { state: { status: 'ready' } } })
  expect((await call('http')).status).toBe(200)
})

describe('a probe', () => {
  it('of a server that is well finds its era and its tools', async () => {
    await gateway.putServer('well', { url: everything.url })
    const steps = await probe('well')
    expect(outcome(steps)).toEqual(['+reachable', '+era', '+auth', '+tools'])
    expect(detail(steps, 'era')).toContain('2025-11-25')
    expect(detail(steps, 'tools')).toMatch(/^It lists \d+ tools\.$/)
    expect(await show('well')).toMatchObject({ state: { status: 'ready', lastSuccessAt: expect.any(String) } })
  })

  it('of a closed port ends there', async () => {
    await gateway.putServer('closed', { url: `http://127.0.0.1:${await freePort()}/mcp` })
    const steps = await probe('closed')
    expect(outcome(steps)).toEqual(['-reachable'])
    expect(detail(steps, 'reachable')).toContain('nothing listens at its address')
    expect(await show('closed')).toMatchObject({ state: { status: 'unreachable' } })
  })

  it('sends the credential as a call would, and never tells it', async () => {
    recording.answerWith((request, response) => {
      const echoed = `Bearer error="invalid_token", scope="${request.header('authorization') ?? ''}"`
      answerJson(response, 401, {}, { 'www-authenticate': echoed })
    })
    const app_auth = { type: 'bearer', token: { secret: 'token' } }
    await gateway.putServer('rejected', { url: recording.url, app_auth })
    const steps = await probe('rejected')
    expect(outcome(steps)).toEqual(['+reachable', '-auth', '-metadata'])
    expect(recording.requests[0]?.header('authorization')).toBe(`Bearer ${token}`)
    expect(detail(steps, 'auth')).toContain('It answered 401, asks for Bearer, says invalid_token')
    expect(JSON.stringify(steps)).not.toContain(token)
    expect(await show('rejected')).toMatchObject({ state: { status: 'error' } })
  })

  it('of a server that asks for OAuth follows its challenge, without the credential and without redirects', async () => {
    const metadata = {
      issuer: recording.origin,
      authorization_endpoint: `${recording.origin}/authorize`,
      token_endpoint: `${recording.origin}/token`,
      registration_endpoint: `${recording.origin}/register`,
      code_challenge_methods_supported: ['S256'],
    }
    recording.answerWith(({ method, url }, response) => {
      if (method === 'POST') {
        const challenge = `Bearer resource_metadata="${recording.origin}/the-resource", scope="files"`
        return answerJson(response, 401, {}, { 'www-authenticate': challenge })
      }
      if (url === '/the-resource')
        return answerJson(response, 200, { resource: recording.url, authorization_servers: [recording.origin] })
      if (url === '/.well-known/oauth-authorization-server') return answerJson(response, 200, metadata)
      answerJson(response, 404, {})
    })
    await gateway.putServer('oauth', { url: recording.url })
    const steps = await probe('oauth')
    expect(outcome(steps)).toEqual(['+reachable', '-auth', '+metadata', '+registration', '+authorization'])
    expect(detail(steps, 'auth')).toContain('asks for Bearer, wants the scope files')
    expect(detail(steps, 'metadata')).toContain(recording.origin)
    expect(detail(steps, 'registration')).toContain('dynamic registration')

    recording.answerWith(({ method }, response) => {
      if (method === 'POST') return answerJson(response, 401, {})
      response.writeHead(302, { location: `${recording.origin}/elsewhere` }).end()
    })
    const redirected = await probe('oauth')
    expect(outcome(redirected)).toEqual(['+reachable', '-auth', '-metadata'])
    expect(detail(redirected, 'metadata')).toContain('a redirect')
    expect(recording.requests.map(({ url }) => url)).not.toContain('/elsewhere')
  })

  it('tells a certificate that is good from one that nobody vouches for', async () => {
    const servers = await Promise.all([trusted, untrusted].map(startSecure))
    const [good, bad] = servers.map((server) => `https://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`)
    await gateway.putServer('secure', { url: good })
    await gateway.putServer('insecure', { url: bad })
    const steps = await probe('secure')
    expect(outcome(steps).slice(0, 2)).toEqual(['+reachable', '+tls'])
    expect(detail(steps, 'tls')).toMatch(/^TLSv1\.3; its certificate is valid, for (89|90) more days\.$/)
    const refusedSteps = await probe('insecure')
    expect(outcome(refusedSteps)).toEqual(['+reachable', '-tls'])
    expect(detail(refusedSteps, 'tls')).toContain('not signed by an authority')
    for (const server of servers) server.close()
  })

  it('of a server over stdio starts it for the time of the probe, or asks the one that runs', async () => {
    await addStdio('probed')
    const steps = await probe('probed')
    expect(outcome(steps)).toEqual(['+command', '+start', '+era', '+tools'])
    expect(detail(steps, 'era')).toContain('stdio-peer 1.2.3')
    expect(detail(steps, 'tools')).toBe('It lists 2 tools.')
    expect(await show('probed')).toMatchObject({ state: { status: 'ready' }, health: { sessions: 0 } })
    const pid = pidIn(await call('probed'))
    expect(outcome(await probe('probed'))).toEqual(['+command', '+start', '+era', '+tools'])
    expect(pidIn(await call('probed'))).toBe(pid)

    await gateway.putServer('third-party', stdioCommand('memory'))
    expect(outcome(await probe('third-party'))).toEqual(['-command'])
    await gateway.api('POST', '/servers/third-party/approve')
    expect(outcome(await probe('third-party'))).toEqual(['+command', '+start', '+era', '+tools'])
  })

  it('of a command that is missing, or ends at once, says where it went wrong', async () => {
    await gateway.putServer('missing', { command: 'no-such-command-of-gatehouse' })
    await gateway.putServer('ending', { command: process.execPath, args: ['-e', 'console.error("no licence")'] })
    for (const slug of ['missing', 'ending']) await gateway.api('POST', `/servers/${slug}/approve`)
    expect(outcome(await probe('missing'))).toEqual(['-command'])
    const steps = await probe('ending')
    expect(outcome(steps)).toEqual(['+command', '-start'])
    expect(detail(steps, 'start')).toContain('no licence')
  })
})

describe('the command line', () => {
  it('shows how a server does, and starts, stops, restarts and probes it', async () => {
    await addStdio('typed')
    const started = await gatehouse('servers', 'start', 'typed')
    expect([started.code, started.stdout]).toEqual([0, expect.stringMatching(/State: +ready since /)])
    await call('typed', 'crash')
    const shown = (await gatehouse('servers', 'show', 'typed')).stdout
    for (const part of [
      /^command: /m,
      /State: +unreachable/,
      /Last end: .*exit code 3/,
      /Restarts: +0/,
      /^ {2}giving up$/m,
    ])
      expect(shown).toMatch(part)
    expect(shown).not.toContain(token)
    const json: unknown = JSON.parse((await gatehouse('servers', 'show', 'typed', '--json')).stdout)
    expect(at(json, 'health.stderr')).toContain('giving up')
    expect((await gatehouse('servers', 'restart', 'typed')).stdout).toMatch(/Sessions: +1/)
    expect((await gatehouse('servers', 'stop', 'typed')).stdout).toContain('gatehouse servers start typed')
    expect((await gatehouse('servers', 'list')).stdout).toMatch(/^typed +disabled /m)
    const stopped = await gatehouse('servers', 'probe', 'typed')
    expect([stopped.code, stopped.stdout]).toEqual([1, expect.stringMatching(/^✕ command \(0 ms\): A person stopped/)])
    await gatehouse('servers', 'start', 'typed')
    const well = await gatehouse('servers', 'probe', 'typed')
    expect([well.code, well.stderr]).toEqual([0, ''])
    expect(well.stdout).toMatch(/^✓ tools \(\d+ ms\): It lists 2 tools\.$/m)
  })
})

async function startSecure({ certificate, key: privateKey }: ReturnType<typeof selfSigned>): Promise<Server> {
  const server = createServer({ cert: certificate, key: privateKey }, (_request, response) =>
    answerJson(response, 404, {}),
  )
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}
