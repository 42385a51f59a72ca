import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MaskedBatch } from '../../contract/captured-batch.js'
import type { OpenRecords } from '../open-records.js'
import {
  makeDirectory,
  openFixtureRecords,
  plainBatch,
  type FixtureDirectory,
  type PlacedExchange,
} from './vault-fixture.js'

const bounds = { maxExchanges: 250_000, maxAgeDays: 3650, maxBytes: 1e9 }
const start = Date.parse('2026-01-01T00:00:00.000Z')
/** An id is its place in time, in base 36, with room for 4096 in each millisecond. */
const idOf = (n: number): string => ((start + n * 1000) * 4096).toString(36)

function exchange(n: number): PlacedExchange {
  const isDenied = n % 5 === 0
  return {
    position: Number.parseInt(idOf(n), 36),
    exchange: {
      id: idOf(n),
      lane: 'mcp',
      requestId: `request-${n}`,
      traceId: 'trace',
      startedAt: new Date(start + n * 1000).toISOString(),
      durationMs: 1,
      timings: {
        callerMs: 0,
        shieldMs: 0,
        credentialMs: 0,
        connectMs: 0,
        tlsMs: 0,
        firstByteMs: 0,
        streamMs: 0,
        gatewayMs: 1,
        totalMs: 1,
      },
      caller: { id: `key-${n % 2}`, subject: 'local', method: 'api_key' },
      server: n % 2 === 0 ? 'even' : 'odd',
      method: 'tools/call',
      tool: 'echo',
      verdict: { decision: isDenied ? 'deny' : 'allow', policies: [], durationMs: 0 },
      request: {
        httpMethod: 'POST',
        path: '/',
        headers: [],
        forwarded: [],
        stripped: [],
        injected: [],
        body: `body ${n}`,
      },
      response: { status: isDenied ? 403 : 200, headers: [], body: 'answer' },
    },
  }
}

function batchOf(numbers: readonly number[]): MaskedBatch {
  return plainBatch(numbers.map(exchange))
}

describe('kept exchanges', () => {
  let fixture: FixtureDirectory
  let records: OpenRecords
  const append = (...numbers: readonly number[]): void =>
    records.write(() => records.exchanges.records.append(batchOf(numbers)))
  beforeEach(() => {
    fixture = makeDirectory()
    records = openFixtureRecords(fixture)
    records.exchanges.records.setBounds(bounds)
    for (const first of [0, 4, 8, 12, 16]) append(first, first + 1, first + 2, first + 3)
  })
  afterEach(() => {
    records.close()
    fixture.remove()
  })
  const ids = (query: Parameters<OpenRecords['exchanges']['records']['list']>[0]): string[] =>
    records.exchanges.records.list(query).items.map(({ id }) => id)

  it('are listed newest first, without bodies, and read whole one by one', () => {
    expect(ids({ limit: 3 })).toEqual([idOf(19), idOf(18), idOf(17)])
    expect(records.exchanges.records.list({ limit: 1 }).items[0]?.request.body).toBeUndefined()
    expect(records.exchanges.records.get(idOf(7))).toMatchObject({
      id: idOf(7),
      request: { body: 'body 7' },
      response: { body: 'answer' },
    })
    expect(records.exchanges.records.get(idOf(99))).toBeUndefined()
  })

  it('are paged through once each, though newer ones come in between', () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = records.exchanges.records.list({ limit: 6, ...(cursor !== undefined && { cursor }) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
      append(100 + seen.length)
    } while (cursor !== undefined)
    expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => idOf(19 - n)))
  })

  it.each([
    [{ server: 'odd', limit: 2 }, [idOf(19), idOf(17)]],
    [{ verdict: 'deny' as const }, [idOf(15), idOf(10), idOf(5), idOf(0)]],
    [{ status: 403, limit: 1 }, [idOf(15)]],
    [{ caller: 'key-0', limit: 1 }, [idOf(18)]],
    [{ tool: 'other' }, []],
    [{ since: '2026-01-01T00:00:05.000Z', until: '2026-01-01T00:00:07.000Z' }, [idOf(6), idOf(5)]],
    [{ q: 'BODY 13' }, [idOf(13)]],
    [{ q: '100%_' }, []],
    [{ q: '"body 13"' }, [idOf(13)]],
    [{ q: 'body:"body 1" -body:"body 1"' }, []],
    [{ q: 'server:even verdict:deny' }, [idOf(10), idOf(0)]],
    [{ q: '-server:e* status:4xx' }, [idOf(15), idOf(5)]],
    [{ q: 'request:request-7' }, [idOf(7)]],
  ])('are found by %j', (query, expected) => {
    expect(ids(query)).toEqual(expected)
  })

  it('are in the order of time, also where two processes wrote at once', () => {
    append(30, 33, 36)
    append(31, 32, 34, 35)
    expect(ids({ limit: 7 })).toEqual([36, 35, 34, 33, 32, 31, 30].map(idOf))
    expect(records.exchanges.records.get(idOf(33))?.id).toBe(idOf(33))
    const first = records.exchanges.records.list({ limit: 3 })
    expect(ids({ limit: 3, cursor: first.nextCursor ?? '' })).toEqual([33, 32, 31].map(idOf))
  })

  it('make room for newer ones, the oldest first', () => {
    const many = (from: number): MaskedBatch => ({ ...batchOf([from]), exchanges: 150_000 })
    records.write(() => records.exchanges.records.append(many(50)))
    expect(ids({ limit: 1, until: '2026-01-01T00:00:01.000Z' })).toEqual([idOf(0)])
    records.write(() => records.exchanges.records.append(many(51)))
    expect(ids({})).toEqual([idOf(51)])
  })

  it('take no more bytes than they may, also from the moment that it is said', () => {
    const bytes = plainBatch([exchange(0), exchange(1), exchange(2), exchange(3)]).frames.length
    records.write(() => records.exchanges.records.setBounds({ ...bounds, maxBytes: bytes * 4 }))
    const kept = ids({})
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.length).toBeLessThanOrEqual(12)
    expect(kept).toEqual(Array.from(kept, (_, index) => idOf(19 - index)))
    append(20, 21, 22, 23)
    expect(ids({ limit: 1 })).toEqual([idOf(23)])
    expect(ids({}).length).toBeLessThanOrEqual(12)
  })

  it('are gone at their age, though nothing comes after them', () => {
    const days = (Date.now() - start) / 86_400_000
    records.write(() => records.exchanges.records.setBounds({ ...bounds, maxAgeDays: days + 1 }))
    expect(ids({})).toHaveLength(20)
    records.write(() => records.exchanges.records.setBounds({ ...bounds, maxAgeDays: days - 10 / 86_400 }))
    // The clock goes on while this runs.
    const kept = ids({})
    expect(kept[0]).toBe(idOf(19))
    expect(kept.length).toBeLessThanOrEqual(10)
    expect(kept).not.toContain(idOf(9))
    expect(records.exchanges.records.get(idOf(3))).toBeUndefined()
    records.write(() => records.exchanges.records.setBounds(bounds))
    // What was too old was not only hidden; of a batch the last counts.
    expect(ids({})).not.toContain(idOf(7))
  })

  it('in memory are in no file, and no other process sees them', () => {
    const other = openFixtureRecords(fixture)
    try {
      records.write(() => records.exchanges.apply({ ...bounds, keep: 'memory' }))
      expect(ids({})).toEqual([])
      records.read(() => records.exchanges.records.append(batchOf([30, 31])))
      expect(ids({})).toEqual([31, 30].map(idOf))
      expect(other.exchanges.records.list({}).items).toEqual([])
      records.write(() => records.exchanges.apply({ ...bounds, keep: 'vault' }))
      expect(ids({})).toEqual([])
    } finally {
      other.close()
    }
  })

  it('refuse a cursor that is none', () => {
    expect(() => records.exchanges.records.list({ cursor: 'zzz' })).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    )
  })
})
