/** This gateway as it is started for the benchmark: a vault with a passphrase, nothing registered. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cores, root, start, stop } from './processes.js'
import { medianOf } from './report.js'

interface Ready {
  readonly dataUrl: string
  readonly controlUrl: string
  readonly controlToken: string
  readonly pid: number
}

export interface Gatehouse {
  readonly port: number
  readonly pid: number
  readonly startMs: number
  /** Asks the control API. @throws Error where it refuses */
  api(method: string, path: string, body: object): Promise<Record<string, unknown>>
  /** Headers with the key of an agent, made now. */
  agentHeaders(): Promise<Record<string, string>>
  stop(): Promise<void>
}

/** Milliseconds from the start of the process to the ready line, with all cores as users have them. Median of five. */
export async function measureStart(): Promise<number> {
  const startsMs: number[] = []
  for (let round = 0; round < 5; round++) {
    const gatehouse = await startGatehouse([], 'all')
    startsMs.push(gatehouse.startMs)
    await gatehouse.stop()
  }
  return medianOf(startsMs)
}

/**
 * @param serveArgs further ones of `gatehouse serve`
 * @param core the one that it has to itself
 */
export async function startGatehouse(
  serveArgs: readonly string[] = [],
  core: number | 'all' = cores.target,
): Promise<Gatehouse> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  const passphraseFile = join(folder, 'passphrase')
  writeFileSync(passphraseFile, 'the passphrase of a benchmark\n', { mode: 0o600 })
  const startedMs = performance.now()
  const files = ['--data-dir', join(folder, 'data'), '--passphrase-file', passphraseFile]
  const args = ['serve', '--json', '--port', '0', '--control-port', '0', ...files, ...serveArgs]
  const gateway = process.env['GATEHOUSE_BENCH_DIST'] ?? join(root, 'dist/gateway/gatehouse.js')
  const [child, line] = await start(core, process.execPath, [...nodeFlags(), gateway, ...args])
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
  return {
    port: Number(new URL(ready.dataUrl).port),
    pid: ready.pid,
    startMs,
    api,
    agentHeaders: async () => {
      const { key } = await api('POST', '/keys', { name: 'bench' })
      return { Authorization: `Bearer ${String(key)}` }
    },
    stop: async () => {
      await stop(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Flags for Node itself, such as those of its profiler. */
function nodeFlags(): string[] {
  return (process.env['GATEHOUSE_BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '')
}
