/** The vault as the main thread sees it: states, and requests to the thread that holds the keys. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { GatewayError } from '../contract/errors.js'
import { zero } from './keys.js'
import { readSlotFile, type SlotKey } from './slots.js'
import { startWorker } from './start-worker.js'
import { fromThreadError, type ThreadMethod, type ThreadResponse } from './thread-messages.js'
import type { Keychain, Vault, VaultKey, VaultState } from './vault.js'
import type { VaultPaths, VaultThread } from './vault-thread.js'

const minPassphraseLength = 8

export interface OpenVaultOptions {
  /** Exists, mode 0700. */
  readonly dataDir: string
  /** Left out where there is none that survives a restart. */
  readonly keychain?: Keychain | undefined
}

interface Pending {
  readonly resolve: (result: never) => void
  readonly reject: (error: Error) => void
}

/** A thread that is running, and the requests that it has not answered. */
class RunningThread {
  private readonly pending = new Map<number, Pending>()
  private nextId = 1

  constructor(
    private readonly worker: Worker,
    onDeath: () => void,
  ) {
    worker.on('message', (response: ThreadResponse) => this.settle(response))
    worker.once('error', (cause) => this.failAll(cause))
    worker.once('exit', () => {
      this.failAll(undefined)
      onDeath()
    })
    worker.unref()
  }

  call<Method extends ThreadMethod>(
    method: Method,
    ...args: Parameters<VaultThread[Method]>
  ): Promise<Awaited<ReturnType<VaultThread[Method]>>> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++
      this.pending.set(id, { resolve, reject })
      // A request in flight keeps the process alive; an idle vault does not.
      if (this.pending.size === 1) this.worker.ref()
      this.worker.postMessage({ id, method, args })
    })
  }

  async end(): Promise<void> {
    await this.call('close')
    await this.worker.terminate()
  }

  private settle(response: ThreadResponse): void {
    const pending = this.pending.get(response.id)
    if (pending === undefined) return
    this.pending.delete(response.id)
    if (this.pending.size === 0) this.worker.unref()
    if ('error' in response) pending.reject(fromThreadError(response.error))
    else pending.resolve(response.result as never)
  }

  private failAll(cause: unknown): void {
    for (const { reject } of this.pending.values())
      reject(
        new GatewayError('vault_locked', {
          detail: 'The vault’s thread ended.',
          fix: 'Unlock the vault again.',
          cause,
        }),
      )
    this.pending.clear()
  }
}

/** Finds out what state the vault in a data directory is in. Nothing is made or opened. */
export async function openVault({ dataDir, keychain }: OpenVaultOptions): Promise<Vault> {
  const paths: VaultPaths = { database: join(dataDir, 'vault.db'), slots: join(dataDir, 'vault.slots.json') }
  const listeners = new Set<(state: VaultState) => void>()
  const isThere = existsSync(paths.database) || existsSync(paths.slots)
  let state: VaultState = isThere ? 'locked' : 'uninitialized'
  let thread: RunningThread | undefined

  const enter = (next: VaultState): void => {
    if (next === state) return
    state = next
    for (const listener of listeners) listener(next)
  }
  const call = <Method extends ThreadMethod>(
    method: Method,
    ...args: Parameters<VaultThread[Method]>
  ): Promise<Awaited<ReturnType<VaultThread[Method]>>> => {
    if (thread === undefined || state !== 'unlocked') return Promise.reject(new GatewayError('vault_locked'))
    return thread.call(method, ...args)
  }
  /** One at a time: two threads must not open or make the same vault. */
  let opening: Promise<void> = Promise.resolve()
  const open = (work: (running: RunningThread) => Promise<void>): Promise<void> => {
    const result = opening.then(async () => {
      if (state === 'unlocked') throw new GatewayError('conflict', { detail: 'The vault is unlocked already.' })
      const running: RunningThread = new RunningThread(startWorker(), () => {
        if (thread === running) enter('locked')
      })
      try {
        await work(running)
      } catch (error) {
        await running.end()
        throw error
      }
      thread = running
      enter('unlocked')
    })
    opening = result.catch(() => undefined)
    return result
  }

  return {
    get state() {
      return state
    },
    secrets: {
      put: (secret, destinations) => call('putSecret', secret, destinations),
      open: (name, subject, destination) => call('openSecret', name, subject, destination),
      list: () => call('listSecrets'),
      bind: (name, destinations) => call('bindSecret', name, destinations),
      remove: (name, subject) => call('removeSecret', name, subject),
    },
    gatewayKeys: {
      add: (key) => call('addGatewayKey', key),
      list: () => call('listGatewayKeys'),
      revoke: (id) => call('revokeGatewayKey', id),
      touch: (uses) => call('touchGatewayKeys', uses),
    },
    configuration: {
      load: () => call('loadConfiguration'),
      change: (change) => call('changeConfiguration', change),
    },
    exchanges: {
      append: (exchanges, wantsBack) => call('appendExchanges', exchanges, wantsBack),
      list: (query) => call('listExchanges', query),
      get: (id) => call('getExchange', id),
    },
    create: (key) =>
      open(async (running) => {
        if (state !== 'uninitialized')
          throw new GatewayError('conflict', { detail: 'There is a vault already.', fix: 'Unlock it.' })
        const vaultId = randomBytes(16).toString('hex')
        await withSlotKey(await newSlotKey(key, vaultId, keychain), (slotKey) =>
          running.call('create', paths, vaultId, slotKey),
        )
      }),
    unlock: (key) =>
      open(async (running) => {
        if (state === 'uninitialized')
          throw new GatewayError('vault_locked', { detail: 'There is no vault yet.', fix: 'Create one.' })
        await withSlotKey(await knownSlotKey(key, paths, keychain), (slotKey) => running.call('unlock', paths, slotKey))
      }),
    lock: async () => {
      const running = thread
      if (running === undefined || state !== 'unlocked') return
      enter('locked')
      await running.end()
      thread = undefined
    },
    createRecoveryKey: () => call('replaceSlot', 'recovery', ''),
    setPassphrase: async (passphrase) => {
      checkPassphrase(passphrase)
      await call('replaceSlot', 'passphrase', passphrase)
    },
    onStateChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    close: async () => {
      listeners.clear()
      const running = thread
      thread = undefined
      if (running !== undefined && state === 'unlocked') await running.end()
    },
  }
}

async function withSlotKey(key: SlotKey, use: (key: SlotKey) => Promise<void>): Promise<void> {
  try {
    await use(key)
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
