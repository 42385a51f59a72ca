/** Vaults for tests: a directory of their own, a keychain in memory, and the keys of a vault that was made. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { entryBytes, entryFlags, writeEntry } from '../../contract/batch-entries.js'
import type { MaskedBatch } from '../../contract/captured-batch.js'
import { shapeFacetsOf, type ShapeFacets } from '../../contract/exchange-match.js'
import type { Exchange } from '../../contract/exchange.js'
import type { ExchangeForm } from '../exchange-form.js'
import { deriveKeys, type VaultKeys } from '../keys.js'
import { openRecords, type OpenRecords } from '../open-records.js'
import { createSlot, openSlots, readSlotFile, writeSlotFile, type SlotKey } from '../slots.js'
import type { Keychain } from '../vault.js'

export const fixtureVaultId = '00112233445566778899aabbccddeeff'
export const fixtureSlotKey: SlotKey = { kind: 'keychain', key: Buffer.alloc(32, 7) }

export interface FixtureDirectory {
  readonly directory: string
  readonly database: string
  readonly slots: string
  remove(): void
}

export function makeDirectory(): FixtureDirectory {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-vault-'))
  return {
    directory,
    database: join(directory, 'vault.db'),
    slots: join(directory, 'vault.slots.json'),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** Fresh copies: `close` of the records zeroes them. */
export function fixtureKeys(): VaultKeys {
  return deriveKeys(Buffer.alloc(32, 1), fixtureVaultId)
}

/** Keeps exchanges as JSON: how they are written and masked is tested where it is done. */
export const plainForm: ExchangeForm = {
  createMasker: () => ({ maskBatch: (batch) => batch, maskJson: (text) => text }),
  readFacets: (shapes) => JSON.parse(shapes) as ShapeFacets[],
  readBatch: ({ frames }, ordinals) =>
    (JSON.parse(Buffer.from(frames).toString('utf8')) as PlacedExchange[])
      .filter((_, ordinal) => ordinals?.has(ordinal) !== false)
      .map(({ position, exchange }) => ({
        position,
        requestId: exchange.requestId,
        causedBy: exchange.causedBy,
        traceId: exchange.traceId,
        summary: () => {
          const { body: _request, ...request } = exchange.request
          const { body: _response, ...response } = exchange.response
          return { ...exchange, request, response }
        },
        whole: () => exchange,
        text: () => JSON.stringify(exchange),
        body: () => [exchange.request.body, exchange.response.body].join('\n'),
      })),
}

export interface PlacedExchange {
  readonly position: number
  readonly exchange: Exchange
}

/** A batch as `plainForm` reads it. */
export function plainBatch(exchanges: readonly PlacedExchange[]): MaskedBatch {
  const positions = exchanges.map(({ position }) => position)
  const entries = new Uint8Array(exchanges.length * entryBytes)
  for (const [index, { position, exchange }] of exchanges.entries())
    writeEntry(new DataView(entries.buffer), index * entryBytes, {
      position,
      durationUs: exchange.durationMs * 1000,
      shape: index,
      call: index,
      status: exchange.response.status,
      decision: exchange.verdict.decision,
      flags: exchange.request.body === undefined ? 0 : entryFlags.body,
    })
  return {
    oldest: Math.min(...positions),
    newest: Math.max(...positions),
    exchanges: exchanges.length,
    shapes: JSON.stringify(exchanges.map(({ exchange }) => shapeFacetsOf(exchange))),
    frames: Buffer.from(JSON.stringify(exchanges)),
    calls: JSON.stringify(
      exchanges.map(({ exchange: { method, tool, errorCode, replayOf } }) => [
        ...[method, tool, errorCode ?? null, replayOf ?? null],
      ]),
    ),
    entries,
  }
}

/** The records of a vault, opened in this thread; made where the directory has none. */
export function openFixtureRecords({ database }: FixtureDirectory): OpenRecords {
  const isNew = !existsSync(database)
  return openRecords({ databasePath: database, keys: fixtureKeys(), vaultId: fixtureVaultId, isNew }, plainForm)
}

/** Writes a slot file for the fixture's master key. */
export async function writeFixtureSlots({ slots }: FixtureDirectory, ...keys: readonly SlotKey[]): Promise<void> {
  const master = Buffer.alloc(32, 1)
  const made = await Promise.all(keys.map((key) => createSlot(fixtureVaultId, key, master)))
  writeSlotFile(slots, { format: 1, vaultId: fixtureVaultId, slots: made }, fixtureKeys().mac)
}

/** The keys of a vault that `openVault` made with a keychain. */
export async function keysOf({ slots }: FixtureDirectory, keychain: MemoryKeychain): Promise<VaultKeys> {
  const file = readSlotFile(slots)
  const key = await keychain.read(file.vaultId)
  if (key === undefined) throw new Error('the keychain has no key for this vault')
  return deriveKeys(await openSlots(file, { kind: 'keychain', key }), file.vaultId)
}

export interface MemoryKeychain extends Keychain {
  readonly kept: Map<string, Uint8Array>
}

/** Gives copies, as a keychain does: callers zero what they were given. */
export function createMemoryKeychain(): MemoryKeychain {
  const kept = new Map<string, Uint8Array>()
  return {
    kept,
    read: async (account) => {
      const key = kept.get(account)
      return key && Uint8Array.from(key)
    },
    write: async (account, key) => void kept.set(account, Uint8Array.from(key)),
  }
}
