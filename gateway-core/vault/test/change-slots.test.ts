import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openVault } from '../open-vault.js'
import { VaultThread, type VaultPaths } from '../vault-thread.js'
import type { Vault, VaultKey } from '../vault.js'
import {
  createMemoryKeychain,
  fixtureSlotKey,
  fixtureVaultId,
  makeDirectory,
  plainForm,
  type FixtureDirectory,
  type MemoryKeychain,
} from './vault-fixture.js'

const passphrase = 'correct horse battery'
const newPassphrase = 'another good passphrase'

describe('changing how a vault is opened', { timeout: 60_000 }, () => {
  let fixture: FixtureDirectory
  let keychain: MemoryKeychain
  const opened: Vault[] = []
  beforeEach(() => {
    fixture = makeDirectory()
    keychain = createMemoryKeychain()
  })
  afterEach(async () => {
    for (const vault of opened.splice(0)) await vault.close()
    fixture.remove()
  })
  const open = async (): Promise<Vault> => {
    const vault = await openVault({ dataDir: fixture.directory, keychain })
    opened.push(vault)
    return vault
  }
  const paths = (): VaultPaths => ({ database: fixture.database, slots: fixture.slots })
  /** Whether each key opens the vault, or the error's code. */
  const outcomes = async (vault: Vault, ...keys: readonly VaultKey[]): Promise<string[]> => {
    const found: string[] = []
    for (const key of keys) {
      await vault.lock()
      found.push(
        await vault.unlock(key).then(
          () => 'opens',
          (error: { code: string }) => error.code,
        ),
      )
    }
    return found
  }

  it('keeps both a passphrase and a recovery key that were made at once', async () => {
    const vault = await open()
    await vault.create({ keychain: true })
    const [, recoveryKey] = await Promise.all([vault.setPassphrase(passphrase), vault.createRecoveryKey()])
    expect(await outcomes(vault, { passphrase }, { recoveryKey }, { keychain: true })).toEqual([
      'opens',
      'opens',
      'opens',
    ])
  })

  it('leaves the last of two passphrases that were set at once', async () => {
    const vault = await open()
    await vault.create({ keychain: true })
    await Promise.all([vault.setPassphrase(passphrase), vault.setPassphrase(newPassphrase)])
    expect(await outcomes(vault, { passphrase }, { passphrase: newPassphrase })).toEqual([
      'vault_wrong_passphrase',
      'opens',
    ])
  })

  it('does not bring back a passphrase that another process replaced', async () => {
    const one = await open()
    await one.create({ passphrase })
    const two = await open()
    await two.unlock({ passphrase })
    await one.setPassphrase(newPassphrase)
    const recoveryKey = await two.createRecoveryKey()
    await two.lock()
    expect(await outcomes(one, { passphrase }, { passphrase: newPassphrase }, { recoveryKey })).toEqual([
      'vault_wrong_passphrase',
      'opens',
      'opens',
    ])
  })

  it('is finished first when the vault is locked meanwhile', async () => {
    const vault = await open()
    await vault.create({ passphrase })
    const changed = vault.setPassphrase(newPassphrase)
    const recovered = vault.createRecoveryKey()
    await vault.lock()
    await changed
    const recoveryKey = await recovered
    expect(await outcomes(vault, { passphrase }, { passphrase: newPassphrase }, { recoveryKey })).toEqual([
      'vault_wrong_passphrase',
      'opens',
      'opens',
    ])
  })

  it('keeps what another process changed while a passphrase was being derived', async () => {
    const [one, two] = [new VaultThread(plainForm), new VaultThread(plainForm)]
    await one.create(paths(), fixtureVaultId, fixtureSlotKey)
    await two.unlock(paths(), fixtureSlotKey)
    const changed = one.replaceSlot('passphrase', passphrase)
    // A recovery key is made without leaving this turn of the event loop, a passphrase is derived in another thread.
    const recoveryKey = await two.replaceSlot('recovery', '')
    await changed
    one.close()
    two.close()
    expect(await outcomes(await open(), { passphrase }, { recoveryKey })).toEqual(['opens', 'opens'])
  })

  it('writes no slot once the keys that it was begun with have been dropped', async () => {
    const thread = new VaultThread(plainForm)
    await thread.create(paths(), fixtureVaultId, fixtureSlotKey)
    const changed = thread.replaceSlot('passphrase', passphrase)
    // It begins in a microtask, behind the changes before it.
    await Promise.resolve()
    thread.close()
    // Opened again, with other copies of the keys, before the passphrase is derived.
    await thread.unlock(paths(), fixtureSlotKey)
    await expect(changed).rejects.toMatchObject({ code: 'vault_locked' })
    thread.close()
    await expect(thread.unlock(paths(), { kind: 'passphrase', passphrase })).rejects.toMatchObject({
      code: 'vault_wrong_passphrase',
    })
    await thread.unlock(paths(), fixtureSlotKey)
    thread.close()
  })
})
