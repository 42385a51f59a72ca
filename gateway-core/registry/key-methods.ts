/** The registry's methods on keys, and on agents, which are what keys are bound to. */
import { GatewayError } from '../contract/errors.js'
import type { GatewayKey, Vault } from '../vault/vault.js'
import { importedKey, keySummary, newServiceKey } from './key-records.js'
import type { KeyUses } from './key-uses.js'
import type { Registry } from './registry.js'
import type { RegistryStore } from './registry-store.js'

interface KeyParts {
  readonly vault: Pick<Vault, 'gatewayKeys'>
  readonly store: RegistryStore
  readonly keyUses: KeyUses
  /** RFC 3339, UTC. */
  now(): string
}

type AgentMethod = 'addAgent' | 'listAgents' | 'removeAgent'
type KeyMethod = 'addKey' | 'importKey' | 'listKeys' | 'chooseKeyAccounts' | 'revokeKey' | 'noteKeyUse'

export function keyMethods(parts: KeyParts): Pick<Registry, KeyMethod> {
  const { vault, store, keyUses, now } = parts
  return {
    async addKey(input) {
      const { record, key } = newServiceKey(input, now())
      await store.write(() => vault.gatewayKeys.add(record))
      return { summary: keySummary(record, undefined), key }
    },
    async importKey(input) {
      const record = importedKey(input, now())
      await store.write(() => vault.gatewayKeys.add(record))
      return keySummary(record, undefined)
    },
    listKeys: () => store.current().keys.map((key) => keySummary(key, keyUses.lastUsedAt(key.id))),
    revokeKey: (id) =>
      store.write(async () => {
        if (!(await vault.gatewayKeys.revoke(id))) throw noSuchKey()
      }),
    chooseKeyAccounts: (id, choices) =>
      store.write(async ({ keys }) => {
        const key = keys.find((one) => one.id === id)
        if (key === undefined) throw noSuchKey()
        const accounts = chosenAccounts({ ...key.accounts, ...choices })
        if (!(await vault.gatewayKeys.chooseAccounts(id, accounts))) throw noSuchKey()
        const { accounts: _before, ...rest } = key
        return keySummary(accounts === undefined ? rest : { ...rest, accounts }, keyUses.lastUsedAt(id))
      }),
    noteKeyUse: (id) => keyUses.note(id),
  }
}

function noSuchKey(): GatewayError {
  return new GatewayError('not_found', {
    detail: 'There is no key with this id.',
    fix: 'Run `gatehouse keys list` for those that there are.',
  })
}

function chosenAccounts(choices: Readonly<Record<string, string | null>>): GatewayKey['accounts'] {
  const chosen = Object.entries(choices).filter((entry): entry is [string, string] => entry[1] !== null)
  return chosen.length === 0 ? undefined : Object.fromEntries(chosen)
}

export function agentMethods({ vault, store, keyUses, now }: KeyParts): Pick<Registry, AgentMethod> {
  return {
    async addAgent(name) {
      const { record, key } = newServiceKey({ name, agent: name }, now())
      await store.write(async (loaded) => {
        if (loaded.keys.some(({ agent }) => agent === name))
          throw new GatewayError('conflict', {
            detail: `There is an agent ${name} already.`,
            fix: 'Choose another name, or revoke its keys first.',
          })
        await vault.gatewayKeys.add(record)
      })
      return { name, key, summary: keySummary(record, undefined) }
    },
    removeAgent: (name) =>
      store.write(async ({ keys }) => {
        const own = keys.filter(({ agent }) => agent === name)
        if (own.length === 0)
          throw new GatewayError('not_found', {
            detail: `There is no agent ${JSON.stringify(name.slice(0, 64))}.`,
            fix: 'Run `gatehouse agents list` for those that there are.',
          })
        for (const { id } of own) await vault.gatewayKeys.revoke(id)
      }),
    listAgents() {
      const { keys } = store.current()
      const names = [...new Set(keys.flatMap(({ agent }) => (agent === undefined ? [] : [agent])))].sort()
      return names.map((name) => ({
        name,
        keys: keys.filter(({ agent }) => agent === name).map((key) => keySummary(key, keyUses.lastUsedAt(key.id))),
      }))
    },
  }
}
