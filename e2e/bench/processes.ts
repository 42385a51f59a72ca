/** Processes of a benchmark: each on one core, its CPU time and memory as the system counts them. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'

export const root = new URL('../../', import.meta.url).pathname

/** What is measured has one core for itself; whatever loads it and answers it has the other one. */
export const cores = { target: 0, load: 1 } as const

const tsx = createRequire(import.meta.url).resolve('tsx')
const pinning = spawnSync('taskset', ['--version']).status === 0

export function onCore(core: number | 'all', command: string, args: readonly string[]): [string, string[]] {
  return pinning && core !== 'all' ? ['taskset', ['-c', String(core), command, ...args]] : [command, [...args]]
}

/** Arguments with which Node runs one of the files beside this one. */
export function script(name: string, ...args: readonly string[]): string[] {
  return ['--import', tsx, join(root, 'e2e/bench', name), ...args]
}

/** Where a program is, on the PATH or where Debian keeps those of root. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** Starts a process and gives its first line on standard output. */
export async function start(
  core: number | 'all',
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<[ChildProcess, string]> {
  const child = spawn(...onCore(core, command, args), { stdio: ['ignore', 'pipe', 'inherit'], env })
  const lines = createInterface({ input: child.stdout ?? process.stdin })
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve)
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code ?? 'a signal'}`)))
  })
  return [child, line]
}

export function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve()
      return
    }
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

/** Resolves when something answers HTTP on the port, or rejects after five seconds. */
export async function reachable(port: number, path = '/'): Promise<void> {
  const untilMs = performance.now() + 5000
  while (performance.now() < untilMs) {
    const ok = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST' }).then(
      () => true,
      () => false,
    )
    if (ok) return
  }
  throw new Error(`nothing answers on port ${port}`)
}

export function randomPort(): number {
  return 20_000 + Math.floor(Math.random() * 10_000)
}

const ticksPerSecond =
  process.platform === 'linux' ? Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) : Number.NaN

/** User and system time of a process, all of its threads, none of its children. NaN where it cannot be read. */
export function cpuSeconds(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return Number.NaN
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** NaN where it cannot be read. */
export function residentMb(pid: number | undefined): number {
  if (pid === undefined || process.platform !== 'linux') return Number.NaN
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024
}
