/** A million exchanges, as the gateway writes them, and what it takes to find some of them. */
import { statSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ExchangeQuery } from '../../contract/exchange.js'
import { createBatchWriter } from '../../inspector/batch-writer.js'
import type { CapturedExchange } from '../../inspector/captured-exchange.js'
import { capturedExchange } from '../../inspector/captured-exchange.test-data.js'
import { readBatch, readFacets } from '../../inspector/read-batch.js'
import type { ExchangePage } from '../exchange-form.js'
import { openRecords, type OpenRecords } from '../open-records.js'
import { fixtureKeys, fixtureVaultId, makeDirectory, type FixtureDirectory } from './vault-fixture.js'

const count = 1_000_000
const perBatch = 1000
const start = Date.now() - count
/** Of processor time: most take less than 100 ms, and nothing of it grows with what else the machine does. */
const generousCpuMs = 500
/** A search that gives up what it has not got to does so within a tenth of this; the machine may be busy. */
const generousMs = 2_000

const plain = capturedExchange({
  inbound: { accept: 'application/json' },
  outbound: [],
  obtained: [],
  fingerprints: [],
  stripped: [],
  responseHeaders: {},
  responseChunks: [],
  requestBody: Buffer.from('{}'),
  sensitiveValues: [],
})

/** One in 100,000 is denied, one in 1,000 is slow; a hundred tools of ten servers. */
function numbered(n: number): CapturedExchange {
  const isDenied = n % 100_000 === 77
  return {
    ...plain,
    startedAtMs: start + n,
    requestId: `request-${n}`,
    server: `server-${n % 10}`,
    tool: `tool_${n % 100}`,
    verdict: isDenied ? { decision: 'deny', policies: ['no'], durationMs: 0 } : plain.verdict,
    status: isDenied ? 403 : 200,
    ...(isDenied && { requestBody: Buffer.from(`{"q":"rare_argument_${Math.floor(n / 100_000)}${n % 100}"}`) }),
    timings: { ...plain.timings, totalMs: n % 1000 === 5 ? 900 : 3 },
  }
}

describe('a million exchanges', () => {
  let fixture: FixtureDirectory
  let records: OpenRecords
  const find = (query: ExchangeQuery): { page: ExchangePage; cpuMs: number; answers: number } => {
    const before = process.cpuUsage()
    let page = records.exchanges.records.list(query)
    let answers = 1
    for (; page.isPartial === true && page.nextCursor !== undefined; answers++) {
      const next = records.exchanges.records.list({
        ...query,
        limit: (query.limit ?? 50) - page.items.length,
        cursor: page.nextCursor,
      })
      page = { ...next, items: [...page.items, ...next.items] }
    }
    const { user, system } = process.cpuUsage(before)
    return { page, cpuMs: (user + system) / 1000, answers }
  }

  beforeAll(() => {
    fixture = makeDirectory()
    records = openRecords(
      { databasePath: fixture.database, keys: fixtureKeys(), vaultId: fixtureVaultId, isNew: true },
      { createMasker: () => ({ maskBatch: (batch) => batch, maskJson: (text) => text }), readBatch, readFacets },
    )
    records.exchanges.records.setBounds({ maxExchanges: 2 * count, maxAgeDays: 30, maxBytes: 4e9 })
    const writer = createBatchWriter(0)
    for (let n = 0; n < count; n++) {
      writer.write(numbered(n))
      const batch = n % perBatch === perBatch - 1 ? writer.take() : undefined
      if (batch !== undefined) records.writeBehind(() => records.exchanges.records.append(batch))
    }
  }, 120_000)
  afterAll(() => {
    records.close()
    fixture.remove()
  })

  it.each([
    ['verdict:deny', 10],
    ['verdict:deny server:server-7 tool:tool_77', 10],
    ['dur:>500ms tool:tool_5', 50],
    ['-verdict:allow status:>=400', 10],
    ['tool:nothing_of_this_name', 0],
    ['status:500', 0],
    ['replay:true', 0],
  ])('are searched for %s in a moment', (q, expected) => {
    const { page, cpuMs } = find({ q })
    expect(page.items).toHaveLength(expected)
    expect(cpuMs).toBeLessThan(generousCpuMs)
  })

  it('are paged through from anywhere', () => {
    const until = new Date(start + 500_000).toISOString()
    const first = find({ until, limit: 2 })
    expect(first.page.items.map(({ requestId }) => requestId)).toEqual(['request-499999', 'request-499998'])
    const next = find({ until, limit: 1, cursor: first.page.nextCursor ?? '' })
    expect(next.page.items.map(({ requestId }) => requestId)).toEqual(['request-499997'])
    expect(first.cpuMs + next.cpuMs).toBeLessThan(generousCpuMs)
  })

  it.each([
    ['"not in any of them"', 0],
    ['body:nowhere', 0],
    ['rare_argument_777', 1],
    ['body:"rare_argument_777"', 1],
    ['RARE_argument tool:tool_77', 10],
    ['-verdict:allow rare_argument_3', 1],
    ['request:request-389999', 1],
    ['"request-389999"', 1],
  ])('are searched for the text %s in a moment', (q, expected) => {
    const { page, cpuMs } = find({ q })
    expect(page.items).toHaveLength(expected)
    expect(cpuMs).toBeLessThan(generousCpuMs)
  })

  it.each([
    ['~~', 0],
    ['zqx', 0],
    ['"~~" -tool:tool_7*', 0],
  ])('are searched for the few characters %s in a moment', (q, expected) => {
    const { page, cpuMs } = find({ q })
    expect(page.items).toHaveLength(expected)
    expect(cpuMs).toBeLessThan(generousCpuMs)
  })

  it.each([
    [{ verdict: 'deny' as const }, 10],
    [{ status: 403, tool: 'tool_77' }, 10],
    [{ caller: 'nobody' }, 0],
    [{ q: 'tool:tool_7* server:server-3' }, 50],
    [{ q: 'tool:nothing_*' }, 0],
    [{ q: '-method:ping caller:local' }, 50],
    [{ q: 'method:ping' }, 0],
    [{ q: 'verdict:deny dur:<500ms -method:ping tool:tool_* rare_argument' }, 10],
    [
      {
        q: 'verdict:deny',
        since: new Date(start + 100_000).toISOString(),
        until: new Date(start + 600_000).toISOString(),
      },
      5,
    ],
    [{ since: new Date(start + 400_000).toISOString(), until: new Date(start + 400_010).toISOString() }, 10],
  ])('are searched for %j in a moment', (query, expected) => {
    const { page, cpuMs } = find(query)
    expect(page.items).toHaveLength(expected)
    expect(cpuMs).toBeLessThan(generousCpuMs)
  })

  it('are searched a piece at a time for what is too short for an index, so that nothing else waits long', () => {
    const startedMs = performance.now()
    const page = records.exchanges.records.list({ q: '~' })
    expect(page).toMatchObject({ items: [], isPartial: true, nextCursor: expect.any(String) as string })
    expect(performance.now() - startedMs).toBeLessThan(generousMs)
  })

  it('are found by their text from the moment they are written', () => {
    const writer = createBatchWriter(0)
    writer.write({ ...numbered(count), requestBody: Buffer.from('{"said":"just a moment ago"}') })
    const batch = writer.take()
    if (batch !== undefined) records.writeBehind(() => records.exchanges.records.append(batch))
    const { page } = find({ q: 'body:"just a moment"' })
    expect(page.items.map(({ requestId }) => requestId)).toEqual([`request-${count}`])
  })

  it('take few rows and little room to be found by', () => {
    expect(records.exchanges.records.list({ limit: 1 }).items).toHaveLength(1)
    expect(statSync(fixture.database).size / count).toBeLessThan(800)
  })

  it('do not fill memory', () => {
    const before = process.memoryUsage().rss
    for (let round = 0; round < 10; round++) find({ q: round % 2 === 0 ? 'status:500' : '"not in any of them"' })
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })
})
