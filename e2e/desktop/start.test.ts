/** `npm start` where there is no display: the same gateway and page, and one line that says where. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { send } from '../peers/send.js'

const entry = fileURLToPath(new URL('../../dist/app/start.js', import.meta.url))
let scratch: string
beforeAll(async () => void (scratch = await mkdtemp(join(tmpdir(), 'gatehouse-start-'))))
afterAll(() => rm(scratch, { recursive: true, force: true }))

interface Started {
  readonly process: ChildProcess
  /** Lines of standard output so far. */
  readonly lines: string[]
  readonly firstLine: Promise<string>
  readonly ended: Promise<number | null>
  stderr(): string
}

function start(name: string, ports: readonly [data: number, control: number]): Started {
  const args = [entry, '--port', String(ports[0]), '--control-port', String(ports[1]), '--no-keychain']
  const env = { PATH: process.env['PATH'], HOME: scratch, GATEHOUSE_DATA_DIR: join(scratch, name) }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const lines: string[] = []
  const output = createInterface({ input: child.stdout })
  output.on('line', (line) => lines.push(line))
  let stderr = ''
  child.stderr.on('data', (chunk) => (stderr += String(chunk)))
  const firstLine = once(output, 'line').then(([line]) => String(line))
  const ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null))
  return { process: child, lines, firstLine, ended, stderr: () => stderr }
}

it.skipIf(process.platform !== 'linux')('serves the page, says so in one line, and ends with Ctrl+C', async () => {
  const started = start('plain', [0, 0])
  const line = await started.firstLine
  expect(line).toMatch(/^There is no display here, so open the page in a browser yourself: http:\/\/127\.0\.0\.1:\d+\//)
  const [, link = ''] = /(http:\S+)/.exec(line) ?? []
  const signedIn = await send(link)
  expect([signedIn.status, signedIn.headers['set-cookie']?.[0]]).toEqual([302, expect.stringContaining('HttpOnly')])
  expect((await send(link)).status).toBe(401)
  // As a terminal does: to everything that it runs, each of which passes it on.
  process.kill(-(started.process.pid ?? Number.NaN), 'SIGINT')
  expect(await started.ended).toBe(0)
  expect(started.lines).toEqual([line])
  expect(existsSync(join(scratch, 'plain/run.json'))).toBe(false)
})

it.skipIf(process.platform !== 'linux')('ends with one line that names the port where it is taken', async () => {
  const first = start('first', [0, 0])
  const taken = Number(/agents call http:\/\/127\.0\.0\.1:(\d+)/.exec(await first.firstLine)?.[1])
  const second = start('second', [taken, 0])
  expect(await second.ended).toBe(1)
  expect(second.lines).toEqual([])
  expect(second.stderr().trim().split('\n')).toEqual([expect.stringContaining(`Port ${taken} is taken`)])
  first.process.kill('SIGTERM')
  expect(await first.ended).toBe(0)
})
