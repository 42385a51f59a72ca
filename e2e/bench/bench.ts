/**
 * The benchmark: what a hop costs, as ratios between targets that are measured side by side in one run, interleaved,
 * medians of rounds. Absolute figures depend on the machine and on what else it does; ratios less so.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureStart } from './gatehouse.js'
import { HopTable } from './hop-table.js'
import { root } from './processes.js'
import { show } from './report.js'
import { SessionTable } from './session-table.js'
import { VariantTable } from './variant-table.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    'round-ms': { type: 'string', default: '2000' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    peers: { type: 'boolean', default: false },
    measure: { type: 'string', multiple: true },
  },
})
const rounds = values.quick ? 2 : Number(values.rounds)
const durationMs = values.quick ? 500 : Number(values['round-ms'])

const wants = (table: string): boolean => values.only === undefined || values.only === table
const startMs = wants('hops') ? await measureStart() : Number.NaN
const hops = wants('hops') ? await HopTable.start(durationMs) : undefined
let sessions: SessionTable | undefined
let variants: VariantTable | undefined
try {
  sessions = wants('sessions') ? await SessionTable.start(durationMs, values.peers, values.measure) : undefined
  variants = wants('variants') ? await VariantTable.start(durationMs) : undefined
  for (let round = 0; round < rounds; round++) {
    await hops?.round()
    await variants?.round()
    await sessions?.round()
  }
  await hops?.hold()
  await sessions?.hold()
  report()
} finally {
  await variants?.stop()
  await sessions?.stop()
  await hops?.stop()
}

function report(): void {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, Node ${process.versions.node}, ${process.platform}`
  mkdirSync(join(root, 'bench-results'), { recursive: true })
  writeFileSync(
    join(root, 'bench-results/latest.json'),
    JSON.stringify(
      {
        at: new Date().toISOString(),
        machine,
        rounds,
        durationMs,
        startMs,
        rows: hops?.rows(),
        variantRows: variants?.rows(),
        sessionRows: sessions?.rows(),
        missing: sessions?.missingRows,
      },
      null,
      2,
    ),
  )
  const intro = `${machine}; ${rounds} rounds of ${durationMs} ms; gatehouse ready in ${show(startMs, 0)} ms`
  const texts = [intro, hops?.text(), variants?.text(), sessions?.text()].filter((text) => text !== undefined)
  process.stdout.write(`${texts.join('\n\n')}\n`)
}
