import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Issuance, IssuanceQuery } from '../../contract/issuance.js'
import { openDatabase, type VaultDatabase } from '../database.js'
import { createIssuanceRecords } from '../issuance-records.js'
import { migrate } from '../migrate.js'
import { fixtureKeys, makeDirectory, type FixtureDirectory } from './vault-fixture.js'

function issuance(n: number): Issuance {
  return {
    id: `issuance-${n}`,
    issuedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString(),
    grantType: 'client_credentials',
    issuer: 'https://as.example.com',
    clientId: n % 3 === 0 ? 'gateway' : 'other',
    subject: 'gateway',
    audience: n === 1 ? ['https://a.example', 'https://b.example'] : 'https://backend.internal/api',
    scopes: ['internal/write'],
    server: n % 2 === 0 ? 'even' : 'odd',
    caller: { id: 'key', subject: 'local', method: 'api_key' },
    requestId: `request-${n}`,
    traceId: 'trace',
  }
}

describe('issuances', () => {
  let fixture: FixtureDirectory
  let database: VaultDatabase
  beforeEach(() => {
    fixture = makeDirectory()
    database = openDatabase(fixture.database, fixtureKeys().database, true)
    migrate(database, fixture.database)
  })
  afterEach(() => {
    database.close()
    fixture.remove()
  })
  const issued = (from: number, to: number): Issuance[] =>
    Array.from({ length: to - from }, (_, i) => issuance(from + i))

  it('are listed newest first, whole, by server and by client', () => {
    const records = createIssuanceRecords(database)
    records.append(issued(0, 6))
    records.append([issuance(6)])
    const ids = (query: IssuanceQuery): string[] => records.list(query).items.map(({ id }) => id)
    expect(records.list({}).items).toEqual(issued(0, 7).reverse())
    expect(ids({ server: 'even' })).toEqual(['issuance-6', 'issuance-4', 'issuance-2', 'issuance-0'])
    expect(ids({ client: 'gateway', limit: 2 })).toEqual(['issuance-6', 'issuance-3'])
    expect(ids({ client: 'gateway', server: 'odd' })).toEqual(['issuance-3'])
    expect(ids({ server: "even' OR 1 = 1 --" })).toEqual([])
  })

  it('beyond the bound give way to newer ones, the oldest first', () => {
    const records = createIssuanceRecords(database, 5)
    records.append(issued(0, 4))
    records.append(issued(4, 8))
    expect(records.list({ limit: 500 }).items).toEqual(issued(3, 8).reverse())
  })

  it('are 50 at a time unless more are asked for, and never more than 500', () => {
    const records = createIssuanceRecords(database)
    records.append(issued(0, 600))
    expect(records.list({}).items).toHaveLength(50)
    expect(records.list({ limit: 10_000 }).items).toHaveLength(500)
    expect(records.list({ limit: 0 }).items).toHaveLength(1)
  })

  it('go on where the page before ended, also when there are more by then', () => {
    const records = createIssuanceRecords(database)
    records.append(issued(0, 5))
    const first = records.list({ limit: 2 })
    records.append([issuance(5)])
    const { nextCursor: cursor = '' } = first
    const second = records.list({ limit: 2, cursor })
    expect([...first.items, ...second.items]).toEqual(issued(1, 5).reverse())
    const last = records.list({ limit: 2, cursor: second.nextCursor ?? '' })
    expect(last).toEqual({ items: issued(0, 1) })
    expect(() => records.list({ cursor: 'issuance-4' })).toThrow(
      expect.objectContaining({ code: 'invalid_input', errors: [expect.objectContaining({ path: 'cursor' })] }),
    )
  })

  it('are found one by one, by id', () => {
    const records = createIssuanceRecords(database)
    records.append(issued(0, 3))
    expect(records.get('issuance-1')).toEqual(issuance(1))
    expect(records.get('issuance-3')).toBeUndefined()
  })
})
