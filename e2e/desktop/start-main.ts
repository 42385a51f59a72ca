/** Starts the built main process under plain Node, with the stand-in for `electron`, and the real gateway below it. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const entry = fileURLToPath(new URL('../../dist/app/main.js', import.meta.url))
const standIn = new URL('./use-stand-in.mjs', import.meta.url).href
const lookEveryMs = 25
const waitTimeoutMs = 30_000

const runSchema = z.object({ dataUrl: z.string(), controlUrl: z.string(), controlToken: z.string(), pid: z.number() })
const stateSchema = z.object({
  address: z.string().optional(),
  visible: z.boolean().optional(),
  preferences: z.record(z.string(), z.unknown()).optional(),
  opensWindows: z.unknown().optional(),
  sent: z.array(z.unknown()).optional(),
  cookies: z.array(z.looseObject({ name: z.string(), value: z.string() })),
  tray: z.array(z.string()),
  menus: z.array(z.string()),
  clipboard: z.string(),
  forkedWith: z.array(z.array(z.string())),
  notified: z.array(z.unknown()),
  opened: z.array(z.string()),
  asked: z.number(),
})
export type StandInState = z.infer<typeof stateSchema>

export interface StartedMain {
  readonly dataDir: string
  ask(name: string, ...args: readonly unknown[]): Promise<unknown>
  state(): Promise<StandInState>
  /** Resolves with the state as soon as it is so. @throws Error with the state after 30 s */
  until(isSo: (state: StandInState) => boolean): Promise<StandInState>
  /** `run.json` of the gateway that runs now. */
  run(): Promise<z.infer<typeof runSchema>>
  /** A request to the control API; any status is an answer. */
  api(method: string, path: string): Promise<{ readonly status: number; readonly body: unknown }>
  output(): string
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>
  /** Quits, and removes a data directory that was made here. */
  stop(): Promise<void>
}

export interface StartOptions {
  readonly dataDir?: string
  readonly backend?: string
  readonly settings?: Readonly<Record<string, unknown>>
  readonly args?: readonly string[]
}

export async function startMain(options: StartOptions = {}): Promise<StartedMain> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'gatehouse-main-')))
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const settings = { ports: { data: 0, control: 0 }, ...options.settings }
  await writeFile(join(dataDir, 'settings.json'), JSON.stringify(settings), { flag: 'wx' }).catch(() => undefined)
  const child = fork(entry, [...(options.args ?? [])], {
    execArgv: ['--import', standIn],
    env: {
      ...{ PATH: process.env['PATH'], HOME: dataDir, GATEHOUSE_DATA_DIR: dataDir },
      ...{ STAND_IN_KEYCHAIN: dataDir, STAND_IN_BACKEND: options.backend ?? 'gnome_libsecret' },
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)))
  const ended = once(child, 'exit').then(([code]) => (typeof code === 'number' ? code : null))
  let lastId = 0
  const ask: StartedMain['ask'] = (name, ...args) => {
    const id = ++lastId
    return new Promise((resolve, reject) => {
      const listen = (message: unknown): void => {
        const answer = z.object({ id: z.literal(id), answer: z.unknown() }).safeParse(message).data
        if (answer === undefined) return
        child.off('message', listen)
        resolve(answer.answer)
      }
      child.on('message', listen)
      void ended.then(() => reject(new Error(`The app has ended.\n${output}`)))
      if (child.connected) child.send({ id, name, args })
    })
  }
  const state = async (): Promise<StandInState> => stateSchema.parse(await ask('state'))
  const run = async (): Promise<z.infer<typeof runSchema>> =>
    runSchema.parse(JSON.parse(await readFile(join(dataDir, 'run.json'), 'utf8')))
  return {
    ...{ dataDir, ask, state, run, ended, output: () => output },
    async until(isSo) {
      const deadlineMs = performance.now() + waitTimeoutMs
      for (;;) {
        const now = await state()
        if (isSo(now)) return now
        if (performance.now() > deadlineMs)
          throw new Error(`It did not come to that: ${JSON.stringify(now)}\n${output}`)
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
      }
    },
    async api(method, path) {
      const { controlUrl, controlToken } = await run()
      const answer = await fetch(`${controlUrl}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${controlToken}` },
      })
      const text = await answer.text()
      return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) }
    },
    async stop() {
      if (child.exitCode === null) void ask('quit').catch(() => undefined)
      await ended
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}
