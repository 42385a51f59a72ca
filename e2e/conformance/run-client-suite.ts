/**
 * Runs the official conformance suite's client scenarios, which start `client-driver.mjs` each, and reads what they wrote.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunningGateway } from '../peers/start-gateway.js'
import {
  requirements,
  suiteEntry,
  summarize,
  toolsFolder,
  type Revision,
  type ScenarioResult,
} from './run-server-suite.js'

export interface ClientScenarioResult extends ScenarioResult {
  /** What the driver wrote on standard error. */
  readonly told: string
}

const driver = fileURLToPath(new URL('client-driver.mjs', import.meta.url))

/**
 * @param key that the agent presents to the gateway
 * @returns results by scenario
 * @throws Error when the suite left no results, with what it printed
 */
export async function runClientSuite(
  gateway: RunningGateway,
  key: string,
  revision: Revision,
): Promise<ReadonlyMap<string, ClientScenarioResult>> {
  const output = await mkdtemp(join(tmpdir(), 'gatehouse-conformance-'))
  try {
    const printed = await runSuite(gateway, key, revision, output)
    const results = await readResults(output, revision)
    if (results.size === 0) throw new Error(`The conformance suite left no results:\n${printed}`)
    return results
  } finally {
    await rm(output, { recursive: true, force: true })
  }
}

function runSuite(gateway: RunningGateway, key: string, revision: Revision, output: string): Promise<string> {
  const args = [
    ...['--require', join(toolsFolder, 'force-loopback.cjs')],
    ...['--import', join(toolsFolder, 'fs-globsync-loader.mjs')],
    ...[suiteEntry, 'client', '--command', `${process.execPath} ${driver}`, '--requirements', revision, '-o', output],
  ]
  const env = {
    ...process.env,
    GATEHOUSE_CONTROL_URL: gateway.controlUrl,
    GATEHOUSE_CONTROL_TOKEN: gateway.controlToken,
    GATEHOUSE_DATA_URL: gateway.dataUrl,
    GATEHOUSE_KEY: key,
    GATEHOUSE_REVISION: revision,
  }
  return new Promise((done) => {
    execFile(process.execPath, args, { env, maxBuffer: 64 << 20, timeout: 120_000 }, (_error, stdout, stderr) =>
      done(`${stdout}\n${stderr}`),
    )
  })
}

async function readResults(output: string, revision: Revision): Promise<ReadonlyMap<string, ClientScenarioResult>> {
  const required = (await requirements(revision)).client
  const results = new Map<string, ClientScenarioResult>()
  const files = await readdir(output, { recursive: true, withFileTypes: true })
  for (const { name, parentPath } of files) {
    if (name !== 'checks.json') continue
    const folder = relative(output, parentPath).split(sep).join('/')
    const scenario = /^(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder)?.[1]
    if (scenario === undefined) continue
    const [text, told] = await Promise.all([
      readFile(join(parentPath, name), 'utf8'),
      readFile(join(parentPath, 'stderr.txt'), 'utf8').catch(() => ''),
    ])
    results.set(scenario, { ...summarize(text, required.includes(scenario)), told })
  }
  return results
}
