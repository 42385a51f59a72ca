/** The vault as the main thread sees it: states, and requests to the thread that holds the keys. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { CapturedBatch } from '../contract/captured-batch.js'
import { GatewayError } from '../contract/errors.js'
import type { AccountStore, OAuthClientStore } from './account-store.js'
import { zero } from './keys.js'
import { readSlotFile, type SlotKey } from './slots.js'
import { RunningThread } from './running-thread.js'
import type { SignInStore } from './sign-in-store.js'
import { startWorker } from './start-worker.js'
import type { ThreadMethod } from './thread-messages.js'
import type {
  ConfigurationStore,
  ExchangeStore,
  GatewayKeyStore,
  IssuanceStore,
  Keychain,
  PreferenceStore,
  SecretStore,
  ToolPinStore,
  Vault,
  VaultKey,
  VaultState,
  WantedBack,
  WrittenExchange,
} from './vault.js'
import type { VaultPaths, VaultThread } from './vault-thread.js'

const minPassphraseLength = 8

export interface OpenVaultOptions {
  /** Exists, mode 0700. */
  readonly dataDir: string
  /** Left out where there is none that survives a restart. */
  readonly keychain?: Keychain | undefined
  /** A thread from `startWorker`, for the first opening: it begins while its starter does something else. */
  readonly worker?: Worker | undefined
}

/** Finds out what state the vault in a data directory is in. Nothing is made or opened. */
export async function openVault({ dataDir, keychain, worker }: OpenVaultOptions): Promise<Vault> {
  const paths = { database: join(dataDir, 'vault.db'), slots: join(dataDir, 'vault.slots.json') }
  return new VaultOnDisk(paths, keychain, worker)
}

class VaultOnDisk implements Vault {
  readonly secrets: SecretStore = {
    put: (secret, destinations) => this.call('putSecret', secret, destinations),
    open: (name, subject, destination) => this.call('openSecret', name, subject, destination),
    list: () => this.call('listSecrets'),
    bind: (name, destinations) => this.call('bindSecret', name, destinations),
    remove: (name, subject) => this.call('removeSecret', name, subject),
  }
  readonly gatewayKeys: GatewayKeyStore = {
    add: (key) => this.call('addGatewayKey', key),
    list: () => this.call('listGatewayKeys'),
    chooseAccounts: (id, accounts) => this.call('chooseKeyAccounts', id, accounts),
    revoke: (id) => this.call('revokeGatewayKey', id),
    touch: (uses) => this.call('touchGatewayKeys', uses),
  }
  readonly configuration: ConfigurationStore = {
    load: () => this.call('loadConfiguration'),
    change: (change) => this.call('changeConfiguration', change),
  }
  readonly toolPins: ToolPinStore = {
    list: () => this.call('listToolPins'),
    put: (pins) => this.call('putToolPins', pins),
    remove: (server) => this.call('removeToolPins', server),
  }
  readonly exchanges: ExchangeStore = {
    append: (batch, wanted) => this.transfer(batch, wanted),
    maskJson: (text) => this.call('maskJson', text),
    list: (query) => this.call('listExchanges', query),
    get: (id) => this.call('getExchange', id),
    clear: () => this.call('clearExchanges'),
  }
  readonly preferences: PreferenceStore = {
    settings: () => this.call('getSettings'),
    putSettings: (settings) => this.call('putSettings', settings),
    listFilters: () => this.call('listFilters'),
    getFilter: (name) => this.call('getFilter', name),
    putFilter: (name, q) => this.call('putFilter', name, q),
    removeFilter: (name) => this.call('removeFilter', name),
  }
  readonly issuances: IssuanceStore = {
    append: (issuances) => this.call('appendIssuances', issuances),
    list: (query) => this.call('listIssuances', query),
    get: (id) => this.call('getIssuance', id),
  }
  readonly accounts: AccountStore = {
    list: () => this.call('listAccounts'),
    find: (owner, label) => this.call('findAccount', owner, label),
    get: (id) => this.call('getAccount', id),
    connect: (account, tokens) => this.call('connectAccount', account, tokens),
    refresh: (id, generation, change) => this.call('refreshAccount', id, generation, change),
    requireSignIn: (id, generation, reason) => this.call('requireSignIn', id, generation, reason),
    choose: (id, choice) => this.call('chooseAccount', id, choice),
    remove: (id) => this.call('removeAccount', id),
    lease: (id, generation, holder, durationMs) => this.call('leaseAccount', id, generation, holder, durationMs),
    release: (id, holder) => this.call('releaseAccount', id, holder),
  }
  readonly oauthClients: OAuthClientStore = {
    find: (issuer, redirectUri) => this.call('findOAuthClient', issuer, redirectUri),
    put: (client) => this.call('putOAuthClient', client),
    remove: (issuer, redirectUri) => this.call('removeOAuthClient', issuer, redirectUri),
    list: () => this.call('listOAuthClients'),
  }
  readonly signIn: SignInStore = {
    put: (record) => this.call('putSignIn', record),
    find: (kind, id) => this.call('findSignIn', kind, id),
    findByUid: (kind, uid) => this.call('findSignInByUid', kind, uid),
    list: (kind) => this.call('listSignIn', kind),
    consume: (kind, id) => this.call('consumeSignIn', kind, id),
    remove: (kind, id) => this.call('removeSignIn', kind, id),
    removeGrant: (grantId) => this.call('removeSignInGrant', grantId),
  }
  private readonly listeners = new Set<(state: VaultState) => void>()
  private thread: RunningThread | undefined
  private current: VaultState
  /** One at a time: two threads must not open or make the same vault. */
  private opening: Promise<void> = Promise.resolve()

  constructor(
    private readonly paths: VaultPaths,
    private readonly keychain: Keychain | undefined,
    private prepared: Worker | undefined,
  ) {
    this.current = existsSync(paths.database) || existsSync(paths.slots) ? 'locked' : 'uninitialized'
  }

  get state(): VaultState {
    return this.current
  }

  create(key: VaultKey): Promise<void> {
    return this.open(async (running) => {
      if (this.current !== 'uninitialized')
        throw new GatewayError('conflict', { detail: 'There is a vault already.', fix: 'Unlock it.' })
      const vaultId = randomBytes(16).toString('hex')
      const slotKey = await newSlotKey(key, vaultId, this.keychain)
      await withSlotKey(slotKey, () => running.call('create', this.paths, vaultId, slotKey))
    })
  }

  unlock(key: VaultKey): Promise<void> {
    return this.open(async (running) => {
      if (this.current === 'uninitialized')
        throw new GatewayError('vault_locked', { detail: 'There is no vault yet.', fix: 'Create one.' })
      const slotKey = await knownSlotKey(key, this.paths, this.keychain)
      await withSlotKey(slotKey, () => running.call('unlock', this.paths, slotKey))
    })
  }

  async lock(): Promise<void> {
    const running = this.thread
    if (running === undefined || this.current !== 'unlocked') return
    this.thread = undefined
    this.enter('locked')
    await running.end()
  }

  revision(): Promise<number> {
    return this.call('revision')
  }

  outsideChanges(): Promise<number> {
    return this.call('outsideChanges')
  }

  createRecoveryKey(): Promise<string> {
    return this.call('replaceSlot', 'recovery', '')
  }

  async setPassphrase(passphrase: string): Promise<void> {
    checkPassphrase(passphrase)
    await this.call('replaceSlot', 'passphrase', passphrase)
  }

  onStateChange(listener: (state: VaultState) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.listeners.clear()
    await this.prepared?.terminate()
    await this.lock()
  }

  private call<Method extends ThreadMethod>(
    method: Method,
    ...args: Parameters<VaultThread[Method]>
  ): Promise<Awaited<ReturnType<VaultThread[Method]>>> {
    if (this.thread === undefined) return Promise.reject(new GatewayError('vault_locked'))
    return this.thread.call(method, ...args)
  }

  /** Hands the memory of a batch over to the thread, uncopied. */
  private transfer(batch: CapturedBatch, wanted: WantedBack): Promise<readonly WrittenExchange[]> {
    if (this.thread === undefined) return Promise.reject(new GatewayError('vault_locked'))
    const memory = [batch.frames.buffer as ArrayBuffer, batch.entries.buffer as ArrayBuffer]
    return this.thread.transfer(memory, 'appendExchanges', batch, wanted)
  }

  private open(work: (running: RunningThread) => Promise<void>): Promise<void> {
    const result = this.opening.then(() => this.openNow(work))
    this.opening = result.catch(() => undefined)
    return result
  }

  private async openNow(work: (running: RunningThread) => Promise<void>): Promise<void> {
    if (this.current === 'unlocked') throw new GatewayError('conflict', { detail: 'The vault is unlocked already.' })
    const worker = this.prepared ?? startWorker()
    this.prepared = undefined
    const running: RunningThread = new RunningThread(worker, () => {
      if (this.thread !== running) return
      this.thread = undefined
      this.enter('locked')
    })
    try {
      await work(running)
    } catch (error) {
      await running.end().catch(() => undefined)
      throw error
    }
    this.thread = running
    this.enter('unlocked')
  }

  private enter(next: VaultState): void {
    if (next === this.current) return
    this.current = next
    for (const listener of this.listeners) listener(next)
  }
}

async function withSlotKey(key: SlotKey, use: () => Promise<void>): Promise<void> {
  try {
    await use()
  } finally {
    if (key.kind === 'keychain') zero(key.key)
  }
}

function checkPassphrase(passphrase: string): void {
  if (passphrase.length < minPassphraseLength)
    throw new GatewayError('invalid_input', {
      detail: `The passphrase is shorter than ${minPassphraseLength} characters.`,
      fix: 'Choose a longer one; four random words are good.',
      errors: [{ path: 'passphrase', message: `expected at least ${minPassphraseLength} characters` }],
    })
}

/** For a keychain a new key is made and kept there first: a vault whose key was not kept would be lost. */
async function newSlotKey(key: VaultKey, vaultId: string, keychain: Keychain | undefined): Promise<SlotKey> {
  if ('passphrase' in key) {
    checkPassphrase(key.passphrase)
    return { kind: 'passphrase', passphrase: key.passphrase }
  }
  if ('recoveryKey' in key)
    throw new GatewayError('invalid_input', {
      detail: 'A vault is not made with a recovery key.',
      fix: 'Choose a passphrase.',
    })
  const made = randomBytes(32)
  await requireKeychain(keychain).write(vaultId, made)
  return { kind: 'keychain', key: made }
}

async function knownSlotKey(key: VaultKey, paths: VaultPaths, keychain: Keychain | undefined): Promise<SlotKey> {
  if ('passphrase' in key) return { kind: 'passphrase', passphrase: key.passphrase }
  if ('recoveryKey' in key) return { kind: 'recovery', recoveryKey: key.recoveryKey }
  const found = await requireKeychain(keychain).read(readSlotFile(paths.slots).vaultId)
  if (found === undefined)
    throw new GatewayError('vault_wrong_key', {
      detail: 'The keychain holds no key for this vault.',
      fix: 'Unlock with the passphrase or the recovery key of this vault.',
    })
  return { kind: 'keychain', key: found }
}

function requireKeychain(keychain: Keychain | undefined): Keychain {
  if (keychain !== undefined) return keychain
  throw new GatewayError('vault_wrong_key', {
    detail: 'This machine has no keychain that can be used.',
    fix: 'Use a passphrase.',
  })
}
