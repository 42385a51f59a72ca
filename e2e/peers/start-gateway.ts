/** Starts the built gateway as its users do, `gatehouse serve --json`, in a data directory and a HOME of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import * as z from 'zod'
import { send } from './send.js'

const entry = fileURLToPath(new URL('../../dist/gateway/gatehouse.js', import.meta.url))

/** Passphrase of every vault that tests make. */
export const testPassphrase = 'correct horse battery staple'

export interface ApiAnswer {
  readonly status: number
  /** Parsed where the answer was JSON; otherwise the text. */
  readonly body: unknown
}

export interface NewKey {
  readonly name: string
  readonly subject?: string
  readonly email?: string
  readonly servers?: readonly string[]
  readonly tools?: readonly string[]
}

export interface CommandConfig {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly timeout_ms?: number
}

export interface RunningGateway {
  readonly dataUrl: string
  readonly controlUrl: string
  readonly controlToken: string
  readonly dataDir: string
  readonly pid: number
  /** One request to the control API; `path` follows `/api/v1`. Any status is an answer. */
  api(method: string, path: string, body?: unknown): Promise<ApiAnswer>
  /** @throws Error unless the answer was a 2xx */
  putServer(slug: string, config: unknown): Promise<void>
  /** A server that runs a command, approved. @throws Error unless the answers were a 2xx */
  putCommand(slug: string, config: CommandConfig): Promise<void>
  /** @throws Error unless the answer was a 2xx */
  putSecret(name: string, value: string, subject?: string): Promise<void>
  addKey(key: NewKey): Promise<{ readonly id: string; readonly key: string }>
  /** Everything on standard error so far. */
  stderr(): string
  /** SIGTERM; resolves with the exit code, after the data directory is gone. */
  stop(): Promise<number | null>
  /** SIGKILL; a data directory that was given stays as it is. */
  kill(): Promise<void>
}

export interface StartOptions {
  /** Used and left in place; made and removed where it is not given. */
  readonly dataDir?: string
  readonly args?: readonly string[]
  /** Starts without a passphrase, and so without a key to the vault. */
  readonly withoutPassphrase?: boolean
  readonly env?: Readonly<Record<string, string>>
}

const running = new Set<ChildProcess>()

// A test that failed between start and stop leaves nobody behind.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

const readySchema = z.looseObject({
  event: z.literal('ready'),
  dataUrl: z.string(),
  controlUrl: z.string(),
  controlToken: z.string(),
  pid: z.number(),
})
const keySchema = z.looseObject({ id: z.string(), key: z.string() })

/** @throws Error when the gateway is not built, or ended before it was ready; the message holds its standard error */
export async function startGateway(options: StartOptions = {}): Promise<RunningGateway> {
  if (!existsSync(entry)) throw new Error(`${entry} is missing: build it with "npx vite build --app"`)
  const scratch = await mkdtemp(join(tmpdir(), 'gatehouse-e2e-'))
  const home = join(scratch, 'home')
  await mkdir(home)
  const passphraseFile = join(scratch, 'passphrase')
  await writeFile(passphraseFile, testPassphrase, { mode: 0o600 })
  const dataDir = options.dataDir ?? join(scratch, 'data')
  const child = spawn(
    process.execPath,
    [
      ...[entry, 'serve', '--json', '--port', '0', '--control-port', '0'],
      ...['--data-dir', dataDir, ...(options.args ?? [])],
      ...(options.withoutPassphrase === true ? [] : ['--passphrase-file', passphraseFile]),
    ],
    { env: { PATH: process.env['PATH'] ?? '', HOME: home, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  running.add(child)
  child.once('exit', () => running.delete(child))
  const ready = await readReadyLine(child, () => errors).catch(async (error: unknown) => {
    await rm(scratch, { recursive: true, force: true })
    throw error
  })
  const api = createApi(ready.controlUrl, ready.controlToken)
  return {
    dataUrl: ready.dataUrl,
    controlUrl: ready.controlUrl,
    controlToken: ready.controlToken,
    dataDir,
    pid: ready.pid,
    api,
    putServer: async (slug, config) => void (await required(api('PUT', `/servers/${slug}`, config))),
    async putCommand(slug, config) {
      await required(api('PUT', `/servers/${slug}`, { transport: 'stdio', ...config }))
      await required(api('POST', `/servers/${slug}/approve`))
    },
    async putSecret(name, value, subject) {
      const query = subject === undefined ? '' : `?subject=${encodeURIComponent(subject)}`
      await required(api('PUT', `/secrets/${name}${query}`, { value }))
    },
    addKey: async (key) => keySchema.parse((await required(api('POST', '/keys', key))).body),
    stderr: () => errors,
    async stop() {
      const code = await end(child, 'SIGTERM')
      await rm(scratch, { recursive: true, force: true })
      return code
    },
    async kill() {
      await end(child, 'SIGKILL')
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

async function readReadyLine(child: ChildProcess, errors: () => string): Promise<z.infer<typeof readySchema>> {
  if (child.stdout === null) throw new Error('The gateway has no standard output')
  const lines = createInterface({ input: child.stdout })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The gateway ended with ${String(code)} before it was ready:\n${errors()}`)
  })
  const line = once(lines, 'line').then(([text]) => readySchema.parse(JSON.parse(String(text))))
  const timeout = new Promise<never>((_resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`The gateway was not ready after 15 s:\n${errors()}`))
    }, 15_000)
    for (const settled of [line, ended]) settled.finally(() => clearTimeout(late)).catch(() => undefined)
  })
  // The losers of the race reject later, when the child ends; nobody waits for them.
  ended.catch(() => undefined)
  return Promise.race([line, ended, timeout])
}

function createApi(controlUrl: string, controlToken: string): RunningGateway['api'] {
  return async (method, path, body) => {
    const answer = await send(`${controlUrl}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${controlToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: answer.json ?? answer.text }
  }
}

async function required(answer: Promise<ApiAnswer>): Promise<ApiAnswer> {
  const { status, body } = await answer
  if (status < 200 || status > 299) throw new Error(`The control API answered ${status}: ${JSON.stringify(body)}`)
  return { status, body }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), 30_000)
  await once(child, 'exit')
  clearTimeout(late)
  return child.exitCode
}
