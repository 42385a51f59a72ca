/** `npm start`: the desktop app; where Electron or a display is missing, the same gateway and page in the browser. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseReadyLine, type ReadyLine } from '../gateway-process/ready-line.js'
import { electronSqlitePath, ensureElectronSqlite } from '../setup/electron-sqlite.mjs'
import { findElectron } from '../setup/find-electron.mjs'
import { browserCommand, howToOpen, type HowToOpen } from './how-to-open.js'

const distDir = join(import.meta.dirname, '..')
const repository = join(distDir, '..')

function main(): void {
  const how = howToOpen({ platform: process.platform, env: process.env, electron: findElectron(repository) })
  if (how.surface !== 'window') return endWith(serve(how))
  const { platform, arch } = process
  if (!existsSync(electronSqlitePath({ repository, platform, arch })))
    console.log('Making SQLite with encryption for Electron (up to three minutes, once)…')
  const failure = ensureElectronSqlite({ repository, platform, arch })
  if (failure === undefined) return endWith(spawn(how.electron, [join(distDir, 'app/main.js')], { stdio: 'inherit' }))
  console.error(failure)
  endWith(serve({ surface: 'browser', because: 'The app’s window cannot open without that' }))
}

/** Starts the gateway; standard input and error are its own. Further arguments of `npm start --` are for `serve`. */
function serve(how: Exclude<HowToOpen, { surface: 'window' }>): ChildProcess {
  const args = [join(distDir, 'gateway/gatehouse.js'), 'serve', '--json', ...process.argv.slice(2)]
  const gateway = spawn(process.execPath, args, { stdio: ['inherit', 'pipe', 'inherit'] })
  createInterface({ input: gateway.stdout }).on('line', (line) => {
    const ready = parseReadyLine(line)
    if (ready !== undefined) open(how, ready)
  })
  return gateway
}

function open(how: Exclude<HowToOpen, { surface: 'window' }>, { dataUrl, uiUrl }: ReadyLine): void {
  const rest = `(agents call ${dataUrl}; Ctrl+C stops it)`
  if (how.surface === 'none') {
    console.log(`${how.because}, so open the page in a browser yourself: ${uiUrl} ${rest}`)
    return
  }
  console.log(`${how.because}, so the page opens in your browser: ${uiUrl} ${rest}`)
  const { file, args } = browserCommand(process.platform, uiUrl)
  const opener = spawn(file, args, { stdio: 'ignore', detached: true })
  opener.once('error', () => console.log(`${file} could not be run: open that address yourself.`))
  opener.unref()
}

/** Passes signals on to a child and ends as it ends. */
function endWith(child: ChildProcess): void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, () => child.kill(signal))
  child.once('error', (error) => {
    console.error(`${child.spawnfile} could not be started: ${error.message}`)
    process.exitCode = 1
  })
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)
    for (const forwarded of signals) process.removeAllListeners(forwarded)
  })
}

main()
