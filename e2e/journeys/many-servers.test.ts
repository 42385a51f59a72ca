/**
 * A hundred servers, thirty of them dead in the ways in which servers are dead. Nobody who asks for the other seventy is
 * slower for it, and the dead are left alone.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../peers/everything.js'
import { callModern } from '../peers/mcp-request.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { scriptMcp, scriptedTool } from '../peers/scripted-mcp.js'
import { at, send, type Answer } from '../peers/send.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
let stuck: StuckServer
let folder: string
let key: string

const slugs = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_, index) => `${name}-${String(index).padStart(2, '0')}`)
const alive = slugs(70, 'alive')
const refusing = slugs(10, 'refusing')
const silent = slugs(7, 'silent')
const unconnected = slugs(3, 'unconnected')
const exiting = slugs(10, 'exiting')
const dead = [...exiting, ...refusing, ...silent, ...unconnected]

beforeAll(async () => {
  ;[server, stuck, folder] = await Promise.all([
    startRecordingServer(),
    startStuckServer(),
    mkdtemp(join(tmpdir(), 'gatehouse-many-')),
  ])
  const scripts = (['legacy', 'modern'] as const).map((era) => scriptMcp({ era, tools: [scriptedTool('echo')] }))
  server.answerWith((request, response) => {
    const slug = request.url.slice(1)
    if (!silent.includes(slug)) scripts[alive.indexOf(slug) % 2]?.respond(request, response)
  })
  const refusingUrl = `http://127.0.0.1:${await freePort()}/mcp`
  const exit = { command: '/bin/sh', args: ['-c', `echo started >> '${folder}/starts'; exit 1`] }
  const mcpServers = Object.fromEntries([
    ...[...alive, ...silent].map((slug) => [slug, { url: `${server.origin}/${slug}` }] as const),
    ...refusing.map((slug) => [slug, { url: refusingUrl }] as const),
    ...unconnected.map((slug) => [slug, { url: stuck.url }] as const),
    ...exiting.map((slug) => [slug, exit] as const),
  ])
  const profile = join(folder, 'many.json')
  await writeFile(profile, JSON.stringify({ gatehouse: 1, name: 'many', mcpServers }))
  gateway = await startGateway({ args: ['--profile', profile, '--approve-commands'] })
  key = (await gateway.addKey({ name: 'many' })).key
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
  stuck?.close()
  await rm(folder, { recursive: true, force: true })
})

interface StuckServer {
  readonly url: string
  close(): void
}

/** A server that is stopped, and whose queue of connections is full: a connection to it is neither made nor refused. */
async function startStuckServer(): Promise<StuckServer> {
  const listen = `const server = require('node:net').createServer()
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port))`
  const child: ChildProcess = spawn(process.execPath, ['-e', listen], { stdio: ['ignore', 'pipe', 'ignore'] })
  if (child.stdout === null) throw new Error('The stuck server has no output')
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as string[]
  child.kill('SIGSTOP')
  const queue: Socket[] = []
  for (let count = 0; count < 4; count += 1) queue.push(connect(Number(port), '127.0.0.1').on('error', () => undefined))
  return {
    url: `http://127.0.0.1:${port ?? ''}/mcp`,
    close() {
      for (const socket of queue) socket.destroy()
      child.kill('SIGKILL')
    },
  }
}

const mcp = (slug?: string): string => `${gateway.dataUrl}/mcp${slug === undefined ? '' : `/${slug}`}`
const list = (method = 'tools/list', as = key): Promise<Answer> => callModern(mcp(), { key: as, method, params: {} })

/** What a list holds, and what it is without. */
function read(answer: Answer): { names: unknown; unavailable: readonly unknown[] } {
  const tools = at(answer.json, 'result.tools')
  const meta = at(answer.json, 'result._meta') as Readonly<Record<string, unknown>> | undefined
  return {
    names: Array.isArray(tools) ? tools.map((tool) => at(tool, 'name')) : answer.text,
    unavailable: (meta?.['gatehouse/unavailable'] ?? []) as readonly unknown[],
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const startedMs = performance.now()
  const value = await work()
  return { value, ms: performance.now() - startedMs }
}

/** Median of one call each to the servers that are alive, through their own paths and through `/mcp`, milliseconds. */
async function medianCallMs(): Promise<number> {
  const times: number[] = []
  for (const slug of alive)
    for (const [url, name] of [[mcp(slug), 'echo'], [mcp(), `${slug}__echo`]] as const) {
      const { value, ms } = await timed(() => callModern(url, { key, params: { name, arguments: {} } }))
      expect([slug, value.status, at(value.json, 'result.content.0.text')]).toEqual([slug, 200, '"echo"'])
      times.push(ms)
    }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Infinity
} // prettier-ignore

const startsOfCommands = async (): Promise<number> =>
  (await readFile(join(folder, 'starts'), 'utf8').catch(() => '')).split('started').length - 1

/** Processes whose parent is the gateway. */
async function childrenOfGateway(): Promise<number> {
  const parents = await Promise.all(
    (await readdir('/proc')).map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')),
  )
  return parents.filter((stat) => stat.slice(stat.lastIndexOf(')')).split(' ')[2] === String(gateway.pid)).length
}

async function residentBytes(): Promise<number> {
  const { text } = await send(`${gateway.dataUrl}/metrics`)
  return Number(/gatehouse_resident_memory_bytes (\d+)/.exec(text)?.[1])
}

const requestsTo = (slug: string): number => server.requests.filter(({ url }) => url === `/${slug}`).length

describe('a hundred servers, thirty of them dead', () => {
  /** How long the first list took, which waits for the dead: what does not wait for them takes a part of that. */
  let waitedMs = 0

  it('are listed after a wait that ends, while calls to those that are alive take no longer than before', async () => {
    const methods = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']
    let isListing = true
    const listing = timed(() => Promise.all(methods.map((method) => list(method)))).finally(() => (isListing = false))
    await expect.poll(() => requestsTo('silent-00'), { timeout: 20_000 }).toBe(1)
    const busyMs = await medianCallMs()
    expect(isListing).toBe(true)
    const { value: answers, ms } = await listing
    waitedMs = ms
    expect(busyMs).toBeLessThan(waitedMs / 10)
    for (const answer of answers) {
      const { unavailable } = read(answer)
      expect(unavailable.map((each) => at(each, 'server'))).toEqual(dead)
      for (const each of unavailable) {
        expect(['server_unreachable', 'server_timeout']).toContain(at(each, 'code'))
        expect(at(each, 'reason')).toMatch(/\w/)
      }
    }
    const [tools] = answers
    expect(tools === undefined ? undefined : read(tools).names).toEqual(alive.map((slug) => `${slug}__echo`))
  })

  it('are listed quickly from then on, also to others, and the dead are left alone meanwhile', async () => {
    const other = (await gateway.addKey({ name: 'other' })).key
    // Once in each era at most, and again after their quiet time, which the first list took longer than.
    expect(await startsOfCommands()).toBeLessThanOrEqual(2 * exiting.length)
    const startedMs = performance.now()
    await list()
    const starts = await startsOfCommands()
    expect(starts).toBeLessThanOrEqual(4 * exiting.length)
    const times: number[] = []
    for (const as of [key, other, key, other]) {
      const { value, ms } = await timed(() => list('tools/list', as))
      times.push(ms)
      expect(read(value).names).toHaveLength(alive.length)
      expect(read(value).unavailable).toHaveLength(dead.length)
    }
    expect(Math.min(...times)).toBeLessThan(waitedMs / 3)
    expect(silent.map(requestsTo)).toEqual(silent.map(() => 1))
    // On a machine that is very slow their quiet time is over once more.
    const mayStart = performance.now() - startedMs < 9000 ? 0 : 2 * exiting.length
    expect(await startsOfCommands()).toBeLessThanOrEqual(starts + mayStart)
    expect(await medianCallMs()).toBeLessThan(waitedMs / 10)
  })

  it('fail at once where a dead one is called that refuses, and say why', async () => {
    for (const slug of ['refusing-00', 'exiting-00']) {
      const { value, ms } = await timed(() => callModern(mcp(), { key, params: { name: `${slug}__x`, arguments: {} } }))
      expect([value.status, at(value.json, 'error.data.code')]).toEqual([502, 'server_unreachable'])
      expect(ms).toBeLessThan(waitedMs / 3)
    }
  })

  it('leave no processes behind, and take memory once', async () => {
    await expect.poll(childrenOfGateway, { timeout: 20_000 }).toBeLessThanOrEqual(1)
    const before = await residentBytes()
    for (let round = 0; round < 100; round += 1) await list()
    expect((await residentBytes()) - before).toBeLessThan(100 * 1024 * 1024)
    expect(await childrenOfGateway()).toBeLessThanOrEqual(1)
  })
})
