/** A remote Shield, whatever it does: every denial is a 403 with nothing outbound, every failure is recorded as one. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Agent } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callModern } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { at, send, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const credential = 'canary-of-the-shield-credential-7391'
const timeoutMs = 400
/** What a busy machine may add; without a deadline those that hang would take minutes. */
const toleranceMs = 10_000

/** Answers as the call's argument `shield` says. */
class ScriptedShield {
  readonly questions: unknown[] = []
  readonly authorizations = new Set<string | undefined>()
  readonly #sockets = new Set<Socket>()
  readonly #http: Server = createServer((request, response) => void this.#answer(request, response))
  closedByPeer = 0
  asked = 0

  constructor() {
    this.#http.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#http.listen(port, '127.0.0.1', resolve))
    return (this.#http.address() as AddressInfo).port
  }

  /** As a process that is killed: what is open breaks. */
  async kill(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#http.close(resolve))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const question: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
    this.asked++
    if (this.questions.length < 10) this.questions.push(question)
    this.authorizations.add(request.headers.authorization)
    const json = (status: number, body: unknown): void =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    switch (at(question, 'arguments.shield')) {
      case 'deny':
        return json(200, { decision: 'deny', reason: 'Not today.', policies: ['remote-1'] })
      case 'hang':
        return void response.once('close', () => this.closedByPeer++)
      case 'drip': {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{')
        const timer = setInterval(() => response.write(' '), 50)
        return void response.once('close', () => clearInterval(timer))
      }
      case 'error':
        return json(500, { decision: 'allow' })
      case 'redirect':
        return void response.writeHead(307, { location: '/elsewhere' }).end()
      case 'rubbish':
        return void response.writeHead(200).end('<html>allow</html>')
      case 'undecided':
        return json(200, { decision: 'maybe' })
      case 'flood':
        return void response.writeHead(200).end(Buffer.alloc(256 * 1024, ' '))
      case 'break':
        return void response.socket?.destroy()
      default:
        return json(200, { decision: 'allow' })
    }
  }
}

let gateway: RunningGateway
let server: RecordingServer
let shield: ScriptedShield
let port: number
let key: string
let url: string

const allowing = ['allow', undefined]
const failing = ['error', 'redirect', 'rubbish', 'undecided', 'flood', 'break']
const waiting = ['hang', 'drip']

beforeAll(async () => {
  shield = new ScriptedShield()
  ;[gateway, server, port] = await Promise.all([startGateway(), startRecordingServer(), shield.listen()])
  key = (await gateway.addKey({ name: 'agent', subject: 'ada' })).key
  await gateway.putSecret('app-token', 'canary-of-the-app')
  await gateway.putServer('app', { url: server.url, app_auth: { type: 'bearer', token: { secret: 'app-token' } } })
  await gateway.putSecret('shield-key', credential)
  await configure('allow')
  url = `${gateway.dataUrl}/mcp/app`
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
  await shield?.kill().catch(() => undefined)
})

async function configure(onFailure: 'allow' | 'deny'): Promise<void> {
  const remote = `{ url: "http://127.0.0.1:${port}/v1/evaluate?tenant=1", credential: { secret: shield-key } }`
  const answer = await send(`${gateway.controlUrl}/api/v1/profiles`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.controlToken}`, 'content-type': 'application/yaml' },
    body: `gatehouse: 1\nname: shielded\nshield: { enabled: true, pin_tools: false, timeout_ms: ${timeoutMs}, on_failure: ${onFailure}, remote: ${remote} }\n`,
  })
  expect(answer.status).toBe(200)
}

const call = (does: string | undefined, agent?: Agent): Promise<Answer> =>
  callModern(url, {
    key,
    params: { name: 'echo', arguments: does === undefined ? {} : { shield: does } },
    ...(agent === undefined ? {} : { agent }),
  })

async function listed(query: string): Promise<readonly unknown[]> {
  const items: unknown[] = []
  let cursor = ''
  do {
    const { body } = await gateway.api('GET', `/exchanges?server=app&limit=500&${query}${cursor}`)
    items.push(...(at(body, 'items') as unknown[]))
    const next = at(body, 'nextCursor')
    cursor = typeof next === 'string' ? `&cursor=${encodeURIComponent(next)}` : ''
  } while (cursor !== '')
  return items
}

const count = async (query: string): Promise<number> => (await listed(query)).length

/** Of half of those that Shield left waiting, how long it was waited for, as the exchanges have it. */
async function medianWaitMs(): Promise<number> {
  const waits = (await listed('verdict=error'))
    .filter((exchange) => String(at(exchange, 'verdict.reason')).includes('did not answer within'))
    .map((exchange) => Number(at(exchange, 'timings.shieldMs')))
    .sort((a, b) => a - b)
  expect(waits.length).toBeGreaterThan(10)
  return waits[Math.floor(waits.length / 2)] ?? Number.NaN
}

describe('a remote Shield', () => {
  it('is told of the call, with its credential', async () => {
    expect((await call(undefined)).status).toBe(200)
    expect(shield.questions[0]).toMatchObject({
      requestId: expect.any(String) as string,
      caller: { subject: 'ada', method: 'api_key' },
      server: 'app',
      method: 'tools/call',
      tool: 'echo',
      arguments: {},
      content: expect.stringContaining('"tools/call"') as string,
      mcp: { kind: 'request', era: 'modern' },
    })
    expect([...shield.authorizations]).toEqual([`Bearer ${credential}`])
  })

  it('stays within its deadline in 10,000 mixed calls, whatever it does, until it is killed, and after that', async () => {
    server.requests.length = 0
    const agent = new Agent({ keepAlive: true, maxSockets: 24 })
    const kinds = [
      ...Array<string | undefined>(70).fill('allow'),
      ...Array<string>(20).fill('deny'),
      ...failing,
      ...waiting,
    ]
    const outcomes = new Map<string, number>()
    const late: number[] = []
    let next = 0
    let killed = false
    const total = 10_000
    const one = async (): Promise<void> => {
      while (next < total) {
        const index = next++
        // Those that wait are few, as each takes the whole deadline.
        const kind = kinds[index % kinds.length]
        const does = kind !== undefined && waiting.includes(kind) && index % 500 > 100 ? 'allow' : kind
        if (index === total - 1000) {
          killed = true
          await shield.kill()
        }
        const afterKill = killed
        const startedMs = performance.now()
        const answer = await call(does, agent)
        if (performance.now() - startedMs > timeoutMs + toleranceMs) late.push(index)
        const name = `${afterKill ? 'killed' : (does ?? 'allow')} ${answer.status}`
        outcomes.set(name, (outcomes.get(name) ?? 0) + 1)
        if (answer.status === 403)
          expect(at(answer.json, 'error.data')).toMatchObject({ verdict: 'deny', policies: ['remote-1'] })
      }
    }
    await Promise.all(Array.from({ length: 24 }, one))
    agent.destroy()
    const denied = [...outcomes].filter(([name]) => name.endsWith(' 403')).reduce((sum, [, times]) => sum + times, 0)
    expect([...outcomes.keys()].filter((name) => name.endsWith(' 403') && !name.startsWith('deny'))).toEqual([])
    // A denial whose answer was broken by the kill is a failure like any other.
    expect(outcomes.get('deny 200') ?? 0).toBeLessThan(24)
    for (const does of [...failing, ...waiting, 'allow', 'killed'])
      expect(outcomes.get(`${does} 200`)).toBeGreaterThan(0)
    expect(late).toEqual([])
    const waitedMs = await medianWaitMs()
    expect(waitedMs).toBeGreaterThanOrEqual(timeoutMs - 5)
    expect(waitedMs).toBeLessThan(timeoutMs * 1.5)
    expect(server.requests).toHaveLength(total - denied)
    expect(await count('verdict=deny')).toBe(denied)
    const failures = [...outcomes]
      .filter(([name]) => !/^(?:allow|deny) /.test(name))
      .reduce((sum, [, times]) => sum + times, 0)
    expect(await count('verdict=error')).toBeGreaterThanOrEqual(failures)
    const metrics = (await send(`${gateway.dataUrl}/metrics`)).text
    const counted = (pattern: RegExp): number => Number(pattern.exec(metrics)?.[1])
    expect(counted(/^gatehouse_exchanges_total\{server="app",verdict="deny",status="4xx"\} (\d+)$/m)).toBe(denied)
    expect(counted(/^gatehouse_shield_failures_total\{outcome="allowed"\} (\d+)$/m)).toBe(await count('verdict=error'))
    expect(counted(/^gatehouse_shield_duration_seconds_count (\d+)$/m)).toBeGreaterThanOrEqual(total)
    expect(gateway.stderr()).toContain('Shield did not judge a request')
    expect(gateway.stderr()).not.toContain(credential)
  })

  it('that fails refuses every call where the profile says so, and nothing goes out', async () => {
    shield = new ScriptedShield()
    await shield.listen(port)
    await configure('deny')
    server.requests.length = 0
    for (const does of [...failing, ...waiting]) {
      const answer = await call(does)
      expect([does, answer.status]).toEqual([does, 403])
      expect(at(answer.json, 'error.data')).toMatchObject({ code: 'shield_denied', verdict: 'error' })
    }
    expect(server.requests).toHaveLength(0)
    expect((await call('allow')).status).toBe(200)
  })

  it('is given up when the agent leaves', async () => {
    const leaving = new AbortController()
    const left = callModern(url, {
      key,
      params: { name: 'echo', arguments: { shield: 'hang' } },
      signal: leaving.signal,
    }).catch(() => 'left')
    const before = shield.closedByPeer
    const asked = shield.asked
    while (shield.asked === asked) await new Promise((resolve) => setImmediate(resolve))
    const leftMs = performance.now()
    leaving.abort()
    expect(await left).toBe('left')
    while (shield.closedByPeer === before) await new Promise((resolve) => setImmediate(resolve))
    expect(performance.now() - leftMs).toBeLessThan(timeoutMs)
  })

  it.each(allowing)('lets through what it allows: %s', async (does) => {
    expect((await call(does)).status).toBe(200)
  })
})

it('no more exchanges are kept than a person chooses, from the moment they do', async () => {
  expect(await count('')).toBeGreaterThan(9_000)
  expect((await gateway.api('PATCH', '/settings', { exchanges: { maxExchanges: 1_000 } })).status).toBe(200)
  const kept = await count('')
  expect(kept).toBeGreaterThan(0)
  expect(kept).toBeLessThanOrEqual(1_000)
  await call(undefined)
  expect(await count('')).toBeLessThanOrEqual(1_000)
})
