/**
 * Writes to a vault, then kills itself within a write. On standard output, one JSON value per line: first what the vault
 * holds, then for each write what is about to be written, and `"done"` after it was acknowledged.
 *
 * Arguments: data directory, file of the key, mode (`create`, `look` or `write`), and for `write` the number of writes
 * that are acknowledged and how long the last one runs, in microseconds.
 */
import { createHash } from 'node:crypto'
import { readFileSync, writeSync } from 'node:fs'
import { openVault } from '../open-vault.js'
import type { GatewayKey } from '../vault.js'
import type { KillOperation, KillState } from './kill-ledger.js'

const [dataDir = '', keyFile = '', mode = '', writes = '', lastWriteUs = ''] = process.argv.slice(2)
const origin = 'https://a.example'
const say = (value: unknown): void => void writeSync(1, `${JSON.stringify(value)}\n`)
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)
const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(Math.random() * items.length)]

const key = readFileSync(keyFile)
const vault = await openVault({
  dataDir,
  // Makes the keychain's key the one that the test keeps.
  keychain: { read: async () => Uint8Array.from(key), write: async (_, made) => void Buffer.from(made).copy(key) },
})
if (mode === 'create') {
  await vault.create({ keychain: true })
  say({ key: key.toString('hex') })
  await vault.close()
  process.exit(0)
}
await vault.unlock({ keychain: true })
say(await stateOf())
if (mode === 'write') {
  for (let round = 0; round < Number(writes); round++) {
    const operation = nextOperation(round)
    say(operation)
    await run(operation)
    say('done')
  }
  const last = nextOperation(Number(writes))
  say(last)
  void run(last)
  // The vault's thread writes meanwhile. This one does not hear of it, so the last write is never acknowledged.
  spin(Number(lastWriteUs))
  process.kill(process.pid, 'SIGKILL')
}
await vault.close()

function spin(durationUs: number): void {
  const endUs = performance.now() * 1000 + durationUs
  while (performance.now() * 1000 < endUs);
}

async function stateOf(): Promise<KillState> {
  const state: KillState = { secrets: {}, keys: [], servers: {} }
  for (const { name } of await vault.secrets.list()) {
    const opened = await vault.secrets.open(name, undefined, origin)
    state.secrets[name] = opened.outcome === 'value' ? digest(opened.value) : opened.outcome
  }
  for (const { id } of await vault.gatewayKeys.list()) state.keys.push(id)
  for (const { slug, updatedAt } of (await vault.configuration.load()).servers) state.servers[slug] = updatedAt
  return state
}

function nextOperation(round: number): KillOperation {
  const unique = `${process.pid}-${round}`
  const name = `s${Math.floor(Math.random() * 12)}`
  const kind = pick(['put', 'put', 'remove', 'addKey', 'revokeKey', 'configure'] as const) ?? 'put'
  if (kind === 'remove') return { kind, name }
  if (kind === 'addKey') return { kind, id: `k-${unique}` }
  if (kind === 'revokeKey') return { kind, id: `k-${process.pid}-${Math.max(0, round - 3)}` }
  const value = `value ${unique} ${'x'.repeat(Math.floor(Math.random() * 3000))}`
  if (kind === 'configure')
    return { kind, slug: `server-${round % 5}`, updatedAt: unique, name, value, digest: digest(value) }
  return { kind, name, value, digest: digest(value) }
}

async function run(operation: KillOperation): Promise<void> {
  switch (operation.kind) {
    case 'put':
      await vault.secrets.put({ name: operation.name, value: operation.value }, [origin])
      return
    case 'remove':
      await vault.secrets.remove(operation.name)
      return
    case 'addKey':
      await vault.gatewayKeys.add(keyOf(operation.id))
      return
    case 'revokeKey':
      await vault.gatewayKeys.revoke(operation.id)
      return
    case 'configure': {
      const { slug, updatedAt, name, value } = operation
      const config = { url: 'https://a.example/mcp' }
      await vault.configuration.change({
        putServers: [{ slug, profile: 'local', config, createdAt: updatedAt, updatedAt }],
        putSecrets: [{ secret: { name, value }, destinations: [origin] }],
      })
    }
  }
}

function keyOf(id: string): GatewayKey {
  return {
    id,
    name: id,
    hash: createHash('sha256').update(id).digest('hex'),
    kind: 'service',
    hint: 'abcd',
    subject: 'local',
    createdAt: '2026-01-01T00:00:00.000Z',
  }
}
