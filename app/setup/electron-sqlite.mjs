/**
 * Makes the native part of better-sqlite3 once more, for Electron, beside Node's own: fetched where there is a prebuilt
 * one, else compiled in a folder of its own, so that Node's build is never touched. The result is
 * `native/better_sqlite3-abi{abi}-{platform}-{arch}.node`, which the vault looks for. Made by `npm start` where there is an
 * Electron, and by electron-builder before it packs.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

/**
 * @typedef {object} Target
 * @property {string} repository folder that holds `node_modules`
 * @property {string} platform as Node names it
 * @property {string} arch as Node names it
 */

/** @param {string} path @returns {{ version?: string }} */
function readManifest(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/**
 * Where the build for a target is, whether or not it is there.
 * @param {Target} target
 */
export function electronSqlitePath({ repository, platform, arch }) {
  const abi = readFileSync(join(repository, 'node_modules/electron/abi_version'), 'utf8').trim()
  return join(repository, 'native', `better_sqlite3-abi${abi}-${platform}-${arch}.node`)
}

/**
 * Makes the build for a target where it is missing. Takes up to three minutes, once.
 * @param {Target} target
 * @returns {string | undefined} what went wrong, where it did
 */
export function ensureElectronSqlite(target) {
  const { repository } = target
  const goal = electronSqlitePath(target)
  if (existsSync(goal)) return undefined
  const scratch = mkdtempSync(join(tmpdir(), 'gatehouse-electron-sqlite-'))
  const folder = join(scratch, 'node_modules/better-sqlite3')
  try {
    const source = join(repository, 'node_modules/better-sqlite3')
    cpSync(source, folder, { recursive: true, filter: (path) => basename(path) !== 'build' })
    const failure = fetchOrCompile(target, folder)
    if (failure !== undefined) return failure
    mkdirSync(join(repository, 'native'), { recursive: true })
    cpSync(join(folder, 'build/Release/better_sqlite3.node'), `${goal}.new`)
    renameSync(`${goal}.new`, goal)
    return undefined
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/**
 * @param {Target} target
 * @param {string} folder a copy of the package without a build
 * @returns {string | undefined} what went wrong
 */
function fetchOrCompile({ repository, platform, arch }, folder) {
  const version = readManifest(join(repository, 'node_modules/electron/package.json')).version ?? ''
  const built = join(folder, 'build/Release/better_sqlite3.node')
  const resolve = createRequire(join(repository, 'node_modules/better-sqlite3/package.json')).resolve
  const run = (/** @type {string} */ script, /** @type {string[]} */ args) =>
    spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
  const forElectron = ['--runtime=electron', `--target=${version}`, `--arch=${arch}`]
  const fetched = run(resolve('prebuild-install/bin.js'), [...forElectron, `--platform=${platform}`])
  if (fetched.status === 0 && existsSync(built)) return undefined
  if (platform !== process.platform)
    return `There is no prebuilt SQLite for Electron ${version} on ${platform}, and it can only be compiled there.`
  const nodeGyp = join(repository, 'node_modules/node-gyp/bin/node-gyp.js')
  if (!existsSync(nodeGyp)) return 'node-gyp is missing: run `npm ci` with the development dependencies.'
  const headers = '--dist-url=https://electronjs.org/headers'
  const compiled = run(nodeGyp, ['rebuild', '--release', '--nodedir=', ...forElectron, headers])
  if (compiled.status === 0 && existsSync(built)) return undefined
  const said = `${fetched.stderr}${compiled.stdout}${compiled.stderr}`.trim().split('\n').slice(-12).join('\n')
  return `SQLite could not be made for Electron ${version} (${platform}, ${arch}):\n${said}`
}

/** electron-builder's numbers for processors. */
const archNames = ['ia32', 'x64', 'armv7l', 'arm64', 'universal']

/**
 * electron-builder's hook.
 * @param {{ readonly arch: number, readonly electronPlatformName: string }} context
 */
export async function beforePack({ arch, electronPlatformName }) {
  const repository = join(import.meta.dirname, '../..')
  const name = archNames[arch] ?? ''
  for (const each of name === 'universal' ? ['x64', 'arm64'] : [name]) {
    const failure = ensureElectronSqlite({ repository, platform: electronPlatformName, arch: each })
    if (failure !== undefined) throw new Error(failure)
  }
}
