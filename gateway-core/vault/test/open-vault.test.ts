import {
  chmodSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../database.js'
import type { openVault as OpenVault } from '../open-vault.js'
import type { Vault, VaultState } from '../vault.js'
import { bundleVault, type VaultBundle } from './bundle-vault.js'
import {
  createMemoryKeychain,
  keysOf,
  makeDirectory,
  type FixtureDirectory,
  type MemoryKeychain,
} from './vault-fixture.js'

const passphrase = 'correct horse battery'
const origin = 'https://a.example'

let openVault: typeof OpenVault
let bundle: VaultBundle

beforeAll(async () => {
  bundle = await bundleVault(join(import.meta.dirname, '../open-vault.ts'))
  ;({ openVault } = (await import(/* @vite-ignore */ pathToFileURL(bundle.path).href)) as {
    openVault: typeof OpenVault
  })
}, 60_000)
afterAll(() => bundle?.remove())

describe('the vault', { timeout: 60_000 }, () => {
  let fixture: FixtureDirectory
  let keychain: MemoryKeychain
  const opened: Vault[] = []
  const open = async (): Promise<Vault> => {
    const vault = await openVault({ dataDir: fixture.directory, keychain })
    opened.push(vault)
    return vault
  }
  beforeEach(() => {
    fixture = makeDirectory()
    keychain = createMemoryKeychain()
  })
  afterEach(async () => {
    for (const vault of opened.splice(0)) await vault.close()
    fixture.remove()
  })

  it('goes from uninitialized to unlocked to locked and back, and says so', async () => {
    const vault = await open()
    const states: VaultState[] = [vault.state]
    vault.onStateChange((state) => states.push(state))
    await vault.create({ passphrase })
    await vault.secrets.put({ name: 'token', value: 'a value' }, [origin])
    await vault.lock()
    await vault.unlock({ passphrase })
    expect(await vault.secrets.open('token', undefined, origin)).toMatchObject({
      outcome: 'value',
      value: 'a value',
      generation: 1,
    })
    expect(states).toEqual(['uninitialized', 'unlocked', 'locked', 'unlocked'])
  })

  it('is not made a second time', async () => {
    const vault = await open()
    await vault.create({ keychain: true })
    await vault.lock()
    await expect(vault.create({ keychain: true })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('answers vault_locked to every call once it is locked, and to none in flight', async () => {
    const vault = await open()
    await vault.create({ keychain: true })
    const writes = Array.from({ length: 50 }, (_, n) => vault.secrets.put({ name: `s${n}`, value: 'a value' }, []))
    await Promise.all([...writes, vault.lock()])
    const emptyBatch = {
      oldest: 0,
      newest: 0,
      exchanges: 0,
      shapes: '[]',
      frames: new Uint8Array(1),
      calls: '[]',
      entries: new Uint8Array(0),
      sensitiveValues: [],
    }
    const calls = [
      () => vault.secrets.open('s1', undefined, origin),
      () => vault.secrets.list(),
      () => vault.gatewayKeys.list(),
      () => vault.configuration.load(),
      () => vault.exchanges.append(emptyBatch, 'nothing'),
      () => vault.exchanges.list({}),
      () => vault.createRecoveryKey(),
      () => vault.setPassphrase(passphrase),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'vault_locked' })
    await vault.unlock({ keychain: true })
    expect(await vault.secrets.list()).toHaveLength(50)
  })

  it('tells a wrong passphrase, a wrong recovery key and a wrong keychain apart, and changes no file', async () => {
    const vault = await open()
    await vault.create({ passphrase })
    await vault.createRecoveryKey()
    await vault.lock()
    const before = readdirSync(fixture.directory).map((name) => readFileSync(join(fixture.directory, name), 'base64'))
    await expect(vault.unlock({ passphrase: 'wrong horse battery' })).rejects.toMatchObject({
      code: 'vault_wrong_passphrase',
    })
    await expect(vault.unlock({ recoveryKey: 'AAAAA-AAAAA' })).rejects.toMatchObject({ code: 'vault_wrong_key' })
    await expect(vault.unlock({ keychain: true })).rejects.toMatchObject({ code: 'vault_wrong_key' })
    expect(readdirSync(fixture.directory).map((name) => readFileSync(join(fixture.directory, name), 'base64'))).toEqual(
      before,
    )
    expect(vault.state).toBe('locked')
  })

  it('opens with its recovery key, and with the new passphrase but not the old one', async () => {
    const vault = await open()
    await vault.create({ passphrase })
    const recoveryKey = await vault.createRecoveryKey()
    await vault.setPassphrase('another good passphrase')
    await vault.lock()
    await vault.unlock({ recoveryKey })
    await vault.lock()
    await vault.unlock({ passphrase: 'another good passphrase' })
    await vault.lock()
    await expect(vault.unlock({ passphrase })).rejects.toMatchObject({ code: 'vault_wrong_passphrase' })
  })

  it.each(['vault.db', 'vault.slots.json'])(
    'is locked and unreadable without %s, and makes nothing anew',
    async (name) => {
      const maker = await open()
      await maker.create({ keychain: true })
      await maker.close()
      rmSync(join(fixture.directory, name))
      const vault = await open()
      expect(vault.state).toBe('locked')
      await expect(vault.unlock({ passphrase })).rejects.toMatchObject({ code: 'vault_unreadable' })
      await expect(vault.create({ passphrase })).rejects.toMatchObject({ code: 'conflict' })
      expect(readdirSync(fixture.directory)).not.toContain(name)
    },
  )

  it('is unreadable with an empty vault.db, which is not made anew', async () => {
    const vault = await open()
    await vault.create({ keychain: true })
    await vault.secrets.put({ name: 'token', value: 'a value' }, [])
    await vault.lock()
    truncateSync(fixture.database, 0)
    await expect(vault.unlock({ keychain: true })).rejects.toMatchObject({ code: 'vault_unreadable' })
    expect(vault.state).toBe('locked')
    expect(statSync(fixture.database).size).toBe(0)
  })

  it('does not open beside another vault’s slots', async () => {
    const maker = await open()
    await maker.create({ keychain: true })
    await maker.close()
    renameSync(fixture.database, `${fixture.database}.first`)
    renameSync(fixture.slots, `${fixture.slots}.first`)
    const other = await open()
    await other.create({ keychain: true })
    await other.close()
    copyFileSync(`${fixture.slots}.first`, fixture.slots)
    const vault = await open()
    await expect(vault.unlock({ keychain: true })).rejects.toMatchObject({ code: 'vault_tampered' })
  })

  it('is kept in files that only the owner can read, and takes back what was allowed beyond', async () => {
    const vault = await open()
    await vault.create({ keychain: true })
    const files = ['vault.db', 'vault.db-wal', 'vault.db-shm', 'vault.slots.json'].map((name) =>
      join(fixture.directory, name),
    )
    expect(files.filter((file) => (statSync(file).mode & 0o777) !== 0o600)).toEqual([])
    await vault.lock()
    chmodSync(fixture.database, 0o644)
    await vault.unlock({ keychain: true })
    expect(statSync(fixture.database).mode & 0o777).toBe(0o600)
  })

  it('holds no value, name or address in the clear, in three encodings, in any of its files', async () => {
    const canary = 'canary-7b1e94d0c2'
    const vault = await open()
    await vault.create({ passphrase })
    await vault.secrets.put({ name: `name-${canary}`, subject: `subject-${canary}`, value: `value-${canary}` }, [
      `https://${canary}.example`,
    ])
    await vault.secrets.put({ name: `name-${canary}`, value: `rotated-${canary}` }, [])
    await vault.secrets.put({ name: 'removed', value: `removed-${canary}` }, [])
    const look = (): void => {
      for (const name of readdirSync(fixture.directory)) {
        const bytes = readFileSync(join(fixture.directory, name))
        for (const form of [canary, 'SQLite format 3', 'CREATE TABLE', passphrase]) {
          const forms = [
            Buffer.from(form),
            Buffer.from(Buffer.from(form).toString('hex')),
            Buffer.from(Buffer.from(form).toString('base64').slice(0, 12)),
          ]
          for (const part of forms) expect(bytes.includes(part), `${name}: ${form}`).toBe(false)
        }
      }
    }
    look()
    await vault.secrets.remove('removed')
    expect(statSync(`${fixture.database}-wal`).size).toBe(0)
    look()
    await vault.lock()
    look()
  })

  it('is not opened, and says why, when a newer version wrote it', async () => {
    const vault = await open()
    await vault.create({ keychain: true })
    await vault.lock()
    const database = openDatabase(fixture.database, (await keysOf(fixture, keychain)).database, false)
    database.pragma('user_version = 99')
    database.close()
    await expect(vault.unlock({ keychain: true })).rejects.toMatchObject({ code: 'vault_newer' })
  })

  it('can be used by two processes’ worth of threads at once', async () => {
    const [one, two] = [await open(), await open()]
    await one.create({ keychain: true })
    const second = two.state === 'locked' ? two : await open()
    await second.unlock({ keychain: true })
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        (n % 2 === 0 ? one : second).secrets.put({ name: `s${n}`, value: 'a value' }, []),
      ),
    )
    expect(await one.secrets.list()).toHaveLength(40)
    expect(await second.secrets.list()).toHaveLength(40)
  })

  it('refuses a file of slots that is not ours', async () => {
    const vault = await open()
    await vault.create({ keychain: true })
    await vault.lock()
    writeFileSync(fixture.slots, 'not json')
    await expect(vault.unlock({ passphrase })).rejects.toMatchObject({
      code: expect.stringMatching(/^vault_(tampered|unreadable)$/),
    })
  })
})
