/** Where things are kept: all of it in the data directory, which the command line uses as well. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { defaultDataDir } from '../../gateway-core/contract/data-dir.js'

export interface Paths {
  readonly dataDir: string
  readonly logs: string
  /** Chromium's own: cookies, caches, its key on Windows. */
  readonly browser: string
  /** The vault's key as the system's keychain has encrypted it. */
  readonly keys: string
}

export function findPaths(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Paths {
  const dataDir = resolve(env['GATEHOUSE_DATA_DIR'] || defaultDataDir(env, platform, homedir()))
  const browser = join(dataDir, 'app')
  return { dataDir, browser, logs: join(dataDir, 'logs'), keys: join(browser, 'vault-keys.json') }
}
