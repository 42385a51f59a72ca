import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type VaultDatabase } from '../database.js'
import { migrate, migrations } from '../migrate.js'
import { fixtureKeys, makeDirectory, openFixtureRecords, type FixtureDirectory } from './vault-fixture.js'

describe('migrations', () => {
  let fixture: FixtureDirectory
  let database: VaultDatabase
  beforeEach(() => {
    fixture = makeDirectory()
    database = openDatabase(fixture.database, fixtureKeys().database, true)
  })
  afterEach(() => {
    database.close()
    fixture.remove()
  })
  const version = (): unknown => database.pragma('user_version', { simple: true })
  const tables = (): unknown[] =>
    database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).pluck().all()
  const applyUpToFrom = (from: number, to: number): void => {
    for (const migration of migrations.slice(from, to)) migration(database)
    database.pragma(`user_version = ${to}`)
  }
  const applyUpTo = (count: number): void => applyUpToFrom(0, count)
  /** Tables that the nth migration adds, each of them strict, to those before it, which hold what they held. */
  const addedBy = (n: number): unknown[] => {
    if (version() !== n - 1) applyUpTo(n - 1)
    const before = new Set(tables())
    database.exec(`INSERT INTO servers VALUES ('s', 'p', '{}', 'digest', '2026', '2026')`)
    applyUpToFrom(n - 1, n)
    expect(database.prepare('SELECT slug FROM servers').pluck().all()).toEqual(['s'])
    const lax = database
      .prepare(`SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0`)
      .pluck()
      .all()
    expect(lax).toEqual(['sqlite_schema'])
    return tables().filter((table) => !before.has(table))
  }

  it('1 makes the tables of secrets and configuration, all of them strict', () => {
    applyUpTo(1)
    expect(tables()).toEqual(['gateway_keys', 'meta', 'profiles', 'secrets', 'servers'])
    const strict = database
      .prepare(`SELECT min(strict) FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'`)
      .pluck()
      .get()
    expect(strict).toBe(1)
  })

  it('2 adds exchanges and leaves the rows of 1 as they were', () => {
    applyUpTo(1)
    database.exec(`INSERT INTO servers VALUES ('s', 'p', '{}', 'digest', '2026', '2026')`)
    applyUpToFrom(1, 2)
    expect(version()).toBe(2)
    expect(tables()).toContain('exchanges')
    expect(database.prepare('SELECT slug, approved_command FROM servers').all()).toEqual([
      { slug: 's', approved_command: 'digest' },
    ])
  })

  it('3 keeps exchanges in batches, and leaves everything else as it was', () => {
    applyUpTo(2)
    database.exec(`INSERT INTO servers VALUES ('s', 'p', '{}', 'digest', '2026', '2026')`)
    applyUpToFrom(2, 3)
    expect(version()).toBe(3)
    expect(tables()).toEqual(['exchange_batches', 'gateway_keys', 'meta', 'profiles', 'secrets', 'servers'])
    expect(database.prepare('SELECT slug FROM servers').pluck().all()).toEqual(['s'])
  })

  it('4 adds issuances, and leaves exchanges and everything else as they were', () => {
    applyUpTo(3)
    database.exec(`INSERT INTO servers VALUES ('s', 'p', '{}', 'digest', '2026', '2026')`)
    database.exec(`INSERT INTO exchange_batches VALUES (1, 1, 2, 1, 3, '[]', x'00')`)
    applyUpToFrom(3, 4)
    expect(version()).toBe(4)
    expect(tables()).toContain('issuances')
    expect(database.prepare('SELECT slug FROM servers').pluck().all()).toEqual(['s'])
    expect(database.prepare('SELECT newest FROM exchange_batches').pluck().all()).toEqual([2])
    const strict = database.prepare(`SELECT strict FROM pragma_table_list WHERE name = 'issuances'`).pluck().get()
    expect(strict).toBe(1)
  })

  it('5 adds accounts, one for each server and subject, and what providers registered', () => {
    expect(addedBy(5)).toEqual(['account_leases', 'accounts', 'oauth_clients'])
    const add = `INSERT INTO accounts VALUES ('a', 's', 'ada', 7, 'connected', NULL, '{}', x'00', '2026', '2027')`
    database.exec(add)
    expect(() => database.exec(add.replace(`'a'`, `'b'`))).toThrow('UNIQUE')
  })

  it('6 describes exchanges for searches, and leaves behind what has no description', () => {
    applyUpTo(5)
    database.exec(`INSERT INTO exchange_batches VALUES (1, 1, 2, 1, 3, '[]', x'00')`)
    expect(addedBy(6)).toEqual(['exchange_segments', 'saved_filters', 'settings'])
    expect(database.prepare('SELECT count(*) FROM exchange_batches').pluck().get()).toBe(0)
  })

  it('7 tells accounts of one subject apart, and leaves those before as they were', () => {
    applyUpTo(6)
    database.exec(`INSERT INTO accounts VALUES ('a', 's', 'ada', 7, 'connected', NULL, '{}', x'00', '2026', '2027')`)
    applyUpToFrom(6, 7)
    expect(database.prepare('SELECT * FROM accounts').all()).toEqual([
      {
        ...{ id: 'a', server: 's', subject: 'ada', client_key: '', label: '', is_default: 0, generation: 7 },
        ...{ status: 'connected', reason: null, document: '{}', envelope: Buffer.from([0]) },
        ...{ created_at: '2026', updated_at: '2027' },
      },
    ])
    const addWork = `INSERT INTO accounts (id, server, subject, label, generation, status, document, envelope, created_at, updated_at)
      SELECT 'b', server, subject, 'work', 8, status, document, envelope, created_at, updated_at FROM accounts`
    database.exec(addWork)
    expect(() => database.exec(addWork.replace(`'b'`, `'c'`))).toThrow('UNIQUE')
  })

  it('8 adds policies and pinned tools', () => {
    expect(addedBy(8)).toEqual(['policies', 'tool_pins'])
  })

  it('9 adds what the authorization server keeps', () => {
    expect(addedBy(9)).toEqual(['sign_in_records'])
  })

  it('10 adds signatures of what exchanges say, and leaves the exchanges as they were', () => {
    applyUpTo(9)
    database.exec(`INSERT INTO exchange_batches VALUES (1, 1, 2, 1, 3, '[]', x'00')`)
    expect(addedBy(10)).toEqual(['exchange_texts'])
    expect(database.prepare('SELECT count(*) FROM exchange_batches').pluck().get()).toBe(1)
  })

  it('leave nothing without a test of its own', () => {
    expect(migrations).toHaveLength(10)
  })

  it('keep an encrypted copy of an older vault, for its owner alone, and none of a new one', () => {
    migrate(database, fixture.database)
    expect(readdirSync(fixture.directory).filter((name) => name.includes('schema'))).toEqual([])
    const ofTheFirst = new Set<unknown>(['gateway_keys', 'meta', 'profiles', 'secrets', 'servers'])
    for (const table of tables()) if (!ofTheFirst.has(table)) database.exec(`DROP TABLE ${String(table)}`)
    database.exec('ALTER TABLE gateway_keys DROP COLUMN accounts')
    database.pragma('user_version = 1')
    migrate(database, fixture.database)
    const copy = join(fixture.directory, 'vault.db.schema-1')
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    expect(readFileSync(copy).includes('SQLite format 3')).toBe(false)
    const opened = openDatabase(copy, fixtureKeys().database, false)
    expect(opened.pragma('user_version', { simple: true })).toBe(1)
    opened.close()
  })

  it('leave nothing behind when one fails', () => {
    applyUpTo(1)
    database.exec('CREATE TABLE exchanges (in_the_way TEXT)')
    expect(() => migrate(database, fixture.database)).toThrow('table exchanges already exists')
    expect(version()).toBe(1)
    expect(tables()).toEqual(['exchanges', 'gateway_keys', 'meta', 'profiles', 'secrets', 'servers'])
  })

  it('refuse a newer schema and change nothing', () => {
    migrate(database, fixture.database)
    database.pragma(`user_version = ${migrations.length + 1}`)
    database.close()
    expect(() => openFixtureRecords(fixture)).toThrow(expect.objectContaining({ code: 'vault_newer' }))
    database = openDatabase(fixture.database, fixtureKeys().database, false)
    expect(version()).toBe(migrations.length + 1)
  })
})
