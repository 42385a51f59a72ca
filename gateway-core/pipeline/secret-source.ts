/**
 * Secrets that were opened lately, so that a request need not ask the vault's thread. Emptied when any secret changes
 * and when the vault is locked.
 */
import type { OpenedSecret, SecretStore } from '../vault/vault.js'
import type { SecretSource } from './ports.js'

const maxKept = 10_000

export interface RememberedSecrets extends SecretSource {
  forgetAll(): void
}

export function createSecretSource(store: Pick<SecretStore, 'open'>): RememberedSecrets {
  const opened = new Map<string, OpenedSecret>()
  let generation = 0
  const keyOf = (name: string, subject: string | undefined, destination: string): string =>
    `${name}\n${subject ?? ''}\n${destination}`
  return {
    known: (name, subject, destination) => opened.get(keyOf(name, subject, destination)),
    open: async (name, subject, destination) => {
      const asked = generation
      const secret = await store.open(name, subject, destination)
      // What was asked before a change may be the value from before it.
      if (asked === generation && secret.outcome === 'value') {
        if (opened.size >= maxKept) opened.clear()
        opened.set(keyOf(name, subject, destination), secret)
      }
      return secret
    },
    forgetAll: () => {
      generation++
      opened.clear()
    },
  }
}
