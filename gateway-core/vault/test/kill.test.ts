import { spawn, type ChildProcess } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../database.js'
import { deriveKeys } from '../keys.js'
import { openSlots, readSlotFile } from '../slots.js'
import { bundleVault, removeBundle } from './bundle-vault.js'
import { applyOperation, canonicalState, type KillOperation, type KillState } from './kill-ledger.js'
import { makeDirectory, type FixtureDirectory } from './vault-fixture.js'

const lanes = 2
const killsPerLane = 100
const longestLifeMs = 40

let child: URL
beforeAll(async () => {
  child = await bundleVault('kill-child', join(import.meta.dirname, 'kill-child.ts'))
}, 60_000)
afterAll(() => removeBundle('kill-child'))

interface Lane {
  readonly fixture: FixtureDirectory
  readonly keyFile: string
  readonly key: Buffer
}

describe('a vault whose process is killed while it writes', () => {
  it(`loses nothing that was acknowledged and stays whole, ${lanes * killsPerLane} times`, async () => {
    const results = await Promise.all(Array.from({ length: lanes }, runLane))
    const acknowledged = results.reduce((sum, { acknowledged: count }) => sum + count, 0)
    const interrupted = results.reduce((sum, { interrupted: count }) => sum + count, 0)
    // Kills that hit nothing, or before anything was written, would prove nothing.
    expect(acknowledged).toBeGreaterThan(lanes * killsPerLane)
    expect(interrupted).toBeGreaterThan((lanes * killsPerLane) / 4)
  }, 120_000)
})

async function runLane(): Promise<{ acknowledged: number; interrupted: number }> {
  const lane = await createLane()
  try {
    let state: KillState = { secrets: {}, keys: [], servers: {} }
    let pending: KillOperation | undefined
    let acknowledged = 0
    let interrupted = 0
    for (let kill = 0; kill <= killsPerLane; kill++) {
      const life = await runChild(lane, kill === killsPerLane ? 'look' : 'write')
      const allowed = [state, ...(pending ? [applyOperation(state, pending)] : [])].map(canonicalState)
      expect(allowed, `after kill ${kill}, in ${pending?.kind ?? 'nothing'}`).toContain(canonicalState(life.found))
      state = life.operations.reduce(applyOperation, life.found)
      pending = life.pending
      acknowledged += life.operations.length
      if (pending) interrupted++
    }
    await expectWhole(lane)
    return { acknowledged, interrupted }
  } finally {
    lane.fixture.remove()
    rmSync(lane.keyFile, { force: true })
  }
}

async function createLane(): Promise<Lane> {
  const fixture = makeDirectory()
  const keyFile = `${fixture.directory}.key`
  writeFileSync(keyFile, Buffer.alloc(32))
  const { lines } = await collect(startChild(fixture, keyFile, 'create'))
  const { key } = JSON.parse(lines[0] ?? '{}') as { key: string }
  writeFileSync(keyFile, Buffer.from(key, 'hex'), { mode: 0o600 })
  return { fixture, keyFile, key: Buffer.from(key, 'hex') }
}

interface Life {
  readonly found: KillState
  readonly operations: readonly KillOperation[]
  readonly pending: KillOperation | undefined
}

async function runChild({ fixture, keyFile }: Lane, mode: 'write' | 'look'): Promise<Life> {
  const running = startChild(fixture, keyFile, mode)
  const { lines, errors } = await collect(running, () => {
    if (mode === 'write') setTimeout(() => running.kill('SIGKILL'), Math.random() * longestLifeMs)
  })
  const [first, ...rest] = lines
  if (first === undefined) throw new Error(`the vault did not open: ${errors}`)
  const operations: KillOperation[] = []
  let pending: KillOperation | undefined
  for (const line of rest) {
    const said = JSON.parse(line) as KillOperation | 'done'
    if (said !== 'done') pending = said
    else if (pending) {
      operations.push(pending)
      pending = undefined
    }
  }
  return { found: JSON.parse(first) as KillState, operations, pending }
}

function startChild({ directory }: FixtureDirectory, keyFile: string, mode: string): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(child), directory, keyFile, mode], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Every whole line that the child wrote before it ended; `onFirstLine` is called once, at the first. */
async function collect(running: ChildProcess, onFirstLine?: () => void): Promise<{ lines: string[]; errors: string }> {
  if (running.stdout === null || running.stderr === null) throw new Error('the child has no pipes')
  let output = ''
  let errors = ''
  createInterface(running.stdout).once('line', () => onFirstLine?.())
  running.stdout.on('data', (piece: Buffer) => (output += piece.toString('latin1')))
  running.stderr.on('data', (piece: Buffer) => (errors += piece.toString('utf8')))
  await new Promise((resolve) => running.once('close', resolve))
  return { lines: output.split('\n').slice(0, -1), errors }
}

async function expectWhole({ fixture, key }: Lane): Promise<void> {
  const file = readSlotFile(fixture.slots)
  const master = await openSlots(file, { kind: 'keychain', key })
  const database = openDatabase(fixture.database, deriveKeys(master, file.vaultId).database)
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  database.close()
}
