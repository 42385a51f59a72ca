/** The targets that are measured side by side, each a process of its own on one core. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'

export interface Target {
  readonly name: string
  readonly port: number
  /** Undefined for the server itself. */
  readonly pid: number | undefined
  readonly pathOf: (kind: 'small' | 'large' | 'stream') => string
  readonly headers: Readonly<Record<string, string>>
  readonly startMs: number
  stop(): Promise<void>
}

const root = new URL('../../', import.meta.url).pathname
const tsx = createRequire(import.meta.url).resolve('tsx')
const pinning = spawnSync('taskset', ['--version']).status === 0

function onCore(core: number, command: string, args: readonly string[]): [string, string[]] {
  return pinning ? ['taskset', ['-c', String(core), command, ...args]] : [command, [...args]]
}

/** Starts a process and gives its first line on standard output. */
async function start(
  core: number,
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

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) {
      resolve()
      return
    }
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

export async function startServer(): Promise<Target> {
  const [child, line] = await start(1, process.execPath, ['--import', tsx, join(root, 'e2e/bench/server.ts')])
  return {
    name: 'direct',
    port: Number(line),
    pid: undefined,
    pathOf: (kind) => `/${kind}`,
    headers: {},
    startMs: 0,
    stop: () => stop(child),
  }
}

export async function startFloor(server: Target): Promise<Target> {
  const [child, line] = await start(0, process.execPath, [
    '--import',
    tsx,
    join(root, 'e2e/bench/floor.ts'),
    `http://127.0.0.1:${server.port}`,
  ])
  return { ...server, name: 'node:http + undici', port: Number(line), pid: child.pid, stop: () => stop(child) }
}

/** nginx with one worker, where it is installed. */
export async function startNginx(server: Target): Promise<Target | undefined> {
  const nginx = findNginx()
  if (nginx === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-nginx-'))
  const port = 20_000 + Math.floor(Math.random() * 20_000)
  const conf = join(folder, 'nginx.conf')
  writeFileSync(
    conf,
    `daemon off; worker_processes 1; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http { access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  keepalive_requests 1000000;
  upstream server { server 127.0.0.1:${server.port}; keepalive 600; keepalive_requests 1000000; }
  server { listen 127.0.0.1:${port};
    location / { proxy_pass http://server; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Authorization "Bearer secret-of-nginx"; proxy_buffering off; proxy_read_timeout 600s; } } }
`,
  )
  const child = spawn(...onCore(0, nginx, ['-c', conf, '-p', folder]), { stdio: ['ignore', 'ignore', 'inherit'] })
  await reachable(port)
  return {
    ...server,
    name: 'nginx',
    port,
    pid: child.pid,
    stop: async () => {
      await stop(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Debian keeps it where only root's PATH leads. */
function findNginx(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders.map((folder) => join(folder, 'nginx')).find((path) => existsSync(path))
}

/** Resolves when something answers HTTP on the port, or rejects after two seconds. */
async function reachable(port: number): Promise<void> {
  const untilMs = performance.now() + 2000
  while (performance.now() < untilMs) {
    const ok = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST' }).then(
      () => true,
      () => false,
    )
    if (ok) return
  }
  throw new Error(`nothing answers on port ${port}`)
}

interface Ready {
  readonly dataUrl: string
  readonly controlUrl: string
  readonly controlToken: string
  readonly pid: number
}

/** This gateway with everything on: key check, plan with a secret from the vault, exchange recorded. */
export async function startGatehouse(server: Target): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  const passphraseFile = join(folder, 'passphrase')
  writeFileSync(passphraseFile, 'the passphrase of a benchmark\n', { mode: 0o600 })
  const startedMs = performance.now()
  const args = [
    'serve',
    '--json',
    '--port',
    '0',
    '--control-port',
    '0',
    '--data-dir',
    join(folder, 'data'),
    '--passphrase-file',
    passphraseFile,
  ]
  const [child, line] = await start(0, process.execPath, [join(root, 'dist/gateway/gatehouse.js'), ...args])
  const startMs = performance.now() - startedMs
  const ready = JSON.parse(line) as Ready
  const api = async (method: string, path: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${ready.controlUrl}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${ready.controlToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>)
  }
  await api('PUT', '/secrets/bench', { value: 'the-secret-of-the-benchmark' })
  for (const kind of ['small', 'large', 'stream'])
    await api('PUT', `/servers/${kind}`, {
      url: `http://127.0.0.1:${server.port}/${kind}`,
      app_auth: { type: 'bearer', token: { secret: 'bench' } },
    })
  const { key } = await api('POST', '/keys', { name: 'bench' })
  return {
    name: 'gatehouse',
    port: Number(new URL(ready.dataUrl).port),
    pid: ready.pid,
    pathOf: (kind) => `/mcp/${kind}`,
    headers: { Authorization: `Bearer ${String(key)}` },
    startMs,
    stop: async () => {
      await stop(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
