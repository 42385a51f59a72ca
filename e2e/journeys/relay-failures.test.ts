/**
 * Servers that the gateway keeps a session or a process for, and that crash, hang, flood, write rubbish or leave
 * children behind: their callers get a clear error, everybody else nothing, and no process outlives the gateway.
 */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startConformanceFixture, startSseFixture, type ConformanceFixture } from '../peers/conformance-fixture.js'
import { freePort, startEverything, type EverythingServer } from '../peers/everything.js'
import { everythingDocument } from '../peers/everything-stories.js'
import { callLegacy, callModern, openSession, refusal, refused } from '../peers/mcp-request.js'
import { connectV1, connectV2, connectV2Legacy, type SdkAgent } from '../peers/sdk-agents.js'
import { at, send, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const unruly = fileURLToPath(new URL('../peers/unruly-server.mjs', import.meta.url))

let gateway: RunningGateway
let key: string
const fixtures: ConformanceFixture[] = []

beforeAll(async () => {
  gateway = await startGateway()
  key = (await gateway.addKey({ name: 'agent' })).key
  for (const slug of ['bystander', 'crash', 'torn', 'flood', 'chatter', 'rubbish', 'endless', 'kill'])
    await addUnruly(slug)
  for (const slug of ['hang', 'freeze']) await addUnruly(slug, 1000)
})

afterAll(async () => {
  await gateway?.stop()
  for (const fixture of fixtures) await fixture.close()
})

async function addUnruly(slug: string, timeoutMs = 20_000, to = gateway): Promise<void> {
  await to.putCommand(slug, { command: process.execPath, args: [unruly], timeout_ms: timeoutMs })
}

const url = (slug: string, of = gateway): string => `${of.dataUrl}/mcp/${slug}`

const call = (slug: string, tool: string): Promise<Answer> =>
  callModern(url(slug), { key, params: { name: tool, arguments: {} } })

const textOf = (answer: Answer): string => String(at(answer.json, 'result.content.0.text'))

describe('a process', () => {
  it.each([
    ['crashes', 'crash', 502, 'server_unreachable', /ended with exit code 3: out of luck/],
    ['ends in the middle of a message', 'torn', 502, 'server_unreachable', /ended with exit code 0/],
    ['writes nothing but rubbish', 'rubbish', 502, 'server_unreachable', /no MCP message/],
    ['writes a line without an end', 'endless', 502, 'server_unreachable', /more than 64 MiB/],
    ['never answers', 'hang', 504, 'server_timeout', /silent for 1000 ms/],
    ['hangs as a whole', 'freeze', 504, 'server_timeout', /silent for 1000 ms/],
  ])(
    'that %s: its callers are told so, those of other servers notice nothing',
    async (_what, slug, status, code, why) => {
      expect(textOf(await call(slug, 'echo'))).toBe('echo')
      const legacy = await openSession(url(slug), key)
      const legacyCall = callLegacy(url(slug), { key, session: legacy, id: 9, params: { name: 'hang', arguments: {} } })
      const broken = call(slug, slug)
      const beside = Array.from({ length: 20 }, () => call('bystander', 'echo'))
      for (const answer of await Promise.all(beside)) expect(textOf(answer)).toBe('echo')
      const answer = await broken
      expect(refusal(answer)).toEqual(refused(status, code))
      expect(at(answer.json, 'error.data.detail')).toMatch(why)
      expect(refusal(await legacyCall)).toEqual(refused(status, code, 9))
      // The agent's session is still good, with a new process where the old one ended.
      if (slug === 'freeze') return
      const again = await callLegacy(url(slug), { key, session: legacy })
      expect([again.status, textOf(again)]).toEqual([200, 'echo'])
    },
  )

  it('that floods its standard error holds nobody up and fills no memory', async () => {
    await call('flood', 'echo')
    const before = await residentBytes()
    const flooded = call('flood', 'flood')
    for (let round = 0; round < 20; round += 1) expect(textOf(await call('bystander', 'echo'))).toBe('echo')
    expect(textOf(await flooded)).toBe('flooded')
    expect((await residentBytes()) - before).toBeLessThan(64 << 20)
  })

  it('that writes other things between its messages is understood', async () => {
    expect(textOf(await call('chatter', 'chatter'))).toBe('chattered')
    expect(textOf(await call('chatter', 'echo'))).toBe('echo')
    const health: unknown = at((await gateway.api('GET', '/servers/chatter')).body, 'health.strayOutput')
    expect(health).toMatchObject({ lines: expect.arrayContaining(['Server listening']) })
  })
})

async function residentBytes(): Promise<number> {
  const { text } = await send(`${gateway.dataUrl}/metrics`)
  return Number(/^gatehouse_resident_memory_bytes (\d+)/m.exec(text)?.[1])
}

/** Resolves when none of these processes lives any more; a zombie does not live. */
async function gone(pids: readonly number[], withinMs: number): Promise<readonly number[]> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const states = await Promise.all(pids.map(stateOf))
    const alive = pids.filter((_pid, index) => states[index] !== undefined && states[index] !== 'Z')
    if (alive.length === 0 || performance.now() > deadline) return alive
    await delay(20)
  }
}

async function stateOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  return stat?.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3)
}

/** Processes that a gateway marked as a server's. */
async function markedProcesses(): Promise<ReadonlySet<number>> {
  const marked = new Set<number>()
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '')
    if (environment.includes('GATEHOUSE_CHILD=')) marked.add(Number(name))
  }
  return marked
}

describe.skipIf(process.platform !== 'linux')('the processes of servers, and what they started', () => {
  it.each([
    ['is stopped', async (of: RunningGateway) => expect(await of.stop()).toBe(0)],
    ['is killed', (of: RunningGateway) => of.kill()],
  ])(
    'are gone when the gateway %s',
    async (_how, end) => {
      const own = await startGateway()
      const ownKey = (await own.addKey({ name: 'agent' })).key
      await addUnruly('one', 20_000, own)
      await addUnruly('two', 20_000, own)
      const ask = (slug: string, tool: string): Promise<Answer> =>
        callModern(url(slug, own), { key: ownKey, params: { name: tool, arguments: {} } })
      const pids: number[] = []
      for (const slug of ['one', 'two'])
        pids.push(
          ...textOf(await ask(slug, 'children'))
            .split(' ')
            .map(Number),
        )
      expect(pids).toHaveLength(6)
      const marked = await markedProcesses()
      for (const pid of pids) expect(marked).toContain(pid)
      // One of the servers does not even read its input any more.
      const frozen = ask('two', 'freeze').catch(() => undefined)
      await end(own)
      await frozen
      expect(await gone(pids, 20_000)).toEqual([])
    },
    90_000,
  )

  it('are gone when the server ends by itself', async () => {
    await addUnruly('leaver')
    const pids = textOf(await call('leaver', 'children'))
      .split(' ')
      .map(Number)
    expect((await call('leaver', 'crash')).status).toBe(502)
    expect(await gone(pids, 20_000)).toEqual([])
  }, 60_000)
})

/** A server that can be ended and started again at the same address. */
interface Mortal {
  register(slug: string): Promise<void>
  start(): Promise<void>
  end(): Promise<void>
}

function mortalFixture(start: (port: number) => Promise<ConformanceFixture>, config: object): Mortal {
  let port = 0
  let running: ConformanceFixture | undefined
  return {
    async start() {
      port ||= await freePort()
      running = await start(port)
      fixtures.push(running)
    },
    register: (slug) => gateway.putServer(slug, { url: running?.url, ...config }),
    end: async () => running?.close(),
  }
}

function mortalEverything(): Mortal {
  let port = 0
  let running: EverythingServer | undefined
  return {
    async start() {
      port ||= await freePort()
      running = await startEverything('streamableHttp', port)
    },
    register: (slug) => gateway.putServer(slug, { url: running?.url, connection: 'shared' }),
    end: async () => running?.close(),
  }
}

describe('a server that dies and comes back', () => {
  const connects = [connectV1, connectV2Legacy, connectV2]
  /** Undefined where the server could not be reached. */
  const ask = async (agent: SdkAgent, method: string, params?: Record<string, unknown>): Promise<unknown> =>
    agent.request(method, params).catch((error: unknown) => {
      expect(String(error)).toContain('"code":"server_unreachable"')
    })
  const tools = (agents: readonly SdkAgent[]): Promise<readonly unknown[]> =>
    Promise.all(agents.map(async (agent) => at(await ask(agent, 'tools/list'), 'tools.0.name')))

  it.each<readonly [what: string, mortal: Mortal]>([
    ['a shared one that says 400 of unknown sessions', mortalEverything()],
    [
      'a shared one of the older era',
      mortalFixture((port) => startConformanceFixture(port, 'legacy'), { connection: 'shared' }),
    ],
    [
      'a shared one of the stateless era',
      mortalFixture((port) => startConformanceFixture(port, 'modern'), { connection: 'shared' }),
    ],
    ['one over SSE', mortalFixture((port) => startSseFixture(port), { transport: 'sse' })],
  ])('is used again by the same agents, without their doing: %s', async (what, mortal) => {
    const slug = what.replaceAll(' ', '-').toLowerCase().slice(0, 64).replace(/-$/, '')
    await mortal.start()
    try {
      await mortal.register(slug)
      const agents = await Promise.all(connects.map((connect) => connect(url(slug), key)))
      const [before] = await tools(agents)
      expect(before).toBeTypeOf('string')
      for (let round = 0; round < 2; round += 1) {
        await mortal.end()
        expect(await tools(agents)).toEqual([undefined, undefined, undefined])
        await mortal.start()
        expect(await tools(agents)).toEqual([before, before, before])
      }
      for (const agent of agents) await agent.close()
    } finally {
      await mortal.end()
    }
  })

  it('is used again by the same agents, without their doing: a process that is killed', async () => {
    const agents = await Promise.all(connects.map((connect) => connect(url('kill'), key)))
    const pidOf = async (agent: SdkAgent): Promise<unknown> =>
      at(await ask(agent, 'tools/call', { name: 'pid', arguments: {} }), 'content.0.text')
    const [first] = agents
    if (first === undefined) throw new Error('no agent')
    const killed = Number(await pidOf(first))
    process.kill(killed, 'SIGKILL')
    // A call that comes before the end is seen is lost with the process.
    let pid: unknown
    while (pid === undefined) pid = await pidOf(first)
    expect(Number(pid)).not.toBe(killed)
    expect(await Promise.all(agents.map(pidOf))).toEqual([pid, pid, pid])
    expect(await tools(agents)).toEqual(['echo', 'echo', 'echo'])
    for (const agent of agents) await agent.close()
  })

  it('is told again what its agents are subscribed to', async () => {
    const mortal = mortalEverything()
    await mortal.start()
    try {
      await mortal.register('subscribed')
      const agent = await connectV1(url('subscribed'), key)
      await agent.subscribe(everythingDocument)
      await mortal.end()
      await mortal.start()
      await agent.request('tools/call', { name: 'toggle-subscriber-updates', arguments: {} })
      expect(await agent.heard('notifications/resources/updated')).toMatchObject({
        params: { uri: everythingDocument },
      })
      await agent.close()
    } finally {
      await mortal.end()
    }
  })

  it.each([['at its own path'], ['as one of all']])(
    'over SSE is listened to again by agents that call nothing, %s',
    async (where) => {
      const mortal = mortalFixture((port) => startSseFixture(port), { transport: 'sse' })
      await mortal.start()
      try {
        const slug = `heard-${where.replaceAll(' ', '-')}`
        await mortal.register(slug)
        const agent = await connectV1(where === 'as one of all' ? `${gateway.dataUrl}/mcp` : url(slug), key)
        await agent.listenForLists()
        await agent.request('tools/list')
        const before = agent.notifications.length
        await mortal.end()
        await mortal.start()
        await agent.heardSince(before, 'notifications/tools/list_changed')
        const { body } = await gateway.api('GET', `/servers/${slug}`)
        expect(at(body, 'health.sessions')).toBe(1)
        await agent.close()
      } finally {
        await mortal.end()
      }
    },
  )
})
