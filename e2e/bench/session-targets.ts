/** The targets of the sessions' table: each a process of its own on one core, the server behind it on the other. */
import { spawn } from 'node:child_process'
import { startGatehouse } from './gatehouse.js'
import { peerProgram } from './peers.js'
import { cores, onCore, randomPort, reachable, script, start, stop } from './processes.js'

export interface SessionTarget {
  readonly name: string
  readonly port: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Undefined for the server itself. */
  readonly pid: number | undefined
  /** The proxy of the SDK's parts that does the same work. */
  readonly comparedWith: string | undefined
  stop(): Promise<void>
}

/** Why a target is not in the table. */
export class Missing {
  constructor(
    readonly name: string,
    readonly reason: string,
  ) {}
}

export const stdioProxy = 'sdk proxy, stdio'
export const httpProxy = 'sdk proxy, HTTP'

/** The command of the server over stdio. It leaves the core of whoever starts it. */
const [serverCommand, serverArgs] = onCore(cores.load, process.execPath, script('session-server.ts', 'stdio'))

/**
 * In the order of the table; the first is the server itself.
 *
 * @param withPeers whether proxies of others are fetched from npm where they are not there yet
 */
export async function startSessionTargets(
  withPeers: boolean,
): Promise<{ targets: SessionTarget[]; missing: Missing[] }> {
  const direct = await startDirect()
  const url = `http://127.0.0.1:${direct.port}${direct.path}`
  const targets: SessionTarget[] = [direct]
  const missing: Missing[] = []
  try {
    for (const begin of [
      () => startSdkProxy(stdioProxy, [serverCommand, ...serverArgs]),
      () => startMcpProxy(withPeers),
      () => startBehindGatehouse('gatehouse, stdio', { command: serverCommand, args: serverArgs }, stdioProxy),
      () => startSdkProxy(httpProxy, [url]),
      () => startBehindGatehouse('gatehouse, shared', { url, connection: 'shared' }, httpProxy),
      () => startBehindGatehouse('gatehouse, /mcp', { url, connection: 'shared' }, httpProxy, '/mcp'),
    ]) {
      const started = await begin()
      if (started instanceof Missing) missing.push(started)
      else targets.push(started)
    }
  } catch (error) {
    for (const target of targets) await target.stop()
    throw error
  }
  return { targets, missing }
}

async function startDirect(): Promise<SessionTarget> {
  const [child, line] = await start(cores.load, process.execPath, script('session-server.ts', 'http'))
  const port = Number(line)
  return {
    name: 'direct, HTTP',
    port,
    path: '/mcp',
    headers: {},
    pid: undefined,
    comparedWith: undefined,
    stop: () => stop(child),
  }
}

/** Without warnings, as the SDK's client over HTTP has many to give of listeners that pile up. */
async function startSdkProxy(name: string, server: readonly string[]): Promise<SessionTarget> {
  const [child, line] = await start(cores.target, process.execPath, [
    '--no-warnings',
    ...script('sdk-proxy.ts', ...server),
  ])
  const { pid } = child
  return { name, port: Number(line), path: '/mcp', headers: {}, pid, comparedWith: name, stop: () => stop(child) }
}

/** https://github.com/punkpeye/mcp-proxy */
async function startMcpProxy(withPeers: boolean): Promise<SessionTarget | Missing> {
  const name = 'mcp-proxy, stdio'
  const program = peerProgram('mcp-proxy', '6.7.19', withPeers)
  if (program instanceof Error) return new Missing(name, program.message)
  const port = randomPort()
  const options = ['--server', 'stream', '--host', '127.0.0.1', '--port', String(port), '--']
  const args = [program, ...options, serverCommand, ...serverArgs]
  const child = spawn(...onCore(cores.target, process.execPath, args), { stdio: 'ignore' })
  await reachable(port, '/mcp')
  const { pid } = child
  return { name, port, path: '/mcp', headers: {}, pid, comparedWith: stdioProxy, stop: () => stop(child) }
}

/** This gateway with everything on, and one server behind it. */
async function startBehindGatehouse(
  name: string,
  server: object,
  comparedWith: string,
  path = '/mcp/bench',
): Promise<SessionTarget | Missing> {
  const gatehouse = await startGatehouse()
  await gatehouse.api('PUT', '/secrets/bench', { value: 'the-secret-of-the-benchmark' })
  const appAuth = 'url' in server ? { app_auth: { type: 'bearer', token: { secret: 'bench' } } } : {}
  await gatehouse.api('PUT', '/servers/bench', { ...server, ...appAuth })
  await gatehouse.api('POST', '/servers/bench/approve', {})
  const headers = await gatehouse.agentHeaders()
  const { port, pid } = gatehouse
  const probe = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  })
  if (probe.status === 501) {
    await gatehouse.stop()
    return new Missing(name, 'this build answers 501')
  }
  return { name, port, path, headers, pid, comparedWith, stop: () => gatehouse.stop() }
}
