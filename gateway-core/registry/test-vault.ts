/** A vault in memory, for tests: the interface's rules without a file, a thread or encryption. */
import { GatewayError } from '../contract/errors.js'
import type { AccountStore, OAuthClientStore } from '../vault/account-store.js'
import type {
  PreferenceStore,
  Configuration,
  ConfigurationChange,
  ExchangeStore,
  GatewayKey,
  GatewayKeyStore,
  SecretStore,
  SecretSummary,
  SecretWrite,
  Vault,
  VaultKey,
  VaultState,
} from '../vault/vault.js'

interface KeptSecret {
  summary: SecretSummary
  value: string
}

export interface TestVault extends Vault {
  /** How many writes there have been. */
  readonly writes: number
}

const none = async (): Promise<undefined> => undefined
const refused = async (): Promise<never> => {
  throw new GatewayError('not_supported')
}
const noAccounts: AccountStore = {
  list: async () => [],
  find: none,
  get: none,
  connect: refused,
  refresh: none,
  requireSignIn: async () => false,
  choose: none,
  remove: async () => false,
  lease: async () => 'stale',
  release: none,
}
const noClients: OAuthClientStore = { find: none, put: refused, remove: none, list: async () => [] }
const noneConnected = {
  accounts: noAccounts,
  oauthClients: noClients,
  issuances: { append: none, list: async () => ({ items: [] }), get: async () => undefined },
  toolPins: { list: async () => [], put: none, remove: none },
  signIn: {
    put: none,
    find: none,
    findByUid: none,
    list: async () => [],
    consume: none,
    remove: none,
    removeGrant: none,
  },
}

const noPreferences: PreferenceStore = {
  settings: () => Promise.reject(new Error('no settings here')),
  putSettings: none,
  listFilters: async () => [],
  getFilter: async () => undefined,
  putFilter: () => Promise.reject(new Error('no filters here')),
  removeFilter: async () => false,
}

function createNoExchanges(unlocked: Unlocked): ExchangeStore {
  return {
    append: () => unlocked(() => []),
    maskJson: (text) => unlocked(() => text),
    list: () => unlocked(() => ({ items: [] })),
    get: () => unlocked(() => undefined),
    clear: () => unlocked(() => undefined),
  }
}

/** Makes a vault that opens with the passphrase `test`. It is unlocked unless `state` says otherwise. */
export function createTestVault(state: VaultState = 'unlocked'): TestVault {
  let current = state
  let writes = 0
  const secrets = new Map<string, KeptSecret>()
  let configuration: Configuration = { profiles: [], servers: [], policies: [] }
  const listeners = new Set<(state: VaultState) => void>()
  const become = (next: VaultState): void => {
    current = next
    for (const listener of [...listeners]) listener(next)
  }
  /** What is given and returned is copied, as it is on its way to a thread and back. */
  const unlocked: Unlocked = async (work, isWrite = false) => {
    await Promise.resolve()
    if (current !== 'unlocked') throw new GatewayError('vault_locked')
    const result = work()
    if (isWrite) writes++
    return structuredClone(result)
  }
  const secretStore = createSecrets(secrets, unlocked)
  return {
    get state() {
      return current
    },
    get writes() {
      return writes
    },
    secrets: secretStore.store,
    gatewayKeys: createKeys(unlocked),
    ...noneConnected,
    configuration: {
      load: () => unlocked(() => configuration),
      change: (change) =>
        unlocked(() => {
          configuration = changed(configuration, structuredClone(change))
          for (const { secret, destinations } of change.putSecrets ?? []) secretStore.put(secret, destinations)
          for (const { name, destinations } of change.bindSecrets ?? []) secretStore.bind(name, destinations)
        }, true),
    },
    exchanges: createNoExchanges(unlocked),
    preferences: noPreferences,
    create: async () => {
      if (current !== 'uninitialized') throw new GatewayError('conflict')
      become('unlocked')
    },
    unlock: async (key) => become(opensWith(key)),
    revision: () => unlocked(() => writes),
    outsideChanges: () => unlocked(() => 0),
    lock: async () => become('locked'),
    createRecoveryKey: () => unlocked(() => 'recovery'),
    setPassphrase: () => unlocked(() => undefined),
    onStateChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: async () => become('locked'),
  }
}

function opensWith(key: VaultKey): VaultState {
  if ('passphrase' in key && key.passphrase === 'test') return 'unlocked'
  throw new GatewayError('vault_wrong_passphrase')
}

/** Does a piece of work where the vault is unlocked, and copies what it gives. */
type Unlocked = <T>(work: () => T, isWrite?: boolean) => Promise<T>

function createKeys(unlocked: Unlocked): GatewayKeyStore {
  const keys = new Map<string, GatewayKey>()
  return {
    add: (key) =>
      unlocked(() => {
        if ([...keys.values()].some(({ hash }) => hash === key.hash)) throw new GatewayError('conflict')
        keys.set(key.id, structuredClone(key))
      }, true),
    list: () => unlocked(() => [...keys.values()]),
    chooseAccounts: (id, accounts) =>
      unlocked(() => {
        const { accounts: _before, ...key } = keys.get(id) ?? {}
        if (!('id' in key)) return false
        keys.set(id, { ...(key as GatewayKey), ...(accounts === undefined ? {} : { accounts }) })
        return true
      }, true),
    revoke: (id) => unlocked(() => keys.delete(id), true),
    touch: (uses) =>
      unlocked(() => {
        for (const { id, lastUsedAt } of uses) {
          const key = keys.get(id)
          if (key !== undefined && lastUsedAt > (key.lastUsedAt ?? '')) keys.set(id, { ...key, lastUsedAt })
        }
      }, true),
  }
}

function createSecrets(
  secrets: Map<string, KeptSecret>,
  unlocked: Unlocked,
): {
  readonly store: SecretStore
  put(secret: SecretWrite, destinations: readonly string[]): SecretSummary
  bind(name: string, destinations: readonly string[]): void
} {
  const keyOf = (name: string, subject: string | undefined): string => JSON.stringify([name, subject])
  const named = (name: string): KeptSecret[] => [...secrets.values()].filter(({ summary }) => summary.name === name)
  const bind = (name: string, destinations: readonly string[]): void => {
    for (const kept of named(name))
      kept.summary = { ...kept.summary, destinations: [...new Set([...kept.summary.destinations, ...destinations])] }
  }
  const put = ({ name, subject, value }: SecretWrite, destinations: readonly string[]): SecretSummary => {
    const before = secrets.get(keyOf(name, subject))
    const now = new Date().toISOString()
    const summary: SecretSummary = {
      name,
      ...(subject === undefined ? {} : { subject }),
      generation: (before?.summary.generation ?? 0) + 1,
      destinations: named(name)[0]?.summary.destinations ?? [],
      createdAt: before?.summary.createdAt ?? now,
      updatedAt: now,
    }
    const kept = { summary, value }
    secrets.set(keyOf(name, subject), kept)
    bind(name, destinations)
    return kept.summary
  }
  return {
    put,
    bind,
    store: {
      put: (secret, destinations) => unlocked(() => put(secret, destinations), true),
      open: (name, subject, destination) =>
        unlocked(() => {
          const kept = secrets.get(keyOf(name, subject))
          if (kept === undefined) return { outcome: 'missing' }
          if (!kept.summary.destinations.includes(destination)) return { outcome: 'not_approved' }
          return { outcome: 'value', value: kept.value, generation: kept.summary.generation }
        }),
      list: () => unlocked(() => [...secrets.values()].map(({ summary }) => summary)),
      bind: (name, destinations) => unlocked(() => bind(name, destinations), true),
      remove: (name, subject) => unlocked(() => secrets.delete(keyOf(name, subject)), true),
    },
  }
}

function changed({ profiles, servers, policies }: Configuration, change: ConfigurationChange): Configuration {
  const [putProfiles, putServers] = [change.putProfiles ?? [], change.putServers ?? []]
  const goneProfiles = new Set([...(change.removeProfiles ?? []), ...putProfiles.map(({ name }) => name)])
  const putPolicies = change.putPolicies ?? []
  const gonePolicies = new Set([...(change.removePolicies ?? []), ...putPolicies.map(({ name }) => name)])
  const goneServers = new Set([...(change.removeServers ?? []), ...putServers.map(({ slug }) => slug)])
  return {
    profiles: [...profiles.filter(({ name }) => !goneProfiles.has(name)), ...putProfiles],
    servers: [...servers.filter(({ slug }) => !goneServers.has(slug)), ...putServers],
    policies: [...policies.filter(({ name }) => !gonePolicies.has(name)), ...putPolicies],
  }
}
