/** Builds `dist` when a source is newer than it. Run before everything that runs from `dist`; says nothing when fresh. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const repository = join(import.meta.dirname, '../..')
const sources = [
  'gateway-core',
  'renderer',
  'app',
  'e2e/demo',
  'e2e/peers/oauth-provider.ts',
  'e2e/peers/token-server.ts',
  'vite.config.ts',
  'package-lock.json',
]
const outputs = [
  'gateway/gatehouse.js',
  'gateway/vault-worker.js',
  'gateway/detector-worker.js',
  'app/main.js',
  'app/start.js',
  'preload/preload.cjs',
  'renderer/index.html',
]

/**
 * Modification time of the newest file at or below a path, in epoch milliseconds. Tests are not looked at.
 * @param {string} path
 * @returns {number}
 */
function newestMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  const below = readdirSync(path).filter((name) => !name.endsWith('.test.ts'))
  return below.reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), 0)
}

/** Modification time of the oldest output in epoch milliseconds; 0 where one is missing. */
function builtMs() {
  return Math.min(
    ...outputs.map((name) => statSync(join(repository, 'dist', name), { throwIfNoEntry: false })?.mtimeMs ?? 0),
  )
}

/**
 * Builds `dist` when it is missing or older than a source.
 * @throws {Error} when the build failed; the message holds what the bundler said
 */
export function buildIfStale() {
  if (sources.every((source) => newestMs(join(repository, source)) <= builtMs())) return
  const bundler = join(repository, 'node_modules/vite/bin/vite.js')
  if (!existsSync(bundler))
    throw new Error('The build needs the development dependencies: run `npm ci` without --omit=dev.')
  const built = spawnSync(process.execPath, [bundler, 'build', '--app', '--logLevel', 'warn'], {
    cwd: repository,
    encoding: 'utf8',
    // Tests set another, with which the page would be made for development.
    env: { ...process.env, NODE_ENV: 'production' },
  })
  if (built.status !== 0) throw new Error(`The build failed.\n${built.stdout}${built.stderr}`)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    buildIfStale()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
