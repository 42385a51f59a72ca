/** The targets of the first table, where bytes pass through: each a process of its own on one core. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGatehouse } from './gatehouse.js'
import { cores, findProgram, onCore, randomPort, reachable, script, start, stop } from './processes.js'

export interface Target {
  readonly name: string
  readonly port: number
  /** Undefined for the server itself. */
  readonly pid: number | undefined
  readonly pathOf: (kind: 'small' | 'large' | 'stream') => string
  readonly headers: Readonly<Record<string, string>>
  stop(): Promise<void>
}

export async function startServer(): Promise<Target> {
  const [child, line] = await start(cores.load, process.execPath, script('server.ts'))
  return {
    name: 'direct',
    port: Number(line),
    pid: undefined,
    pathOf: (kind) => `/${kind}`,
    headers: {},
    stop: () => stop(child),
  }
}

export async function startFloor(server: Target): Promise<Target> {
  const [child, line] = await start(
    cores.target,
    process.execPath,
    script('floor.ts', `http://127.0.0.1:${server.port}`),
  )
  return { ...server, name: 'node:http + undici', port: Number(line), pid: child.pid, stop: () => stop(child) }
}

/** nginx with one worker, where it is installed. */
export async function startNginx(server: Target): Promise<Target | undefined> {
  const nginx = findProgram('nginx')
  if (nginx === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-nginx-'))
  const port = randomPort()
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
  const child = spawn(...onCore(cores.target, nginx, ['-c', conf, '-p', folder]), {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
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

export interface PassThroughSettings {
  readonly name: string
  readonly serveArgs?: readonly string[]
  /** Texts in Cedar. */
  readonly policies?: readonly string[]
}

/** This gateway with a key check, a plan with a secret from the vault, and exchanges recorded unless it says otherwise. */
export async function startPassThrough(
  server: Target,
  { name, serveArgs = [], policies = [] }: PassThroughSettings = { name: 'gatehouse' },
): Promise<Target> {
  const gatehouse = await startGatehouse(serveArgs)
  for (const [index, text] of policies.entries()) await gatehouse.api('PUT', `/policies/p${index}`, { text })
  await gatehouse.api('PUT', '/secrets/bench', { value: 'the-secret-of-the-benchmark' })
  for (const kind of ['small', 'large', 'stream'])
    await gatehouse.api('PUT', `/servers/${kind}`, {
      url: `http://127.0.0.1:${server.port}/${kind}`,
      app_auth: { type: 'bearer', token: { secret: 'bench' } },
    })
  return {
    name,
    port: gatehouse.port,
    pid: gatehouse.pid,
    pathOf: (kind) => `/mcp/${kind}`,
    headers: await gatehouse.agentHeaders(),
    stop: () => gatehouse.stop(),
  }
}
