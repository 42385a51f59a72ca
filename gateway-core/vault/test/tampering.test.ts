import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type VaultDatabase } from '../database.js'
import type { OpenRecords } from '../open-records.js'
import type { ConfigurationChange, GatewayKey } from '../vault.js'
import { fixtureKeys, makeDirectory, openFixtureRecords, type FixtureDirectory } from './vault-fixture.js'

const origin = 'https://a.example'
const gatewayKey = (id: string): GatewayKey => ({
  id,
  name: id,
  hash: id.padEnd(64, '0'),
  kind: 'service',
  hint: 'abcd',
  subject: 'local',
  createdAt: '2026-01-01T00:00:00.000Z',
})

const configuration: ConfigurationChange = {
  putProfiles: [{ name: 'local', settings: {}, updatedAt: '2026-01-01T00:00:00.000Z' }],
  putServers: [
    {
      slug: 'files',
      profile: 'local',
      config: { command: 'serve-files' },
      approvedCommand: 'digest of the command',
      createdAt: '2026-01-01T00:00:00.000Z',
      updatedAt: '2026-01-01T00:00:00.000Z',
    },
  ],
}

/** Everything that the vault holds, read. */
function readAll(records: OpenRecords): string {
  const { secrets, gatewayKeys, configuration, exchanges, preferences, issuances, signIn } = records
  return JSON.stringify(
    records.read(() => [
      secrets.values(),
      secrets.list(),
      gatewayKeys.list(),
      configuration.load(),
      exchanges.records.list({ limit: 500 }),
      preferences.settings(),
      preferences.listFilters(),
      issuances.list({}),
      signIn.list('Approval'),
      signIn.findByUid('Session', 'uid') ?? null,
    ]),
  )
}

describe('a vault that something else changed', () => {
  let fixture: FixtureDirectory
  beforeEach(() => {
    fixture = makeDirectory()
    const records = openFixtureRecords(fixture)
    records.write(() => {
      for (const name of ['one', 'two', 'three']) records.secrets.put({ name, value: `value of ${name}` }, [origin])
      records.secrets.put({ name: 'one', subject: 'ada', value: 'value of ada' }, [])
      for (const id of ['k1', 'k2']) records.gatewayKeys.add(gatewayKey(id))
      records.configuration.change(configuration)
      records.signIn.put({ kind: 'Approval', id: 'grant', grantId: 'grant', uid: 'uid', document: '{}' })
    })
    records.close()
  })
  afterEach(() => fixture.remove())

  /** Somebody who has the database's key and knows SQL. */
  const edit = (change: (database: VaultDatabase) => void): void => {
    const database = openDatabase(fixture.database, fixtureKeys().database, false)
    change(database)
    database.close()
  }
  const expectTampered = (): void =>
    expect(() => openFixtureRecords(fixture)).toThrow(expect.objectContaining({ code: 'vault_tampered' }))

  it('opens as long as nothing did', () => {
    const records = openFixtureRecords(fixture)
    expect(records.secrets.values()).toHaveLength(4)
    records.close()
  })

  it.each<[string, string]>([
    ['a deleted secret', `DELETE FROM secrets WHERE name = 'two'`],
    ['a deleted key', `DELETE FROM gateway_keys WHERE id = 'k1'`],
    ['an edited destination', `UPDATE secrets SET destinations = '["https://evil.example"]' WHERE name = 'one'`],
    ['an edited generation', `UPDATE secrets SET generation = 9 WHERE name = 'one' AND subject = ''`],
    ['a key for another subject', `UPDATE gateway_keys SET subject = 'root' WHERE id = 'k1'`],
    ['a key that expires later', `UPDATE gateway_keys SET expires_at = '2099-01-01T00:00:00Z' WHERE id = 'k1'`],
    ['a key for another account', `UPDATE gateway_keys SET accounts = '{"s":"other"}' WHERE id = 'k1'`],
    [
      'an inserted key',
      `INSERT INTO gateway_keys SELECT 'k3', name, 'ff', kind, hint, subject, email, agent, servers, tools, created_at, expires_at, last_used_at, accounts FROM gateway_keys WHERE id = 'k1'`,
    ],
    ['an edited approved command', `UPDATE servers SET approved_command = 'digest of another'`],
    ['an approval taken back', `UPDATE servers SET approved_command = NULL`],
    ['an edited server', `UPDATE servers SET config = '{"command":"evil"}'`],
    ['a server in another profile', `UPDATE servers SET profile = 'other'`],
    ['a deleted server', `DELETE FROM servers`],
    ['an inserted server', `INSERT INTO servers SELECT 'evil', profile, config, approved_command, '', '' FROM servers`],
    ['an edited profile', `UPDATE profiles SET settings = '{"evil":true}'`],
    ['a deleted profile', `DELETE FROM profiles`],
    ['a missing manifest', `DELETE FROM meta WHERE key = 'manifest'`],
    [
      'everything deleted, the manifest too',
      `DELETE FROM secrets; DELETE FROM gateway_keys; DELETE FROM servers; DELETE FROM profiles; DELETE FROM meta`,
    ],
    ['an edited manifest', `UPDATE meta SET value = replace(value, ' 8 ', ' 7 ') WHERE key = 'manifest'`],
  ])('does not open with %s', (_, sql) => {
    edit((database) => database.exec(sql))
    expectTampered()
  })

  it('does not open with two envelopes swapped', () => {
    edit((database) =>
      database.exec(`
        CREATE TEMP TABLE before AS SELECT name, envelope FROM secrets WHERE subject = '';
        UPDATE secrets SET envelope = (SELECT envelope FROM before WHERE name = 'two') WHERE name = 'one' AND subject = '';
        UPDATE secrets SET envelope = (SELECT envelope FROM before WHERE name = 'one') WHERE name = 'two';`),
    )
    expectTampered()
  })

  it('keeps a secret shut whose row is edited while the vault is open', () => {
    const records = openFixtureRecords(fixture)
    const evil = 'https://evil.example'
    edit((database) =>
      database.prepare(`UPDATE secrets SET destinations = ? WHERE name = 'two'`).run(JSON.stringify([evil])),
    )
    edit((database) =>
      database.exec(
        `UPDATE secrets SET envelope = (SELECT envelope FROM secrets WHERE name = 'one' AND subject = '') WHERE name = 'three'`,
      ),
    )
    for (const [name, destination] of [
      ['two', evil],
      ['three', origin],
    ] as const)
      expect(() => records.secrets.open(name, undefined, destination)).toThrow(
        expect.objectContaining({ code: 'vault_tampered' }),
      )
    expect(records.secrets.open('two', undefined, origin)).toEqual({ outcome: 'not_approved' })
    records.close()
  })

  it('is found out, or read unharmed, with a bit changed in any page', () => {
    const pageBytes = 8192
    const intact = readFileSync(fixture.database)
    const records = openFixtureRecords(fixture)
    const expected = readAll(records)
    records.close()
    const pages = statSync(fixture.database).size / pageBytes
    expect(pages).toBeGreaterThan(5)
    let found = 0
    for (let page = 0; page < pages; page++) {
      for (const within of [0, 20, pageBytes / 2, pageBytes - 1]) {
        const changed = Buffer.from(intact)
        const at = page * pageBytes + within
        changed.writeUInt8(changed.readUInt8(at) ^ 0x10, at)
        writeFileSync(fixture.database, changed)
        let outcome: string
        try {
          const opened = openFixtureRecords(fixture)
          try {
            outcome = readAll(opened)
          } finally {
            opened.close()
          }
        } catch (error) {
          expect(error, `page ${page}, byte ${within}`).toMatchObject({ code: 'vault_tampered' })
          found++
          continue
        }
        expect(outcome, `page ${page}, byte ${within}`).toBe(expected)
      }
    }
    // An index that nothing reads may go unnoticed; a page that is read may not.
    expect(found).toBeGreaterThan(pages * 2)
  })

  it('does not open with another vault’s key, and is left as it was', () => {
    const before = readFileSync(fixture.database)
    expect(() => openDatabase(fixture.database, Buffer.alloc(32, 9), false)).toThrow(
      expect.objectContaining({ code: 'vault_tampered' }),
    )
    expect(readFileSync(fixture.database).equals(before)).toBe(true)
  })

  it('opens to a whole commit when its log is cut off anywhere', () => {
    const records = openFixtureRecords(fixture)
    const committed = new Set<string>()
    const snapshot = (): void => void committed.add(JSON.stringify(records.secrets.values()))
    snapshot()
    for (let n = 0; n < 6; n++) {
      records.write(() => {
        records.secrets.put({ name: `a${n}`, value: `first ${n}` }, [origin])
        records.secrets.put({ name: `b${n}`, value: `second ${n}` }, [origin])
      })
      snapshot()
    }
    const cut = makeDirectory()
    try {
      const log = `${cut.database}-wal`
      const { size } = statSync(`${fixture.database}-wal`)
      const reached = new Set<string>()
      for (let length = size; length > 0; length -= 1499) {
        copyFileSync(fixture.database, cut.database)
        copyFileSync(`${fixture.database}-wal`, log)
        truncateSync(log, length)
        const opened = openFixtureRecords(cut)
        const values = JSON.stringify(opened.secrets.values())
        expect(committed, `log of ${length} bytes`).toContain(values)
        reached.add(values)
        opened.close()
      }
      expect(reached.size).toBeGreaterThan(4)
    } finally {
      records.close()
      cut.remove()
    }
  })
})
