/** An open vault, within its thread: the database, the records in it, and the one way to write them. */
import { checkpoint, inDatabase, openDatabase, type VaultDatabase } from './database.js'
import { createConfigurationRecords, type ConfigurationRecords } from './configuration-records.js'
import { createExchangeRecords, type ExchangeForm, type ExchangeRecords } from './exchange-records.js'
import { createGatewayKeyRecords, type GatewayKeyRecords } from './gateway-key-records.js'
import { zero, type VaultKeys } from './keys.js'
import { createManifest } from './manifest.js'
import { migrate } from './migrate.js'
import { createSecretRecords, type SecretRecords } from './secret-records.js'

export interface OpenRecords {
  readonly secrets: SecretRecords
  readonly gatewayKeys: GatewayKeyRecords
  readonly configuration: ConfigurationRecords
  readonly exchanges: ExchangeRecords
  /** All of it or nothing; on disk when it returns. */
  write<Result>(work: () => Result): Result
  read<Result>(work: () => Result): Result
  /** Empties the WAL, so that nothing of what was removed stays in it. */
  checkpoint(): void
  /** Changes whenever another process has written. */
  outsideChanges(): number
  close(): void
}

/**
 * @param databasePath is made where it is not there
 * @throws GatewayError `vault_tampered`, `vault_newer`, `vault_unreadable`
 */
export function openRecords(databasePath: string, keys: VaultKeys, vaultId: string, form: ExchangeForm): OpenRecords {
  const database = openDatabase(databasePath, keys.database)
  try {
    return inDatabase(() => assemble(database, databasePath, keys, vaultId, form))
  } catch (error) {
    database.close()
    throw error
  }
}

function assemble(
  database: VaultDatabase,
  databasePath: string,
  keys: VaultKeys,
  vaultId: string,
  form: ExchangeForm,
): OpenRecords {
  migrate(database, databasePath)
  const manifest = createManifest(database, keys.mac)
  const secrets = createSecretRecords(database, keys, vaultId, manifest)
  const gatewayKeys = createGatewayKeyRecords(database, manifest)
  database.transaction(() =>
    manifest.verify(
      (function* () {
        yield* secrets.identities()
        yield* gatewayKeys.identities()
      })(),
    ),
  )()
  return {
    secrets,
    gatewayKeys,
    configuration: createConfigurationRecords(database),
    exchanges: createExchangeRecords(database, form),
    write: (work) => inDatabase(() => database.transaction(work).immediate()),
    read: inDatabase,
    checkpoint: () => inDatabase(() => checkpoint(database)),
    outsideChanges: () => database.pragma('data_version', { simple: true }) as number,
    close: () => {
      checkpoint(database)
      database.close()
      zero(keys.database, keys.wrap, keys.mac)
    },
  }
}
