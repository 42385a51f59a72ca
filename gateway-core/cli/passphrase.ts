/** Where the vault's passphrase comes from when nobody is asked: an option, a file named in the environment, or the environment. */
import type { Environment } from './environment.js'
import { readSecretFile } from './read-input.js'

/** @returns undefined where none of them is given */
export async function readPassphrase(
  optionFile: string | undefined,
  environment: Environment,
): Promise<string | undefined> {
  const file = optionFile ?? environment.passphraseFile
  return file === undefined ? environment.passphrase : readSecretFile(file)
}
