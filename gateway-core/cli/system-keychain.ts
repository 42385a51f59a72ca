/** The operating system's keychain, for a gateway that runs without the app. */
import type { Keychain } from '../vault/vault.js'

const service = 'Gatehouse'
const timeoutMs = 5_000

/**
 * Finds a keychain that survives a restart: the Secret Service on Linux (never the kernel's keyring, which is empty
 * after one), Keychain on macOS, Credential Manager on Windows.
 *
 * @returns undefined where there is none, or it does not answer
 */
export async function findKeychain(): Promise<Keychain | undefined> {
  try {
    const { AsyncEntry } = await import('@napi-rs/keyring')
    const entryOf = (account: string) => new AsyncEntry(service, account, { linux: { store: 'secret-service' } })
    const keychain: Keychain = {
      async read(account) {
        const secret = await entryOf(account).getSecret(AbortSignal.timeout(timeoutMs))
        return secret === null ? undefined : Uint8Array.from(secret)
      },
      write: (account, key) => entryOf(account).setSecret(key, AbortSignal.timeout(timeoutMs)),
    }
    await keychain.read('probe')
    return keychain
  } catch {
    return undefined
  }
}
