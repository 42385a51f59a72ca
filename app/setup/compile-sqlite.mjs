/**
 * Makes the native part of better-sqlite3 (SQLite with encryption) for the Node that runs this: fetched where there is
 * a prebuilt one, else compiled. This runs in place of the package's own install script, which npm keeps silent for the
 * minutes that it takes (`allowScripts` in package.json turns that off; npm 10 does not know the setting and has run the
 * script by now). Says nothing when the native part is there and loads.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { aptInstall, mayAptInstall } from './apt-install.mjs'

const packageDir = join(import.meta.dirname, '../../node_modules/better-sqlite3')
const logFile = join(tmpdir(), `gatehouse-sqlite-${process.pid}.log`)
const nodeMajor = process.versions.node.split('.')[0]

/** Whether a database can be opened, asked of a fresh process: a failed native module stays failed in this one. */
function loads() {
  const open = "const Database = require('better-sqlite3'); new Database(':memory:').close()"
  return spawnSync(process.execPath, ['-e', open], { cwd: packageDir, stdio: 'ignore' }).status === 0
}

/**
 * Runs a script of Node in the package, adding what it prints to the log.
 * @param {string} script path
 * @param {readonly string[]} args
 * @returns {boolean} whether it succeeded
 */
function run(script, args) {
  const result = spawnSync(process.execPath, [script, ...args], {
    cwd: packageDir,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  writeFileSync(logFile, `$ ${script} ${args.join(' ')}\n${result.stdout}${result.stderr}\n`, {
    flag: 'a',
    mode: 0o600,
  })
  return result.status === 0
}

function fetchPrebuilt() {
  return run(createRequire(join(packageDir, 'package.json')).resolve('prebuild-install/bin.js'), [])
}

function compile() {
  const nodeGyp = findNodeGyp()
  return (
    nodeGyp !== undefined && run(nodeGyp, ['rebuild', '--release', '-j', String(availableParallelism()), ...nodeDir()])
  )
}

/** npm carries node-gyp and tells its scripts where; without npm around this, it is looked for beside Node. */
function findNodeGyp() {
  const prefix = dirname(dirname(process.execPath))
  return [
    process.env['npm_config_node_gyp'],
    process.env['npm_execpath'] &&
      join(dirname(process.env['npm_execpath']), '../node_modules/node-gyp/bin/node-gyp.js'),
    join(prefix, 'lib/node_modules/npm/node_modules/node-gyp/bin/node-gyp.js'),
    join(dirname(process.execPath), 'node_modules/npm/node_modules/node-gyp/bin/node-gyp.js'),
  ].find((path) => path !== undefined && path.endsWith('node-gyp.js') && existsSync(path))
}

/** Node's headers, where they are installed beside this very Node: then none are fetched. */
function nodeDir() {
  const prefix = dirname(dirname(process.execPath))
  const versionHeader = join(prefix, 'include/node/node_version.h')
  if (process.platform === 'win32' || !existsSync(versionHeader)) return []
  const header = readFileSync(versionHeader, 'utf8')
  const version = ['MAJOR', 'MINOR', 'PATCH'].map(
    (part) => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(header)?.[1],
  )
  return version.join('.') === process.versions.node ? [`--nodedir=${prefix}`] : []
}

/** Commands that a compilation on Linux needs and that are not there. */
function missingTools() {
  if (process.platform !== 'linux') return []
  return ['python3', 'make', 'g++'].filter((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0)
}

function whatToInstall() {
  if (process.platform === 'darwin')
    return 'Install Apple’s compiler with `xcode-select --install`, then run `npm ci` again.'
  if (process.platform === 'win32')
    return 'Install Visual Studio Build Tools with “Desktop development with C++”, then run `npm ci` again.'
  const missing = missingTools()
  return missing.length === 0
    ? 'The compiler is there; what it said is in that file.'
    : `Install ${missing.join(', ')} (on Debian: apt-get install ${missing.join(' ')}), then run \`npm ci\` again.`
}

function main() {
  if (!existsSync(packageDir) || loads()) return 0
  const startedMs = performance.now()
  console.log(`Compiling SQLite with encryption for Node ${nodeMajor} (one to three minutes, once)…`)
  let how = 'fetched ready-made'
  if (!fetchPrebuilt() || !loads()) {
    how = 'compiled'
    const missing = missingTools()
    if (missing.length > 0 && mayAptInstall()) {
      console.log(`Installing ${missing.join(', ')} with apt-get, to compile with…`)
      aptInstall(missing)
    }
    if (!compile() || !loads()) {
      console.error(`SQLite could not be compiled: see ${logFile}\n${whatToInstall()}`)
      return 1
    }
  }
  console.log(`SQLite: ${how} in ${Math.round((performance.now() - startedMs) / 1000)} s.`)
  rmSync(logFile, { force: true })
  return 0
}

process.exitCode = main()
