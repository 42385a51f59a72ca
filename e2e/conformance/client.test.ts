/**
 * The official conformance suite's client and authorization scenarios, with the gateway as the client: an agent without a
 * credential for the suite's server calls it through the gateway, which finds the authorization server, registers there
 * and gets the tokens.
 */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'
import { runClientSuite } from './run-client-suite.js'
import { hasTools, requirements, toolsFolder, type Revision } from './run-server-suite.js'

const revisions = ['2025-11-25', '2026-07-28'] as const satisfies readonly Revision[]

/** Checks of the scored scenarios; fewer would mean that a scenario ended before it came to what it is about. */
const leastPassed = { '2025-11-25': 250, '2026-07-28': 400 } as const

const expectedSchema = z.looseObject({
  'as a client': z.record(z.enum(revisions), z.record(z.string(), z.string().min(20))),
})

if (!hasTools) {
  process.stderr.write(
    `NOT RUN: the client scenarios of the conformance suite; its loaders are not in ${toolsFolder}\n`,
  )
}

const title = hasTools
  ? 'the official conformance suite, with the gateway as the client'
  : `the official conformance suite, with the gateway as the client (not run: no loaders in ${toolsFolder})`

describe.skipIf(!hasTools)(title, () => {
  let gateway: RunningGateway
  let key: string

  beforeAll(async () => {
    gateway = await startGateway()
    key = (await gateway.addKey({ name: 'conformance' })).key
  })
  afterAll(() => gateway?.stop())

  it.each(revisions)(
    'passes every scored scenario, and of the others all that do not have a named reason (%s)',
    async (revision) => {
      const file = await readFile(new URL('expected-failures.json', import.meta.url), 'utf8')
      const expected = Object.keys(expectedSchema.parse(JSON.parse(file))['as a client'][revision])
      const results = await runClientSuite(gateway, key, revision)
      const failed = [...results].filter(([, { failed: count }]) => count > 0)
      const unexpected = failed.filter(([scenario]) => !expected.includes(scenario))
      expect(unexpected.map(([scenario, { messages, told }]) => ({ scenario, messages, told }))).toEqual([])
      expect(expected.filter((scenario) => !failed.some(([name]) => name === scenario))).toEqual([])
      const scored = [...results].filter(([, result]) => result.scored)
      expect(scored.map(([scenario]) => scenario).sort()).toEqual((await requirements(revision)).client.toSorted())
      expect(scored.filter(([scenario]) => expected.includes(scenario))).toEqual([])
      const passed = scored.reduce((sum, [, result]) => sum + result.passed, 0)
      expect(passed).toBeGreaterThanOrEqual(leastPassed[revision])
    },
    120_000,
  )
})
