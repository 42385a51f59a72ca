/** Starts the real third-party server `@modelcontextprotocol/server-everything` over Streamable HTTP, on loopback. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

export interface EverythingServer {
  /** Ends in `/mcp`. */
  readonly url: string
  close(): Promise<void>
}

const packageFolder = dirname(
  createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json'),
)
const preload = fileURLToPath(new URL('listen-on-loopback.cjs', import.meta.url))

const running = new Set<ChildProcess>()

// A test file that failed between start and close leaves nobody behind.
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** @throws Error when it ends before it listens, with what it printed */
export async function startEverything(): Promise<EverythingServer> {
  const port = await freePort()
  const child = spawn(
    process.execPath,
    ['--require', preload, join(packageFolder, 'dist/index.js'), 'streamableHttp'],
    { env: { PATH: process.env['PATH'] ?? '', PORT: String(port) }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  running.add(child)
  child.once('exit', () => running.delete(child))
  let printed = ''
  child.stdout.resume()
  await new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.includes(`listening on port ${port}`)) resolve()
    })
    child.once('exit', (code) => reject(new Error(`server-everything ended with ${String(code)}:\n${printed}`)))
  })
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}
