/**
 * Holds what the vault's configuration says, as one whole; lets writes happen one after another. Another process may write
 * to the same vault: what it changed is seen within a second, and before each write of this one.
 */
import { GatewayError } from '../contract/errors.js'
import type { Configuration, GatewayKey, SecretSummary, Vault } from '../vault/vault.js'
import { buildSnapshot } from './build-snapshot.js'
import type { Snapshot } from './registry.js'

/** One committed state of the vault, and the snapshot made of it. */
export interface Loaded {
  readonly configuration: Configuration
  readonly secrets: readonly SecretSummary[]
  readonly keys: readonly GatewayKey[]
  readonly snapshot: Snapshot
  /** Of the vault, when it was read. */
  readonly revision: number
}

export interface RegistryStore {
  /** @throws GatewayError `vault_locked` */
  current(): Loaded
  readonly snapshot: Snapshot | undefined
  onChange(listener: () => void): () => void
  /** Resolves once the snapshot is what an unlocked vault holds; at once where it is locked. @throws what reading throws */
  catchUp(): Promise<void>
  /** Calls back within a second after another process has written anything to the vault. */
  onOutsideChange(listener: () => Promise<void>): () => void
  /**
   * Runs a write after all earlier ones have ended, then replaces the snapshot. What the write is given is the state
   * that all earlier ones left.
   *
   * @throws GatewayError `vault_locked`; whatever the write throws, after which nothing is replaced
   */
  write<T>(work: (loaded: Loaded) => Promise<T>): Promise<T>
  /** Ends listening to the vault, after the writes in flight. */
  close(): Promise<void>
}

const lookEveryMs = 1000

/** @param lookEvery milliseconds between looks for changes of another process */
export function createRegistryStore(vault: Vault, lookEvery = lookEveryMs): RegistryStore {
  let loaded: Loaded | undefined
  let tail: Promise<unknown> = Promise.resolve()
  const listeners = new Set<() => void>()
  const outside = new OutsideChanges(vault)

  const replace = (next: Loaded | undefined): void => {
    loaded = next
    for (const listener of [...listeners]) listener()
  }
  const load = async (): Promise<void> => {
    const next = await readAll(vault)
    // The vault may have been locked while it was read.
    if (vault.state !== 'unlocked') return
    // What is written of accounts is a revision too, and no change of what is registered.
    if (loaded !== undefined && isSame(next, loaded)) loaded = { ...loaded, revision: next.revision }
    else replace(next)
  }
  const catchUp = async (): Promise<void> => {
    if (vault.state !== 'unlocked') return
    if ((await vault.revision()) !== loaded?.revision) await load()
    await outside.look()
  }
  const enqueue = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work)
    tail = result.catch(() => undefined)
    return result
  }
  const current = (): Loaded => required(loaded)
  const onState = (state: Vault['state']): void => {
    if (state !== 'unlocked') return loaded === undefined ? undefined : replace(undefined)
    // Where this fails, the next write tries again and tells why.
    enqueue(load).catch(() => undefined)
  }
  const stopListening = vault.onStateChange(onState)
  onState(vault.state)
  const stopLooking = repeatedly(lookEvery, () => enqueue(catchUp))

  return {
    current,
    get snapshot() {
      return loaded?.snapshot
    },
    onChange: (listener) => subscribe(listeners, listener),
    catchUp: () => enqueue(catchUp),
    onOutsideChange: (listener) => outside.onChange(listener),
    write: (work) =>
      enqueue(async () => {
        await catchUp()
        const result = await work(current())
        await load().catch((error: unknown) => {
          // The write is on disk; a vault that was locked since has no snapshot anyway.
          if (vault.state === 'unlocked') throw error
        })
        return result
      }),
    async close() {
      stopListening()
      stopLooking()
      await tail
      listeners.clear()
    },
  }
}

/** @throws GatewayError `vault_locked` */
function required(loaded: Loaded | undefined): Loaded {
  if (loaded !== undefined) return loaded
  throw new GatewayError('vault_locked', { fix: 'Unlock it with `gatehouse unlock`.' })
}

function subscribe<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** What another process has written that is no part of what is registered, as what people allowed agents. */
class OutsideChanges {
  private seen = 0
  private readonly listeners = new Set<() => Promise<void>>()

  constructor(private readonly vault: Pick<Vault, 'outsideChanges'>) {}

  onChange(listener: () => Promise<void>): () => void {
    return subscribe(this.listeners, listener)
  }

  async look(): Promise<void> {
    const changes = await this.vault.outsideChanges()
    if (changes === this.seen) return
    this.seen = changes
    for (const listener of [...this.listeners]) await listener().catch(() => undefined)
  }
}

/** Does something again and again, never twice at once, and without keeping the process alive. */
function repeatedly(everyMs: number, work: () => Promise<void>): () => void {
  let running = false
  const timer = setInterval(() => {
    if (running) return
    running = true
    work()
      .catch(() => undefined)
      .finally(() => (running = false))
  }, everyMs)
  timer.unref()
  return () => clearInterval(timer)
}

async function readAll(vault: Vault): Promise<Loaded> {
  // First, so that what is written meanwhile is found to be another one.
  const revision = await vault.revision()
  const [configuration, secrets, keys] = await Promise.all([
    vault.configuration.load(),
    vault.secrets.list(),
    vault.gatewayKeys.list(),
  ])
  return { configuration, secrets, keys, snapshot: buildSnapshot(configuration, secrets, keys), revision }
}

function isSame(one: Loaded, other: Loaded): boolean {
  const textOf = ({ configuration, secrets, keys }: Loaded): string =>
    JSON.stringify([configuration, secrets, keys.map(({ lastUsedAt: _when, ...key }) => key)])
  return textOf(one) === textOf(other)
}
