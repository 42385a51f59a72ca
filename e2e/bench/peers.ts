/** Programs of others, of one version each, in a folder of the user's cache. */
import { execFileSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The script of a program that an npm package brings, or why it is not there.
 *
 * @param mayInstall whether it is fetched where it is not there yet; its install scripts are not run
 */
export function peerProgram(name: string, version: string, mayInstall: boolean): string | Error {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const folder = join(cache, 'gatehouse-bench', `${name}-${version}`)
  const program = join(folder, 'node_modules/.bin', name)
  if (!existsSync(program)) {
    if (!mayInstall) return new Error(`${name} ${version} is not there (--peers fetches it)`)
    try {
      const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
      execFileSync('npm', ['install', '--prefix', folder, ...options, `${name}@${version}`], { stdio: 'ignore' })
    } catch {
      return new Error(`npm could not install ${name} ${version}`)
    }
  }
  return realpathSync(program)
}
