/**
 * The manifest: a keyed sum over every secret, gateway key, profile and server, changed in the same transaction as they are. A row that
 * was deleted, added or edited from outside no longer adds up, even to somebody who can decrypt the file. It cannot
 * tell that the whole file was replaced by an older one.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { GatewayError } from '../contract/errors.js'
import type { VaultDatabase } from './database.js'
import { lengthPrefixed } from './keys.js'

const modulus = 1n << 256n

interface ManifestState {
  readonly epoch: number
  readonly rows: number
  readonly sum: bigint
}

/** What of a row is summed. */
export type RowIdentity = readonly (string | number | Uint8Array)[]

export interface Manifest {
  /** Within the transaction that makes the vault. */
  begin(): void
  /** Within a transaction: a number that no earlier transaction of this vault had. */
  nextEpoch(): number
  /** A number that is another one after every change. @throws GatewayError `vault_tampered` */
  epoch(): number
  /** Within a transaction: takes rows out of the sum and puts others in. */
  change(removed: readonly RowIdentity[], added: readonly RowIdentity[]): void
  /** @throws GatewayError `vault_tampered` where the rows that are there do not add up */
  verify(rows: Iterable<RowIdentity>): void
}

export function createManifest(database: VaultDatabase, macKey: Buffer): Manifest {
  const read = database.prepare<[], { value: string }>("SELECT value FROM meta WHERE key = 'manifest'")
  const write = database.prepare(
    "INSERT INTO meta (key, value) VALUES ('manifest', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  )
  const digest = (row: RowIdentity): bigint =>
    BigInt(
      `0x${createHmac('sha256', macKey)
        .update(lengthPrefixed('row', ...row))
        .digest('hex')}`,
    )
  const macOf = ({ epoch, rows, sum }: ManifestState): Buffer =>
    createHmac('sha256', macKey)
      .update(lengthPrefixed('manifest', epoch, rows, sum.toString(16)))
      .digest()

  const load = (): ManifestState => {
    const row = read.get()
    if (row === undefined) throw tampered()
    const [epoch = 0, rows = 0, sum = '', mac = ''] = row.value.split(' ')
    const state = { epoch: Number(epoch), rows: Number(rows), sum: BigInt(`0x${sum}`) }
    const expected = macOf(state)
    const found = Buffer.from(mac, 'hex')
    if (found.length !== expected.length || !timingSafeEqual(found, expected)) throw tampered()
    return state
  }

  const store = (state: ManifestState): void =>
    void write.run(`${state.epoch} ${state.rows} ${state.sum.toString(16)} ${macOf(state).toString('hex')}`)

  return {
    begin: () => store({ epoch: 0, rows: 0, sum: 0n }),
    epoch: () => load().epoch,
    nextEpoch: () => load().epoch + 1,
    change: (removed, added) => {
      const before = load()
      let { sum } = before
      for (const row of removed) sum -= digest(row)
      for (const row of added) sum += digest(row)
      const rows = before.rows - removed.length + added.length
      const after = { epoch: before.epoch + 1, rows, sum: ((sum % modulus) + modulus) % modulus }
      store(after)
    },
    verify: (rows) => {
      const expected = load()
      let sum = 0n
      let count = 0
      for (const row of rows) {
        sum += digest(row)
        count++
      }
      if (count !== expected.rows || sum % modulus !== expected.sum) throw tampered()
    },
  }
}

function tampered(): GatewayError {
  return new GatewayError('vault_tampered', {
    detail: 'Secrets, keys or servers were added, removed or changed by something other than Gatehouse.',
    fix: 'Nothing was overwritten. Restore vault.db and vault.slots.json from the same backup.',
  })
}
