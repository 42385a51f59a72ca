/** The real third-party servers: how their processes are started, and `server-everything` over HTTP, on loopback. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

export interface EverythingServer {
  /** Ends in `/mcp`, or in `/sse`. */
  readonly url: string
  close(): Promise<void>
}

/** The entry of a third-party server, `dist/index.js` in its package. */
function entryOf(name: string): string {
  const manifest = createRequire(import.meta.url).resolve(`@modelcontextprotocol/server-${name}/package.json`)
  return join(dirname(manifest), 'dist/index.js')
}

/** The command that starts a third-party server over stdio. */
export function stdioCommand(
  name: 'everything' | 'filesystem' | 'memory',
  ...args: readonly string[]
): { readonly command: string; readonly args: readonly string[] } {
  return { command: process.execPath, args: [entryOf(name), ...args] }
}

const preload = fileURLToPath(new URL('listen-on-loopback.cjs', import.meta.url))

const running = new Set<ChildProcess>()

// A test file that failed between start and close leaves nobody behind.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** A port that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** @throws Error when it ends before it listens, with what it printed */
export async function startEverything(
  transport: 'streamableHttp' | 'sse' = 'streamableHttp',
  givenPort?: number,
): Promise<EverythingServer> {
  const port = givenPort ?? (await freePort())
  const child = spawn(process.execPath, ['--require', preload, entryOf('everything'), transport], {
    env: { PATH: process.env['PATH'] ?? '', PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let printed = ''
  child.stdout.resume()
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.includes(`on port ${port}`)) resolve()
    })
    child.once('exit', (code) => reject(new Error(`server-everything ended with ${String(code)}:\n${printed}`)))
  })
  return {
    url: `http://127.0.0.1:${port}/${transport === 'sse' ? 'sse' : 'mcp'}`,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
