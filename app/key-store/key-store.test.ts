import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasKeychain, KeyStore, type SafeStorage } from './key-store.js'

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'gatehouse-keys-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Encrypts as `safeStorage` does, with a key in memory in the place of the system's keychain. */
function storageWith(secret: Buffer, options: { rotated?: boolean } = {}): SafeStorage {
  return {
    isAsyncEncryptionAvailable: async () => true,
    async encryptStringAsync(text) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', secret, nonce)
      return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    },
    async decryptStringAsync(encrypted) {
      const cipher = createDecipheriv('aes-256-gcm', secret, encrypted.subarray(0, 12))
      cipher.setAuthTag(encrypted.subarray(-16))
      const result = cipher.update(encrypted.subarray(12, -16), undefined, 'utf8') + cipher.final('utf8')
      return { result, shouldReEncrypt: options.rotated ?? false }
    },
  }
}

describe('KeyStore', () => {
  const key = Uint8Array.from(randomBytes(32))
  const secret = randomBytes(32)

  it('gives a key back after a restart, and keeps it private and encrypted', async () => {
    const path = join(folder, 'kept/keys.json')
    await new KeyStore(storageWith(secret), path).write('a1', key)
    const store = new KeyStore(storageWith(secret), path)
    expect(await store.read('a1')).toEqual(key)
    expect(await store.read('b2')).toBeUndefined()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const text = await readFile(path, 'utf8')
    for (const form of ['base64', 'hex'] as const) expect(text).not.toContain(Buffer.from(key).toString(form))
  })

  it('keeps every key that is written at the same time', async () => {
    const store = new KeyStore(storageWith(secret), join(folder, 'many.json'))
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => store.write(id, key)))
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((id) => store.read(id)))).toEqual([key, key, key, key])
  })

  it('fails where the keychain is another, and leaves the file as it is', async () => {
    const path = join(folder, 'other.json')
    await new KeyStore(storageWith(secret), path).write('a1', key)
    const before = await readFile(path, 'utf8')
    await expect(new KeyStore(storageWith(randomBytes(32)), path).read('a1')).rejects.toThrow('unable to authenticate')
    expect(await readFile(path, 'utf8')).toBe(before)
  })

  it('fails where the file is damaged, and does not write over it', async () => {
    const path = join(folder, 'damaged.json')
    await writeFile(path, '{"a1":')
    const store = new KeyStore(storageWith(secret), path)
    await expect(store.read('a1')).rejects.toThrow('not as Gatehouse wrote it')
    await expect(store.write('a1', key)).rejects.toThrow('not as Gatehouse wrote it')
    expect(await readFile(path, 'utf8')).toBe('{"a1":')
  })

  it('refuses a keychain that does not give back what it was given', async () => {
    const path = join(folder, 'forgetful.json')
    const storage = {
      ...storageWith(secret),
      decryptStringAsync: async () => ({ result: 'x', shouldReEncrypt: false }),
    }
    await expect(new KeyStore(storage, path).write('a1', key)).rejects.toThrow('does not give back')
    await expect(readFile(path)).rejects.toThrow('ENOENT')
  })

  it('encrypts anew when the keychain has changed its key', async () => {
    const path = join(folder, 'rotated.json')
    const store = new KeyStore(storageWith(secret, { rotated: true }), path)
    await store.write('a1', key)
    const before = await readFile(path, 'utf8')
    expect(await store.read('a1')).toEqual(key)
    expect(await readFile(path, 'utf8')).not.toBe(before)
  })
})

describe('hasKeychain', () => {
  const onLinux = (backend: string): SafeStorage => ({
    ...storageWith(randomBytes(32)),
    getSelectedStorageBackend: () => backend,
  })

  it.each([
    ['gnome_libsecret', true],
    ['kwallet6', true],
    ['basic_text', false],
    ['unknown', false],
  ])('on Linux with %s: %s', async (backend, expected) => {
    expect(await hasKeychain(onLinux(backend), 'linux')).toBe(expected)
  })

  it('needs no backend on other systems', async () => {
    expect(await hasKeychain(storageWith(randomBytes(32)), 'darwin')).toBe(true)
  })

  it.each([async () => false, async () => Promise.reject(new Error('no'))])(
    'is none where nothing answers',
    async (is) => {
      expect(await hasKeychain({ ...onLinux('kwallet6'), isAsyncEncryptionAvailable: is }, 'linux')).toBe(false)
    },
  )
})
