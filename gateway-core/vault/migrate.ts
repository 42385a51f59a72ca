/** Brings a database to the schema that this version knows, one numbered migration after another, all or none. */
import { closeSync, openSync, rmSync } from 'node:fs'
import { GatewayError } from '../contract/errors.js'
import type { VaultDatabase } from './database.js'
import { createSecretsAndConfiguration } from './migrations/0001-secrets-and-configuration.js'
import { createExchanges } from './migrations/0002-exchanges.js'
import { createExchangeBatches } from './migrations/0003-exchange-batches.js'
import { createIssuances } from './migrations/0004-issuances.js'
import { createAccounts } from './migrations/0005-accounts.js'
import { createExchangeSearch } from './migrations/0006-exchange-search.js'
import { addAccountsOfOneUser } from './migrations/0007-accounts-of-one-user.js'
import { createPoliciesAndPins } from './migrations/0008-policies-and-pins.js'
import { createSignIn } from './migrations/0009-sign-in.js'
import { createExchangeTexts } from './migrations/0010-exchange-texts.js'

/** The migration at index n brings version n to n + 1. */
export const migrations: readonly ((database: VaultDatabase) => void)[] = [
  createSecretsAndConfiguration,
  createExchanges,
  createExchangeBatches,
  createIssuances,
  createAccounts,
  createExchangeSearch,
  addAccountsOfOneUser,
  createPoliciesAndPins,
  createSignIn,
  createExchangeTexts,
]

/**
 * @param backupPath beginning of the name under which an encrypted copy of an older vault is kept before it is changed
 * @throws GatewayError `vault_newer`
 */
export function migrate(database: VaultDatabase, backupPath: string): void {
  const version = versionOf(database)
  if (version === migrations.length) return
  if (version > 0) copyTo(database, `${backupPath}.schema-${version}`)
  database
    .transaction(() => {
      // Another process may have been faster.
      for (const migration of migrations.slice(versionOf(database))) migration(database)
      database.pragma(`user_version = ${migrations.length}`)
    })
    .immediate()
}

function versionOf(database: VaultDatabase): number {
  const version = database.pragma('user_version', { simple: true }) as number
  if (version <= migrations.length) return version
  throw new GatewayError('vault_newer', {
    detail: `The vault has schema ${version}; this version of Gatehouse knows up to ${migrations.length}.`,
    fix: 'Start the newer Gatehouse again, or restore a backup from before it.',
  })
}

/** `VACUUM INTO` writes the copy with the same key, into a file that nobody else can read. */
function copyTo(database: VaultDatabase, path: string): void {
  rmSync(path, { force: true })
  closeSync(openSync(path, 'wx', 0o600))
  database.prepare('VACUUM INTO ?').run(path)
}
