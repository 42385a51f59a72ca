/** What the vault's thread does: everything that touches keys, the slot file or the database. One method per request. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { CapturedExchange } from '../contract/captured-exchange.js'
import { GatewayError } from '../contract/errors.js'
import type { Exchange, ExchangeQuery, ExchangeSummary } from '../contract/exchange.js'
import type { ExchangeForm, MaskedExchange } from './exchange-records.js'
import { deriveKeys, keyBytes, zero } from './keys.js'
import { openRecords, type OpenRecords } from './open-records.js'
import { createRecoveryKey } from './recovery-key.js'
import {
  checkSlotFile,
  createSlot,
  openSlots,
  readSlotFile,
  writeSlotFile,
  type SlotFile,
  type SlotKey,
} from './slots.js'
import type {
  Configuration,
  ConfigurationChange,
  GatewayKey,
  OpenedSecret,
  SecretSummary,
  SecretWrite,
} from './vault.js'

/** Where a vault's two files are. */
export interface VaultPaths {
  readonly database: string
  readonly slots: string
}

/** The requests of the thread. The other side calls the same names; arguments and results are cloned on the way. */
export interface VaultThread {
  create(paths: VaultPaths, vaultId: string, key: SlotKey): Promise<void>
  unlock(paths: VaultPaths, key: SlotKey): Promise<void>
  close(): void
  replaceSlot(kind: 'passphrase' | 'recovery', passphrase: string): Promise<string>
  putSecret(secret: SecretWrite, destinations: readonly string[]): SecretSummary
  openSecret(name: string, subject: string | undefined, destination: string): OpenedSecret
  listSecrets(): readonly SecretSummary[]
  bindSecret(name: string, destinations: readonly string[]): void
  removeSecret(name: string, subject: string | undefined): boolean
  addGatewayKey(key: GatewayKey): void
  listGatewayKeys(): readonly GatewayKey[]
  revokeGatewayKey(id: string): boolean
  touchGatewayKeys(uses: readonly { readonly id: string; readonly lastUsedAt: string }[]): void
  loadConfiguration(): Configuration
  changeConfiguration(change: ConfigurationChange): void
  appendExchanges(exchanges: readonly CapturedExchange[], wantsBack: boolean): readonly ExchangeSummary[]
  listExchanges(query: ExchangeQuery): { readonly items: readonly ExchangeSummary[]; readonly nextCursor?: string }
  getExchange(id: string): Exchange | undefined
}

interface Opened {
  readonly paths: VaultPaths
  readonly masterKey: Buffer
  readonly macKey: Buffer
  readonly records: OpenRecords
  slots: Omit<SlotFile, 'mac'>
}

export function createVaultThread(form: ExchangeForm): VaultThread {
  let opened: Opened | undefined
  let mask: ((exchange: CapturedExchange) => MaskedExchange) | undefined
  let maskedUpTo = -1

  const vault = (): Opened => {
    if (opened === undefined) throw new GatewayError('vault_locked')
    return opened
  }
  const writeSecrets = <Result>(work: (records: OpenRecords) => Result): Result => {
    const { records } = vault()
    mask = undefined
    return records.write(() => work(records))
  }
  const masker = (records: OpenRecords): ((exchange: CapturedExchange) => MaskedExchange) => {
    const outside = records.outsideChanges()
    if (mask === undefined || outside !== maskedUpTo) mask = form.createMasker(records.secrets.values())
    maskedUpTo = outside
    return mask
  }

  return {
    create: async (paths, vaultId, key) => {
      if (existsSync(paths.database) || existsSync(paths.slots))
        throw new GatewayError('conflict', { detail: 'There is a vault already.', fix: 'Unlock it.' })
      const masterKey = randomBytes(keyBytes)
      const keys = deriveKeys(masterKey, vaultId)
      const slots: Omit<SlotFile, 'mac'> = { format: 1, vaultId, slots: [await createSlot(vaultId, key, masterKey)] }
      // The slots first: a database whose key was lost would be unreadable, slots without a database are just unused.
      writeSlotFile(paths.slots, slots, keys.mac)
      const macKey = Buffer.from(keys.mac)
      opened = { paths, masterKey, macKey, records: openRecords(paths.database, keys, vaultId, form), slots }
    },
    unlock: async (paths, key) => {
      const file = readSlotFile(paths.slots)
      if (!existsSync(paths.database))
        throw new GatewayError('vault_unreadable', {
          detail: 'The vault’s slot file is there, its database is not.',
          fix: 'Restore vault.db from a backup.',
        })
      const masterKey = await openSlots(file, key)
      const keys = deriveKeys(masterKey, file.vaultId)
      const macKey = Buffer.from(keys.mac)
      checkSlotFile(file, macKey)
      opened = {
        paths,
        masterKey,
        macKey,
        records: openRecords(paths.database, keys, file.vaultId, form),
        slots: { format: 1, vaultId: file.vaultId, slots: file.slots },
      }
    },
    close: () => {
      if (opened === undefined) return
      const { records, masterKey, macKey } = opened
      opened = undefined
      mask = undefined
      records.close()
      zero(masterKey, macKey)
    },
    replaceSlot: async (kind, passphrase) => {
      const { paths, masterKey, macKey, slots } = vault()
      const recoveryKey = kind === 'recovery' ? createRecoveryKey() : ''
      const key: SlotKey = kind === 'recovery' ? { kind, recoveryKey } : { kind, passphrase }
      const slot = await createSlot(slots.vaultId, key, masterKey)
      const next = { ...slots, slots: [...slots.slots.filter((other) => other.kind !== kind), slot] }
      writeSlotFile(paths.slots, next, macKey)
      vault().slots = next
      return recoveryKey
    },
    putSecret: (secret, destinations) => writeSecrets(({ secrets }) => secrets.put(secret, destinations)),
    openSecret: (name, subject, destination) =>
      vault().records.read(() => vault().records.secrets.open(name, subject, destination)),
    listSecrets: () => vault().records.read(() => vault().records.secrets.list()),
    bindSecret: (name, destinations) => writeSecrets(({ secrets }) => secrets.bind(name, destinations)),
    removeSecret: (name, subject) => {
      const removed = writeSecrets(({ secrets }) => secrets.remove(name, subject))
      vault().records.checkpoint()
      return removed
    },
    addGatewayKey: (key) => vault().records.write(() => vault().records.gatewayKeys.add(key)),
    listGatewayKeys: () => vault().records.read(() => vault().records.gatewayKeys.list()),
    revokeGatewayKey: (id) => vault().records.write(() => vault().records.gatewayKeys.revoke(id)),
    touchGatewayKeys: (uses) => vault().records.write(() => vault().records.gatewayKeys.touch(uses)),
    loadConfiguration: () => vault().records.read(() => vault().records.configuration.load()),
    changeConfiguration: (change) =>
      writeSecrets(({ configuration, secrets }) => {
        for (const { secret, destinations } of change.putSecrets ?? []) secrets.put(secret, destinations)
        for (const { name, destinations } of change.bindSecrets ?? []) secrets.bind(name, destinations)
        configuration.change(change)
      }),
    appendExchanges: (exchanges, wantsBack) => {
      const { records } = vault()
      const kept = exchanges.map(records.read(() => masker(records)))
      records.write(() => records.exchanges.append(exchanges, kept))
      return wantsBack ? kept.map(({ document }) => form.readDocument(document)) : []
    },
    listExchanges: (query) => vault().records.read(() => vault().records.exchanges.list(query)),
    getExchange: (id) => vault().records.read(() => vault().records.exchanges.get(id)),
  }
}
