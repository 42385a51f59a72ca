/**
 * The vault's database: encrypted as a whole, in WAL mode, durable when a commit returns. The cipher is AEGIS-256, which
 * authenticates each page and, on processors with AES instructions, writes in a third of the time of AES-CBC with HMAC.
 *
 * @see [AEGIS, draft-irtf-cfrg-aegis-aead](https://datatracker.ietf.org/doc/draft-irtf-cfrg-aegis-aead/)
 */
import { chmodSync, closeSync, existsSync, openSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { nativeBinding } from './native-binding.js'
import { GatewayError } from '../contract/errors.js'

export type VaultDatabase = Database.Database

/** A tag for each page is dear on small pages; a row of the inspector has about 2 KB. */
const pageBytes = 8192
/** Pages of what is looked up again and again; exchanges are written once, and pass through. */
const cacheKib = 4_000

/**
 * Opens the file with its key. Whether the schema is known is not checked here.
 *
 * @param key 32 bytes
 * @param isNew whether the file is made; otherwise it must be there, and not empty
 * @throws GatewayError `vault_tampered`, `vault_unreadable`
 */
export function openDatabase(path: string, key: Buffer, isNew: boolean): VaultDatabase {
  if (isNew) closeSync(openSync(path, 'wx', 0o600))
  else requireContent(path)
  makePrivate(path)
  const database = inDatabase(() => new Database(path, { fileMustExist: true, ...nativeBinding() }))
  try {
    inDatabase(() => {
      database.pragma("cipher = 'aegis'")
      database.pragma(`key = "raw:${key.toString('hex')}"`)
      database.pragma(`page_size = ${pageBytes}`)
      database.pragma('journal_mode = WAL')
      database.pragma('synchronous = FULL')
      if (process.platform === 'darwin') database.pragma('fullfsync = ON')
      database.pragma('secure_delete = ON')
      database.pragma('temp_store = MEMORY')
      database.pragma(`cache_size = -${cacheKib}`)
      database.pragma('foreign_keys = ON')
      database.pragma('busy_timeout = 5000')
      database.prepare('SELECT count(*) FROM sqlite_schema').get()
    })
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

/**
 * SQLite takes an empty file for a new database, and would make a vault without anything in it.
 *
 * @throws GatewayError `vault_unreadable`
 */
export function requireContent(path: string): void {
  if (existsSync(path) && statSync(path).size > 0) return
  throw new GatewayError('vault_unreadable', {
    detail: 'The database of the vault is missing or empty, and its slot file is there.',
    fix: 'Restore vault.db from a backup. To begin anew, without what was in it, move vault.slots.json away.',
  })
}

/** The companions of the file get its mode when SQLite makes them. */
function makePrivate(path: string): void {
  if (process.platform === 'win32') return
  for (const file of [path, `${path}-wal`, `${path}-shm`])
    if (existsSync(file) && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
}

/** Runs something on the database; SQLite's errors become ours. */
export function inDatabase<Result>(work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw errorOf(error)
  }
}

function errorOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error
  const { code } = error
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT'))
    return new GatewayError('vault_tampered', {
      detail:
        'The vault’s file is damaged, was changed by something other than Gatehouse, or belongs to another vault.',
      fix: 'Nothing was overwritten. Restore vault.db and vault.slots.json from the same backup.',
      cause: error,
    })
  if (code === 'SQLITE_FULL')
    return new GatewayError('vault_unreadable', {
      detail: 'The disk is full, so nothing was written.',
      fix: 'Make room, and try again.',
      cause: error,
    })
  if (/^SQLITE_(?:IOERR|CANTOPEN|READONLY|PERM|BUSY|LOCKED)/.test(code))
    return new GatewayError('vault_unreadable', {
      detail: `The vault’s file cannot be used (${code}).`,
      fix: 'Check the data directory’s permissions and disk.',
      cause: error,
    })
  return error
}

/** Writes what the WAL holds into the file, and empties it. */
export function checkpoint(database: VaultDatabase): void {
  database.pragma('wal_checkpoint(TRUNCATE)')
}
