/** Stores of accounts and clients over a real vault's records, in this thread. */
import type { AccountStore, OAuthClientStore } from '../../../vault/account-store.js'
import { makeDirectory, openFixtureRecords } from '../../../vault/test/vault-fixture.js'

export interface RecordsStore {
  readonly accounts: AccountStore
  readonly clients: OAuthClientStore
  close(): void
}

export function openRecordsStore(): RecordsStore {
  const directory = makeDirectory()
  const records = openFixtureRecords(directory)
  const { accounts, oauthClients } = records
  const write = async <T>(work: () => T): Promise<T> => records.write(work)
  return {
    accounts: {
      list: async () => accounts.list(),
      find: async (owner, label) => accounts.find(owner, label),
      get: async (id) => accounts.get(id),
      connect: (account, tokens) => write(() => accounts.connect(account, tokens)),
      refresh: (id, generation, change) => write(() => accounts.refresh(id, generation, change)),
      requireSignIn: (id, generation, reason) => write(() => accounts.requireSignIn(id, generation, reason)),
      choose: (id, choice) => write(() => accounts.choose(id, choice)),
      remove: (id) => write(() => accounts.remove(id)),
      lease: (id, generation, holder, ms) => write(() => accounts.lease(id, generation, holder, ms)),
      release: (id, holder) => write(() => accounts.release(id, holder)),
    },
    clients: {
      find: async (issuer, redirectUri) => oauthClients.find(issuer, redirectUri),
      put: (client) => write(() => oauthClients.put(client)),
      remove: (issuer, redirectUri) => write(() => oauthClients.remove(issuer, redirectUri)),
      list: async () => oauthClients.list(),
    },
    close: () => {
      records.close()
      directory.remove()
    },
  }
}
