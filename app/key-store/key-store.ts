/**
 * The vault's key, kept by the operating system. `safeStorage` encrypts it with a key of the system's keychain; what
 * comes out of that is in a file, and opens nothing without the keychain.
 *
 * @see [Electron: safeStorage](https://www.electronjs.org/docs/latest/api/safe-storage)
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'

/** The part of Electron's `safeStorage` that is used. */
export interface SafeStorage {
  isAsyncEncryptionAvailable(): Promise<boolean>
  encryptStringAsync(text: string): Promise<Buffer>
  decryptStringAsync(encrypted: Buffer): Promise<{ readonly result: string; readonly shouldReEncrypt: boolean }>
  /** Linux only. */
  getSelectedStorageBackend?(): string
}

/** What encrypts with a key that everybody knows, or has not been found out yet. */
const noKeychain: ReadonlySet<string> = new Set(['basic_text', 'unknown'])

const fileSchema = z.record(z.string().regex(/^[0-9a-f]{1,128}$/), z.base64())

/** Whether the system keeps a key that others cannot read. Ask after the app is ready. */
export async function hasKeychain(storage: SafeStorage, platform: NodeJS.Platform): Promise<boolean> {
  try {
    if (!(await storage.isAsyncEncryptionAvailable())) return false
    return platform !== 'linux' || !noKeychain.has(storage.getSelectedStorageBackend?.() ?? 'unknown')
  } catch {
    return false
  }
}

export class KeyStore {
  /** One after the other: each writes the file as a whole. */
  private last: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly storage: SafeStorage,
    /** Mode 0600 in a folder of mode 0700; both are made where they are missing. */
    private readonly path: string,
  ) {}

  /**
   * @param vaultId lower-case hex
   * @returns undefined where none is kept
   * @throws Error where one is kept and the system does not decrypt it, or the file is damaged; it is left as it is
   */
  read(vaultId: string): Promise<Uint8Array | undefined> {
    return this.inOrder(async () => {
      const encrypted = (await this.load())[vaultId]
      if (encrypted === undefined) return undefined
      const { result, shouldReEncrypt } = await this.storage.decryptStringAsync(Buffer.from(encrypted, 'base64'))
      if (shouldReEncrypt) await this.put(vaultId, result).catch(() => undefined)
      return Uint8Array.from(Buffer.from(result, 'base64'))
    })
  }

  /** Resolves when the key is on disk, and was read back. */
  write(vaultId: string, key: Uint8Array): Promise<void> {
    return this.inOrder(() => this.put(vaultId, Buffer.from(key).toString('base64')))
  }

  private async put(vaultId: string, text: string): Promise<void> {
    const encrypted = await this.storage.encryptStringAsync(text)
    // A vault whose key does not come back would be lost.
    if ((await this.storage.decryptStringAsync(encrypted)).result !== text)
      throw new Error('The system’s keychain does not give back what it was given.')
    const keys = fileSchema.parse({ ...(await this.load()), [vaultId]: encrypted.toString('base64') })
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
    const draft = `${this.path}.new`
    await writeFile(draft, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flush: true })
    await rename(draft, this.path)
  }

  private async load(): Promise<Readonly<Record<string, string>>> {
    let text: string
    try {
      text = await readFile(this.path, 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
      throw error
    }
    try {
      return fileSchema.parse(JSON.parse(text))
    } catch {
      throw new Error(`${this.path} is not as Gatehouse wrote it. Restore it from a backup.`)
    }
  }

  private inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.last.then(work)
    this.last = result.catch(() => undefined)
    return result
  }
}
