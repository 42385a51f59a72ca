/** Everything that the command line takes from the environment, read once. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { UsageError } from './command-error.js'

export interface Environment {
  /** Where the vault and run.json are, unless `--data-dir` says otherwise. Absolute. */
  readonly dataDir: string
  /** `GATEHOUSE_PASSPHRASE_FILE` */
  readonly passphraseFile: string | undefined
  /** `AUTH_ENCRYPTION_SECRET`: the vault's passphrase itself. */
  readonly passphrase: string | undefined
  /** `GATEHOUSE_PORT` and `GATEHOUSE_CONTROL_PORT`, or the defaults. */
  readonly port: number
  readonly controlPort: number
}

type Variables = Readonly<Record<string, string | undefined>>

/** @throws UsageError where a port is not one */
export function readEnvironment(variables: Variables, platform: NodeJS.Platform = process.platform): Environment {
  return {
    dataDir: resolve(given(variables, 'GATEHOUSE_DATA_DIR') ?? defaultDataDir(variables, platform)),
    passphraseFile: given(variables, 'GATEHOUSE_PASSPHRASE_FILE'),
    passphrase: given(variables, 'AUTH_ENCRYPTION_SECRET'),
    port: portFrom(given(variables, 'GATEHOUSE_PORT') ?? '4283', 'GATEHOUSE_PORT'),
    controlPort: portFrom(given(variables, 'GATEHOUSE_CONTROL_PORT') ?? '4284', 'GATEHOUSE_CONTROL_PORT'),
  }
}

/** @throws UsageError naming where the text came from */
export function portFrom(text: string, from: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port >= 0 && port <= 65_535) return port
  throw new UsageError(`${from}: expected a port, 0 to 65535`)
}

/** An empty variable is one that is not set. */
function given(variables: Variables, name: string): string | undefined {
  const value = variables[name]
  return value === '' ? undefined : value
}

/** @see [XDG Base Directory Specification](https://specifications.freedesktop.org/basedir-spec/latest/) */
function defaultDataDir(variables: Variables, platform: NodeJS.Platform): string {
  const home = given(variables, platform === 'win32' ? 'USERPROFILE' : 'HOME') ?? homedir()
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Gatehouse')
  if (platform === 'win32') return join(given(variables, 'APPDATA') ?? join(home, 'AppData', 'Roaming'), 'Gatehouse')
  return join(given(variables, 'XDG_DATA_HOME') ?? join(home, '.local', 'share'), 'gatehouse')
}
