/** An open vault, within its thread: the database, the records in it, and the one way to write them. */
import { AccountRecords } from './account-records.js'
import { checkpoint, inDatabase, openDatabase, type VaultDatabase } from './database.js'
import { ConfigurationRecords } from './configuration-records.js'
import { createExchangeKeeping, type ExchangeKeeping } from './exchange-keeping.js'
import type { ExchangeForm } from './exchange-form.js'
import { createGatewayKeyRecords, type GatewayKeyRecords } from './gateway-key-records.js'
import { createIssuanceRecords, type IssuanceRecords } from './issuance-records.js'
import { zero, type VaultKeys } from './keys.js'
import { createManifest } from './manifest.js'
import { migrate } from './migrate.js'
import { OAuthClientRecords } from './oauth-client-records.js'
import { createPreferenceRecords, type PreferenceRecords } from './preference-records.js'
import { SecretRecords } from './secret-records.js'
import { ToolPinRecords } from './tool-pin-records.js'
import { SignInRecords } from './sign-in-records.js'

export interface OpenRecords {
  readonly secrets: SecretRecords
  readonly gatewayKeys: GatewayKeyRecords
  readonly configuration: ConfigurationRecords
  readonly toolPins: ToolPinRecords
  readonly exchanges: ExchangeKeeping
  readonly preferences: PreferenceRecords
  readonly issuances: IssuanceRecords
  readonly accounts: AccountRecords
  readonly oauthClients: OAuthClientRecords
  readonly signIn: SignInRecords
  /** All of it or nothing; on disk when it returns. */
  write<Result>(work: () => Result): Result
  /** As `write`, for what may be lost in a power cut: on disk with the next checkpoint, or the next `write`. */
  writeBehind(work: () => void): void
  read<Result>(work: () => Result): Result
  /** Empties the WAL, so that nothing of what was removed stays in it. */
  checkpoint(): void
  /** Changes whenever another process has written. */
  outsideChanges(): number
  /** Another number after every change of what is registered, whoever made it. */
  revision(): number
  close(): void
}

/** Where a vault's database is, and the keys to it. */
export interface RecordsLocation {
  readonly databasePath: string
  readonly keys: VaultKeys
  readonly vaultId: string
  /** Whether it is made. Otherwise it must be there. */
  readonly isNew: boolean
}

/** @throws GatewayError `vault_tampered`, `vault_newer`, `vault_unreadable` */
export function openRecords(location: RecordsLocation, form: ExchangeForm): OpenRecords {
  const database = openDatabase(location.databasePath, location.keys.database, location.isNew)
  try {
    return inDatabase(() => assemble(database, location, form))
  } catch (error) {
    database.close()
    throw error
  }
}

function assemble(database: VaultDatabase, location: RecordsLocation, form: ExchangeForm): OpenRecords {
  const { databasePath, keys, vaultId, isNew } = location
  migrate(database, databasePath)
  const manifest = createManifest(database, keys.mac)
  const secrets = new SecretRecords(database, keys, vaultId, manifest)
  const gatewayKeys = createGatewayKeyRecords(database, manifest)
  const configuration = new ConfigurationRecords(database, manifest)
  const accounts = new AccountRecords(database, keys, vaultId, manifest)
  const oauthClients = new OAuthClientRecords(database, keys, vaultId, manifest)
  const toolPins = new ToolPinRecords(database, manifest)
  const summed = [secrets, gatewayKeys, configuration, accounts, oauthClients, toolPins]
  const verify = (): void => manifest.verify(summed.flatMap((records) => records.identities()))
  database.transaction(isNew ? manifest.begin : verify).immediate()
  const preferences = createPreferenceRecords(database)
  const exchanges = createExchangeKeeping(database, form, preferences.settings().exchanges)
  return {
    secrets,
    gatewayKeys,
    configuration,
    toolPins,
    exchanges,
    preferences,
    issuances: createIssuanceRecords(database),
    accounts,
    oauthClients,
    signIn: new SignInRecords(database, keys, vaultId),
    write: (work) => inDatabase(() => database.transaction(work).immediate()),
    writeBehind: (work) =>
      inDatabase(() => {
        // What makes room holds no secret, and writing zeros over it would double the work.
        database.pragma('secure_delete = OFF')
        database.pragma('synchronous = NORMAL')
        try {
          database.transaction(work).immediate()
        } finally {
          database.pragma('synchronous = FULL')
          database.pragma('secure_delete = ON')
        }
      }),
    read: inDatabase,
    checkpoint: () => inDatabase(() => checkpoint(database)),
    outsideChanges: () => database.pragma('data_version', { simple: true }) as number,
    revision: () => inDatabase(() => manifest.epoch()),
    close: () => {
      try {
        exchanges.close()
        checkpoint(database)
      } finally {
        database.close()
        zero(keys.database, keys.wrap, keys.mac)
      }
    },
  }
}
