import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase, type VaultDatabase } from '../database.js'
import { migrate } from '../migrate.js'
import { SignInRecords } from '../sign-in-records.js'
import { fixtureKeys, fixtureVaultId, makeDirectory, type FixtureDirectory } from './vault-fixture.js'

const hour = 3_600_000

describe('what is kept of sign-ins', () => {
  let fixture: FixtureDirectory
  let database: VaultDatabase
  let nowMs: number
  let records: SignInRecords
  beforeEach(() => {
    fixture = makeDirectory()
    nowMs = Date.UTC(2026, 0, 1)
    const keys = fixtureKeys()
    database = openDatabase(fixture.database, keys.database, true)
    migrate(database, fixture.database)
    records = new SignInRecords(database, fixtureKeys(), fixtureVaultId, () => nowMs, 50)
  })
  afterEach(() => {
    database.close()
    fixture.remove()
  })
  const put = (kind: string, id: string, more: object = {}): void =>
    records.put({ kind, id, document: JSON.stringify({ id }), ...more })

  it('is found by its id and kind, until it expires', () => {
    put('Session', 'one', { uid: 'u', expiresMs: nowMs + hour })
    expect(records.find('Session', 'one')).toEqual({ document: '{"id":"one"}' })
    expect(records.findByUid('Session', 'u')).toEqual({ document: '{"id":"one"}' })
    expect(records.find('Grant', 'one')).toBeUndefined()
    nowMs += hour
    expect(records.find('Session', 'one')).toBeUndefined()
    expect(records.list('Session')).toEqual([])
    put('Session', 'two')
    expect(database.prepare('SELECT count(*) AS n FROM sign_in_records').get()).toEqual({ n: 1 })
  })

  it('ends with its grant, and is noticed for a day when it was used up', () => {
    put('RefreshToken', 'token', { grantId: 'g', expiresMs: nowMs + 1000 * hour })
    put('Approval', 'g', { grantId: 'g' })
    records.consume('RefreshToken', 'token')
    expect(records.find('RefreshToken', 'token')).toEqual({ document: '{"id":"token"}', consumedMs: nowMs })
    nowMs += 25 * hour
    expect(records.find('RefreshToken', 'token')).toBeUndefined()
    records.removeGrant('g')
    expect(records.list('Approval')).toEqual([])
  })

  it('holds neither ids nor documents in the clear, and opens under no other id', () => {
    put('RefreshToken', 'canary-token', { grantId: 'canary-grant', uid: 'canary-uid' })
    const rows = JSON.stringify(database.prepare('SELECT * FROM sign_in_records').all())
    expect(rows).not.toContain('canary')
    expect(rows).not.toContain(Buffer.from('canary').toJSON().data.join(','))
    put('RefreshToken', 'other')
    database.exec(
      'UPDATE sign_in_records SET envelope = (SELECT envelope FROM sign_in_records WHERE grant_id IS NOT NULL)',
    )
    expect(() => records.find('RefreshToken', 'other')).toThrow('changed by something other')
  })

  it('is bounded by kind: what was used up gives way first, then what ends by itself', () => {
    put('Client', 'approved')
    for (let n = 0; n < 50; n++) {
      nowMs++
      put('Client', `client ${n}`, { expiresMs: nowMs + hour })
    }
    expect(records.find('Client', 'approved')).toBeDefined()
    expect(records.find('Client', 'client 0')).toBeUndefined()
    expect(records.find('Client', 'client 49')).toBeDefined()
    expect(records.list('Client')).toHaveLength(50)
  })
})
