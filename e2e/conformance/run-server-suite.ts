/**
 * Runs the official conformance suite's server scenarios as a child process and reads what it wrote. The suite is used
 * unchanged, with the loaders that let it run on Node 20, stay on loopback and carry an agent's key.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import * as z from 'zod'

export type Revision = '2025-11-25' | '2026-07-28'

export interface ScenarioResult {
  /** Status by check: its id, with `#2` and so on where an id occurs again. */
  readonly checks: Readonly<Record<string, string>>
  /** Messages of checks that did not succeed, by the same names. */
  readonly messages: Readonly<Record<string, string>>
  readonly passed: number
  readonly failed: number
  /** Whether the revision requires this scenario. */
  readonly scored: boolean
}

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..')

/** Where the suite's loaders are; they are not part of this repository. */
export const toolsFolder =
  process.env['GATEHOUSE_CONFORMANCE_TOOLS'] ?? resolve(repository, '../shared/tools/conformance')

/** False where the loaders are missing, and the suite cannot run on Node 20. */
export const hasTools = existsSync(join(toolsFolder, 'fs-globsync-loader.mjs'))

export const suiteEntry = join(repository, 'node_modules/@modelcontextprotocol/conformance/dist/index.js')
/** What runs the suite on Node 20, on loopback: arguments of Node. */
export const suiteArguments: readonly string[] = [
  ...['--require', join(toolsFolder, 'force-loopback.cjs')],
  ...['--import', join(toolsFolder, 'fs-globsync-loader.mjs')],
  suiteEntry,
]
const requirementsSchema = z.looseObject({ server: z.array(z.string()), client: z.array(z.string()) })
const checksSchema = z.array(z.looseObject({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }))

/**
 * @param url  of the server; `localhost` or a loopback address
 * @param authorization  value for `Authorization` on every request to the origin of `url`
 * @returns results by scenario, in the order in which they ran
 * @throws Error when the suite left no results, with what it printed
 */
export async function runServerSuite(
  url: string,
  revision: Revision,
  authorization?: string,
): Promise<ReadonlyMap<string, ScenarioResult>> {
  const output = await mkdtemp(join(tmpdir(), 'gatehouse-conformance-'))
  try {
    const printed = await runSuite(url, revision, output, authorization)
    const results = await readResults(output, revision)
    if (results.size === 0) throw new Error(`The conformance suite left no results:\n${printed}`)
    return results
  } finally {
    await rm(output, { recursive: true, force: true })
  }
}

async function runSuite(url: string, revision: Revision, output: string, authorization?: string): Promise<string> {
  const args = [
    ...['--require', join(toolsFolder, 'force-loopback.cjs')],
    ...(authorization === undefined ? [] : ['--require', join(toolsFolder, 'inject-agent-auth.cjs')]),
    ...['--import', join(toolsFolder, 'fs-globsync-loader.mjs')],
    ...[suiteEntry, 'server', '--url', url, '--requirements', revision, '-o', output],
  ]
  const env = {
    ...process.env,
    ...(authorization === undefined ? {} : { GW_ORIGIN: new URL(url).origin, GW_AUTHORIZATION: authorization }),
  }
  return new Promise((done) => {
    // The exit code says whether all scored scenarios passed; the results say more, so it is not looked at.
    execFile(process.execPath, args, { env, maxBuffer: 64 << 20, timeout: 120_000 }, (_error, stdout, stderr) =>
      done(`${stdout}\n${stderr}`),
    )
  })
}

async function readResults(output: string, revision: Revision): Promise<ReadonlyMap<string, ScenarioResult>> {
  const required = (await requirements(revision)).server
  const results = new Map<string, ScenarioResult>()
  for (const folder of (await readdir(output)).sort()) {
    const scenario = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/.exec(folder)?.[1]
    if (scenario === undefined) continue
    const scored = required.includes(scenario)
    const text = await readFile(join(output, folder, 'checks.json'), 'utf8').catch((error: unknown) => {
      if (scored) throw error
      process.stderr.write(
        `NOT COMPARED: the suite itself did not finish ${scenario}, which ${revision} does not score\n`,
      )
      return undefined
    })
    if (text !== undefined) results.set(scenario, summarize(text, scored))
  }
  return results
}

/** The scenarios that a revision requires, by side. */
export async function requirements(revision: Revision): Promise<z.infer<typeof requirementsSchema>> {
  const file = resolve(dirname(suiteEntry), `../requirements/${revision}.yaml`)
  return requirementsSchema.parse(parse(await readFile(file, 'utf8')))
}

/** @param text of a `checks.json` */
export function summarize(text: string, scored: boolean): ScenarioResult {
  const found = checksSchema.parse(JSON.parse(text))
  const checks: Record<string, string> = {}
  const messages: Record<string, string> = {}
  const seen = new Map<string, number>()
  // A line of the suite's own log, not a verdict; how many there are depends on timing.
  for (const check of found.filter(({ status }) => status !== 'INFO')) {
    const count = (seen.get(check.id) ?? 0) + 1
    seen.set(check.id, count)
    const name = count === 1 ? check.id : `${check.id}#${count}`
    checks[name] = check.status
    if (check.status !== 'SUCCESS') messages[name] = check.errorMessage ?? ''
  }
  const count = (status: string): number => Object.values(checks).filter((each) => each === status).length
  return { checks, messages, passed: count('SUCCESS'), failed: count('FAILURE'), scored }
}
