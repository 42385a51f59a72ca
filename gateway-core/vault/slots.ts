/**
 * The slot file: the master key, wrapped once for each way to open the vault. Losing it loses the vault, so it is
 * replaced atomically and the one before is kept.
 */
import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { closeSync, copyFileSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { hashRaw } from '@node-rs/argon2'
import * as z from 'zod'
import { GatewayError } from '../contract/errors.js'
import { keyBytes, lengthPrefixed, seal, unseal, zero } from './keys.js'
import { parseRecoveryKey } from './recovery-key.js'

const base64 = z.base64()
/** Bounds: weak enough to be guessed is refused, and so is what would exhaust the machine. */
const kdfSchema = z.strictObject({
  name: z.literal('argon2id'),
  memoryKib: z
    .int()
    .min(19 * 1024)
    .max(1024 * 1024),
  iterations: z.int().min(2).max(16),
  parallelism: z.int().min(1).max(8),
  salt: base64,
})
const slotSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('passphrase'), id: z.string(), kdf: kdfSchema, wrapped: base64 }),
  z.strictObject({ kind: z.literal('keychain'), id: z.string(), wrapped: base64 }),
  z.strictObject({ kind: z.literal('recovery'), id: z.string(), wrapped: base64 }),
])
const slotFileSchema = z.strictObject({
  format: z.literal(1),
  vaultId: z.string().regex(/^[0-9a-f]{32}$/),
  slots: z.array(slotSchema).min(1).max(16),
  /** SHA-256 over the slots, so that a damaged slot is told from a wrong passphrase. Proves nothing by itself. */
  checksum: base64,
  /** HMAC over the slots, so that one that was removed or added is noticed. */
  mac: base64,
})
export type SlotFile = z.infer<typeof slotFileSchema>
/** What the file holds, without what proves it. */
export type Slots = Omit<SlotFile, 'mac' | 'checksum'>
type Slot = z.infer<typeof slotSchema>
type PassphraseKdf = z.infer<typeof kdfSchema>

/** A key to the vault: what a person typed, or what the keychain held. */
export type SlotKey =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'recovery'; readonly recoveryKey: string }
  | { readonly kind: 'keychain'; readonly key: Uint8Array }

/** @throws GatewayError `vault_tampered`, `vault_unreadable` */
export function readSlotFile(path: string): SlotFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new GatewayError('vault_unreadable', {
      detail: 'The slot file of the vault cannot be read.',
      fix: 'Check the permissions of the data directory, or restore vault.slots.json from a backup.',
      cause,
    })
  }
  const file = slotFileSchema.safeParse(parseJson(text))
  if (file.success && checksumOf(file.data) === file.data.checksum) return file.data
  throw new GatewayError('vault_tampered', {
    detail: 'The slot file of the vault is not as Gatehouse wrote it.',
    fix: 'Restore vault.slots.json from vault.slots.json.bak or a backup.',
  })
}

/** @throws GatewayError `vault_newer` */
function parseJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  if (typeof format === 'number' && format > 1)
    throw new GatewayError('vault_newer', {
      detail: `The slot file of the vault has format ${format}; this version of Gatehouse knows 1.`,
      fix: 'Start the newer Gatehouse again.',
    })
  return value
}

/** Replaces the file atomically: what a crash leaves is the old one or the new one. */
export function writeSlotFile(path: string, file: Slots, macKey: Buffer): void {
  if (existsSync(path)) copyFileSync(path, `${path}.bak`)
  const temporary = `${path}.new`
  const descriptor = openSync(temporary, 'w', 0o600)
  try {
    writeSync(
      descriptor,
      JSON.stringify({ ...file, checksum: checksumOf(file), mac: slotMac(file, macKey).toString('base64') }, null, 2),
    )
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  renameSync(temporary, path)
  syncDirectory(dirname(path))
}

function syncDirectory(path: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function slotMac(file: Slots, macKey: Buffer): Buffer {
  return createHmac('sha256', macKey).update(canonical(file)).digest()
}

function checksumOf(file: Slots): string {
  return createHash('sha256').update(canonical(file)).digest('base64')
}

function canonical({ format, vaultId, slots }: Slots): string {
  return JSON.stringify([format, vaultId, slots])
}

/** @throws GatewayError `vault_tampered` */
export function checkSlotFile(file: SlotFile, macKey: Buffer): void {
  const expected = slotMac(file, macKey)
  const found = Buffer.from(file.mac, 'base64')
  if (found.length !== expected.length || !timingSafeEqual(found, expected))
    throw new GatewayError('vault_tampered', {
      detail: 'The slots of the vault were changed by something other than Gatehouse.',
      fix: 'Restore vault.slots.json from a backup.',
    })
}

export async function createSlot(vaultId: string, key: SlotKey, masterKey: Buffer): Promise<Slot> {
  const id = randomBytes(8).toString('hex')
  const kdf: PassphraseKdf = {
    name: 'argon2id',
    memoryKib: 64 * 1024,
    iterations: 3,
    parallelism: 1,
    salt: randomBytes(16).toString('base64'),
  }
  const wrapping = await wrappingKey(vaultId, key, kdf)
  try {
    if (key.kind === 'passphrase')
      return { kind: key.kind, id, kdf, wrapped: wrap(wrapping, masterKey, vaultId, id, key.kind, kdf) }
    return { kind: key.kind, id, wrapped: wrap(wrapping, masterKey, vaultId, id, key.kind, undefined) }
  } finally {
    zero(wrapping)
  }
}

/**
 * Unwraps the master key.
 *
 * @throws GatewayError `vault_wrong_passphrase`, `vault_wrong_key`
 */
export async function openSlots(file: SlotFile, key: SlotKey): Promise<Buffer> {
  for (const slot of file.slots) {
    if (slot.kind !== key.kind) continue
    const kdf = slot.kind === 'passphrase' ? slot.kdf : undefined
    const wrapping = await wrappingKey(file.vaultId, key, kdf)
    try {
      return unseal(wrapping, Buffer.from(slot.wrapped, 'base64'), slotBinding(file.vaultId, slot.id, slot.kind, kdf))
    } catch {
      continue
    } finally {
      zero(wrapping)
    }
  }
  throw refusalOf(file, key)
}

function refusalOf(file: SlotFile, key: SlotKey): GatewayError {
  const kinds = file.slots.map(({ kind }) => kind)
  if (!kinds.includes(key.kind))
    return new GatewayError(key.kind === 'passphrase' ? 'vault_wrong_passphrase' : 'vault_wrong_key', {
      detail: `This vault is opened by its ${[...new Set(kinds)].join(' or ')}, not by a ${key.kind}.`,
      fix: `Use its ${kinds[0] ?? 'key'}.`,
    })
  if (key.kind === 'passphrase')
    return new GatewayError('vault_wrong_passphrase', { fix: 'Try again, or unlock with the recovery key.' })
  return new GatewayError('vault_wrong_key', {
    detail:
      key.kind === 'keychain'
        ? 'The key in the keychain does not open this vault.'
        : 'This recovery key does not open this vault.',
    fix: 'Unlock with the passphrase or the recovery key of this vault.',
  })
}

function wrap(
  wrapping: Buffer,
  masterKey: Buffer,
  vaultId: string,
  id: string,
  kind: Slot['kind'],
  kdf: PassphraseKdf | undefined,
): string {
  return seal(wrapping, masterKey, slotBinding(vaultId, id, kind, kdf)).toString('base64')
}

function slotBinding(vaultId: string, id: string, kind: Slot['kind'], kdf: PassphraseKdf | undefined): Buffer {
  const parameters = kdf === undefined ? [] : [kdf.name, kdf.memoryKib, kdf.iterations, kdf.parallelism, kdf.salt]
  return lengthPrefixed('gatehouse slot 1', vaultId, id, kind, ...parameters)
}

async function wrappingKey(vaultId: string, key: SlotKey, kdf: PassphraseKdf | undefined): Promise<Buffer> {
  if (key.kind === 'passphrase') {
    if (kdf === undefined) throw new GatewayError('vault_tampered')
    return hashRaw(key.passphrase.normalize('NFC'), {
      algorithm: 2,
      memoryCost: kdf.memoryKib,
      timeCost: kdf.iterations,
      parallelism: kdf.parallelism,
      outputLen: keyBytes,
      salt: Buffer.from(kdf.salt, 'base64'),
    })
  }
  const secret = key.kind === 'recovery' ? parseRecoveryKey(key.recoveryKey) : key.key
  return Buffer.from(hkdfSync('sha256', secret, Buffer.from(vaultId), `gatehouse slot 1 ${key.kind}`, keyBytes))
}
