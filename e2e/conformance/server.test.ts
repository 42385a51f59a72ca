/**
 * The official conformance suite against the fixture directly and through the gateway, over every way in which the
 * gateway reaches a server: what the gateway adds or loses shows as a check with another result.
 * `expected-failures.json` lists the checks that may differ, with the rule that makes them differ.
 */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { startConformanceFixture, startSseFixture, type ConformanceFixture } from '../peers/conformance-fixture.js'
import { conformanceCommand } from '../peers/conformance-stdio.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'
import { hasTools, runServerSuite, toolsFolder, type Revision, type ScenarioResult } from './run-server-suite.js'

const revisions = ['2025-11-25', '2026-07-28'] as const satisfies readonly Revision[]

/** Scored scenarios and their checks that the fixture itself passes; a smaller number would hide a loss in the gateway. */
const fixtureScores = {
  '2025-11-25': { scenarios: 30, passed: 70, failed: 0 },
  '2026-07-28': { scenarios: 37, passed: 120, failed: 0 },
} as const

type Results = ReadonlyMap<string, ScenarioResult>

/** A way in which the gateway reaches a server, with a fixture of its own for each run. */
interface Way {
  readonly way: string
  readonly revisions: readonly Revision[]
  /** @returns what is to be closed afterwards */
  register(gateway: RunningGateway, slug: string, revision: Revision): Promise<ConformanceFixture | undefined>
}

const otherEra = { '2025-11-25': 'modern', '2026-07-28': 'legacy' } as const

const ways: readonly Way[] = [
  {
    way: 'per caller',
    revisions,
    async register(gateway, slug) {
      const fixture = await startConformanceFixture()
      await gateway.putServer(slug, { url: fixture.url })
      return fixture
    },
  },
  {
    way: 'shared',
    revisions,
    async register(gateway, slug) {
      const fixture = await startConformanceFixture()
      await gateway.putServer(slug, { url: fixture.url, connection: 'shared' })
      return fixture
    },
  },
  {
    way: 'of the other era alone',
    revisions,
    async register(gateway, slug, revision) {
      const fixture = await startConformanceFixture(0, otherEra[revision])
      await gateway.putServer(slug, { url: fixture.url })
      return fixture
    },
  },
  {
    way: 'over SSE',
    revisions,
    async register(gateway, slug) {
      const fixture = await startSseFixture()
      await gateway.putServer(slug, { url: fixture.url, transport: 'sse' })
      return fixture
    },
  },
  {
    way: 'over stdio',
    revisions,
    async register(gateway, slug) {
      await gateway.putCommand(slug, conformanceCommand())
      return undefined
    },
  },
  {
    way: 'over stdio, of the older era alone',
    revisions: ['2026-07-28'],
    async register(gateway, slug) {
      await gateway.putCommand(slug, conformanceCommand('legacy'))
      return undefined
    },
  },
  {
    way: 'over stdio, of the stateless era alone',
    revisions: ['2025-11-25'],
    async register(gateway, slug) {
      await gateway.putCommand(slug, conformanceCommand('modern'))
      return undefined
    },
  },
]

const expectedFailuresSchema = z.record(
  z.string(),
  z.partialRecord(z.enum(revisions), z.record(z.string(), z.string().min(20))),
)

if (!hasTools) {
  process.stderr.write(`NOT RUN: the official conformance suite; its loaders are not in ${toolsFolder}\n`)
}

function total(results: Results): { scenarios: number; passed: number; failed: number } {
  const all = [...results.values()].filter(({ scored }) => scored)
  return {
    scenarios: all.filter(({ failed }) => failed === 0).length,
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  }
}

/** Every check whose result differs, as `scenario:check`, with both results. */
function differences(direct: Results, through: Results): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const scenario of new Set([...direct.keys(), ...through.keys()])) {
    const finished = direct.has(scenario) && through.has(scenario)
    if (!finished && !(direct.get(scenario) ?? through.get(scenario))?.scored) continue
    const before = direct.get(scenario)?.checks ?? {}
    const after = through.get(scenario)?.checks ?? {}
    for (const check of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (before[check] === after[check]) continue
      const message = through.get(scenario)?.messages[check] ?? ''
      found.set(`${scenario}:${check}`, `${before[check] ?? 'absent'} → ${after[check] ?? 'absent'} ${message}`)
    }
  }
  return found
}

/** What the suite says of a fixture without a gateway. */
async function runDirectly(revision: Revision): Promise<Results> {
  const fixture = await startConformanceFixture()
  try {
    return await runServerSuite(fixture.url.replace('127.0.0.1', 'localhost'), revision)
  } finally {
    await fixture.close()
  }
}

const title = hasTools
  ? 'the official conformance suite'
  : `the official conformance suite (not run: no loaders in ${toolsFolder})`

describe.skipIf(!hasTools)(title, () => {
  let gateway: RunningGateway
  let authorization: string
  let direct: Readonly<Record<Revision, Results>>
  let expectedFailures: z.infer<typeof expectedFailuresSchema>

  beforeAll(async () => {
    gateway = await startGateway()
    authorization = `Bearer ${(await gateway.addKey({ name: 'conformance' })).key}`
    expectedFailures = expectedFailuresSchema.parse(
      JSON.parse(await readFile(new URL('expected-failures.json', import.meta.url), 'utf8')),
    )
    const [older, newer] = await Promise.all([runDirectly('2025-11-25'), runDirectly('2026-07-28')])
    direct = { '2025-11-25': older, '2026-07-28': newer }
  }, 90_000)

  afterAll(async () => {
    await gateway?.stop()
  })

  it.each(revisions)('is passed by the fixture itself (%s)', (revision) => {
    expect(total(direct[revision])).toEqual(fixtureScores[revision])
  })

  describe.each(ways)('of a server $way', ({ way, revisions: sent, register }) => {
    it.each(sent)(
      'scores through the gateway what it scores directly, check by check (%s)',
      async (revision) => {
        const slug = `${way}-${revision}`.replace(/[^a-z0-9]+/gi, '-').toLowerCase()
        const fixture = await register(gateway, slug, revision)
        try {
          const url = `${gateway.dataUrl.replace('127.0.0.1', 'localhost')}/mcp/${slug}`
          const through = await runServerSuite(url, revision, authorization)
          const expected = Object.keys(expectedFailures[way]?.[revision] ?? {})
          const found = differences(direct[revision], through)
          const unexpected = [...found].filter(([check]) => !expected.includes(check))
          const stale = expected.filter((check) => !found.has(check))
          expect({ unexpected, stale }).toEqual({ unexpected: [], stale: [] })
        } finally {
          await fixture?.close()
        }
      },
      90_000,
    )
  })
})
