import { spawn, type ChildProcess } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../database.js'
import { deriveKeys } from '../keys.js'
import { openSlots, readSlotFile } from '../slots.js'
import { bundleVault, type VaultBundle } from './bundle-vault.js'
import { applyOperation, canonicalState, type KillOperation, type KillState } from './kill-ledger.js'
import { makeDirectory, type FixtureDirectory } from './vault-fixture.js'

const lanes = 4
const killsPerLane = 50
/** The last write of a life runs from no time at all to longer than a commit takes. */
const lastWriteStepUs = 120
const writesOf = (kill: number): number => 1 + (kill % 4)

interface Lane {
  readonly fixture: FixtureDirectory
  readonly keyFile: string
  readonly key: Buffer
}

let bundle: VaultBundle
beforeAll(async () => {
  bundle = await bundleVault(join(import.meta.dirname, 'kill-child.ts'))
}, 60_000)
afterAll(() => bundle.remove())

describe('a vault whose process is killed while it writes', () => {
  it(`loses nothing that was acknowledged and stays whole, ${lanes * killsPerLane} times`, async () => {
    // Each lane ends, and takes its files away, though another has failed.
    const results = await Promise.allSettled(Array.from({ length: lanes }, runLane))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }, 240_000)
})

async function runLane(): Promise<void> {
  const lane = await createLane()
  try {
    let allowed: readonly KillState[] = [{ secrets: {}, keys: [], servers: {} }]
    for (let kill = 0; kill < killsPerLane; kill++) {
      const { found, operations, pending } = await runChild(lane, kill)
      expect(allowed.map(canonicalState), `after kill ${kill - 1}`).toContain(canonicalState(found))
      // A kill before anything was acknowledged, or outside a write, would prove nothing.
      expect(operations).toHaveLength(writesOf(kill))
      if (pending === undefined) throw new Error(`kill ${kill} was not within a write`)
      const acknowledged = operations.reduce(applyOperation, found)
      allowed = [acknowledged, applyOperation(acknowledged, pending)]
    }
    const { found } = await runChild(lane, 'look')
    expect(allowed.map(canonicalState), 'after the last kill').toContain(canonicalState(found))
    await expectWhole(lane)
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

/** @param kill which kill it is, or `look` for a life that only says what the vault holds */
async function runChild({ fixture, keyFile }: Lane, kill: number | 'look'): Promise<Life> {
  const args = kill === 'look' ? [kill] : ['write', String(writesOf(kill)), String(kill * lastWriteStepUs)]
  const { lines, errors } = await collect(startChild(fixture, keyFile, ...args))
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

function startChild({ directory }: FixtureDirectory, keyFile: string, ...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [bundle.path, directory, keyFile, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Every whole line that the child wrote before it ended. */
async function collect(running: ChildProcess): Promise<{ lines: string[]; errors: string }> {
  if (running.stdout === null || running.stderr === null) throw new Error('the child has no pipes')
  let output = ''
  let errors = ''
  running.stdout.on('data', (piece: Buffer) => (output += piece.toString('latin1')))
  running.stderr.on('data', (piece: Buffer) => (errors += piece.toString('utf8')))
  await new Promise((resolve) => running.once('close', resolve))
  return { lines: output.split('\n').slice(0, -1), errors }
}

async function expectWhole({ fixture, key }: Lane): Promise<void> {
  const file = readSlotFile(fixture.slots)
  const master = await openSlots(file, { kind: 'keychain', key })
  const database = openDatabase(fixture.database, deriveKeys(master, file.vaultId).database, false)
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  database.close()
}
