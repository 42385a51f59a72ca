/**
 * The official conformance suite against the fixture directly and through the gateway: what the gateway adds or loses
 * shows as a check with another result. `expected-failures.json` lists the checks that may differ, `scenario:check`.
 */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { startConformanceFixture, type ConformanceFixture } from '../peers/conformance-fixture.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'
import { hasTools, runServerSuite, toolsFolder, type Revision, type ScenarioResult } from './run-server-suite.js'

/** Scored scenarios and their checks that the fixture itself passes; a smaller number would hide a loss in the gateway. */
const fixtureScores = {
  '2025-11-25': { scenarios: 30, passed: 70, failed: 0 },
  '2026-07-28': { scenarios: 37, passed: 120, failed: 0 },
} as const

const expectedFailuresSchema = z.strictObject({
  '2025-11-25': z.array(z.string()),
  '2026-07-28': z.array(z.string()),
})

if (!hasTools) {
  process.stderr.write(`NOT RUN: the official conformance suite; its loaders are not in ${toolsFolder}\n`)
}

function total(results: ReadonlyMap<string, ScenarioResult>): { scenarios: number; passed: number; failed: number } {
  const all = [...results.values()].filter(({ scored }) => scored)
  return {
    scenarios: all.filter(({ failed }) => failed === 0).length,
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  }
}

/** Every check whose result differs, as `scenario:check`, with both results. */
function differences(
  direct: ReadonlyMap<string, ScenarioResult>,
  through: ReadonlyMap<string, ScenarioResult>,
): ReadonlyMap<string, string> {
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

const title = hasTools
  ? 'the official conformance suite'
  : `the official conformance suite (not run: no loaders in ${toolsFolder})`

describe.skipIf(!hasTools)(title, () => {
  let fixture: ConformanceFixture
  let gateway: RunningGateway
  let authorization: string
  let throughUrl: string

  beforeAll(async () => {
    fixture = await startConformanceFixture()
    gateway = await startGateway()
    await gateway.putServer('conformance', { url: fixture.url })
    authorization = `Bearer ${(await gateway.addKey({ name: 'conformance' })).key}`
    throughUrl = `${gateway.dataUrl.replace('127.0.0.1', 'localhost')}/mcp/conformance`
  })

  afterAll(async () => {
    await gateway?.stop()
    await fixture?.close()
  })

  it.each<Revision>(['2025-11-25', '2026-07-28'])(
    'scores through the gateway what it scores directly, check by check (%s)',
    async (revision) => {
      const direct = await runServerSuite(fixture.url.replace('127.0.0.1', 'localhost'), revision)
      expect(total(direct)).toEqual(fixtureScores[revision])
      const through = await runServerSuite(throughUrl, revision, authorization)
      const expected = expectedFailuresSchema.parse(
        JSON.parse(await readFile(new URL('expected-failures.json', import.meta.url), 'utf8')),
      )[revision]
      const found = differences(direct, through)
      const unexpected = [...found].filter(([check]) => !expected.includes(check))
      const stale = expected.filter((check) => !found.has(check))
      expect({ unexpected, stale }).toEqual({ unexpected: [], stale: [] })
    },
    90_000,
  )
})
