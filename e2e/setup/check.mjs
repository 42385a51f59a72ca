/** `npm run check`: everything that can be said of the sources without running them. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'

const repository = join(import.meta.dirname, '../..')

/** Name, then the script of Node that checks it and its arguments. */
const checks = [
  ['lock file', 'e2e/setup/check-lock.mjs'],
  ['format', 'node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['types', 'node_modules/typescript/bin/tsc', '-b'],
  ['lint', 'node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings', '--quiet'],
  ['layers', 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'gateway-core', 'app', 'renderer', 'e2e'],
  ['unused code', 'node_modules/knip/bin/knip.js', '--no-progress'],
]

/** Runs all checks, the types beside the others, as they take as long. What a failed one said goes to standard output. */
export async function runChecks() {
  const types = checks.filter(([name]) => name === 'types')
  const others = checks.filter((check) => !types.includes(check))
  const passed = await Promise.all([runInTurn(types), runInTurn(others)])
  return passed.every(Boolean)
}

/** @param {readonly (readonly string[])[]} wanted */
async function runInTurn(wanted) {
  let passed = true
  for (const [name = '', ...command] of wanted) passed = (await runCheck(name, command)) && passed
  return passed
}

/**
 * @param {string} name
 * @param {readonly string[]} command
 */
async function runCheck(name, command) {
  const startedMs = performance.now()
  const child = spawn(process.execPath, command, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const [status] = await once(child, 'close')
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  console.log(`${status === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  if (status !== 0) console.log((await said).join(''))
  return status === 0
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = (await runChecks()) ? 0 : 1
