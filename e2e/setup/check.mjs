/** `npm run check`: everything that can be said of the sources without running them. Stops at the first that fails. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
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

/** Runs all checks. What a failed one said goes to standard output. */
export function runChecks() {
  return checks.every(([name, script = '', ...args]) => {
    const startedMs = performance.now()
    const result = spawnSync(process.execPath, [script, ...args], { cwd: repository, encoding: 'utf8' })
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    console.log(`${result.status === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
    if (result.status !== 0) console.log(`${result.stdout}${result.stderr}`)
    return result.status === 0
  })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = runChecks() ? 0 : 1
