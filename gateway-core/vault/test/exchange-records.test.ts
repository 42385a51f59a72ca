import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CapturedExchange } from '../../contract/captured-exchange.js'
import type { OpenRecords } from '../open-records.js'
import { makeDirectory, openFixtureRecords, type FixtureDirectory } from './vault-fixture.js'

const start = Date.parse('2026-01-01T00:00:00.000Z')
/** An id is its place in time, in base 36, with room for 4096 in each millisecond. */
const idOf = (n: number): string => ((start + n * 1000) * 4096).toString(36)

function exchange(n: number): CapturedExchange {
  const isDenied = n % 5 === 0
  return {
    id: idOf(n),
    startedAtMs: start + n * 1000,
    server: n % 2 === 0 ? 'even' : 'odd',
    callerId: `key-${n % 2}`,
    subject: 'local',
    verdict: isDenied ? 'deny' : 'allow',
    method: 'tools/call',
    tool: 'echo',
    status: isDenied ? 403 : 200,
    document: JSON.stringify({ id: idOf(n), request: {}, response: {} }),
    request: `body ${n}`,
    requestTruncated: false,
    response: 'answer',
    responseTruncated: false,
    marks: undefined,
    sensitiveValues: [],
  }
}

describe('kept exchanges', () => {
  let fixture: FixtureDirectory
  let records: OpenRecords
  const append = (captured: readonly CapturedExchange[]): void => {
    const masked = captured.map(({ document, request, response }) => ({ document, request, response, events: null }))
    records.write(() => records.exchanges.append(captured, masked))
  }
  beforeEach(() => {
    fixture = makeDirectory()
    records = openFixtureRecords(fixture)
    append(Array.from({ length: 20 }, (_, n) => exchange(n)))
  })
  afterEach(() => {
    records.close()
    fixture.remove()
  })
  const ids = (query: Parameters<OpenRecords['exchanges']['list']>[0]): string[] =>
    records.exchanges.list(query).items.map(({ id }) => id)

  it('are listed newest first, without bodies, and read whole one by one', () => {
    expect(ids({ limit: 3 })).toEqual([idOf(19), idOf(18), idOf(17)])
    expect(records.exchanges.list({ limit: 1 }).items[0]?.request.body).toBeUndefined()
    expect(records.exchanges.get(idOf(7))).toMatchObject({
      id: idOf(7),
      request: { body: 'body 7' },
      response: { body: 'answer' },
    })
    expect(records.exchanges.get(idOf(99))).toBeUndefined()
  })

  it('are paged through once each, though newer ones come in between', () => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = records.exchanges.list({ limit: 6, ...(cursor !== undefined && { cursor }) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
      append([exchange(100 + seen.length)])
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
  ])('are found by %j', (query, expected) => {
    expect(ids(query)).toEqual(expected)
  })

  it('refuse a cursor that is none', () => {
    expect(() => records.exchanges.list({ cursor: 'not a cursor' })).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    )
  })
})
