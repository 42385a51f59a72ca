/** Finds a real Electron without setting off the download that importing the `electron` package would. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const executables = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe', linux: 'electron' }

/**
 * Path of Electron's executable: in `ELECTRON_OVERRIDE_DIST_PATH`, else in the `electron` package where it has been
 * downloaded already.
 * @param {string} repository folder that holds `node_modules`
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {string | undefined}
 */
export function findElectron(repository, env = process.env) {
  const packageDir = join(repository, 'node_modules/electron')
  const pathFile = join(packageDir, 'path.txt')
  const executable = existsSync(pathFile)
    ? readFileSync(pathFile, 'utf8')
    : executables[/** @type {keyof typeof executables} */ (process.platform)]
  if (executable === undefined) return undefined
  const path = join(env['ELECTRON_OVERRIDE_DIST_PATH'] || join(packageDir, 'dist'), executable)
  return existsSync(path) ? path : undefined
}
