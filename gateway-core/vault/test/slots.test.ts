import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkSlotFile, createSlot, openSlots, readSlotFile, type SlotKey } from '../slots.js'
import { createRecoveryKey } from '../recovery-key.js'
import {
  fixtureKeys,
  fixtureSlotKey,
  fixtureVaultId,
  makeDirectory,
  writeFixtureSlots,
  type FixtureDirectory,
} from './vault-fixture.js'

const master = Buffer.alloc(32, 1)
const passphrase: SlotKey = { kind: 'passphrase', passphrase: 'correct horse battery' }
const recovery: SlotKey = { kind: 'recovery', recoveryKey: createRecoveryKey() }

describe('the key slots', () => {
  let fixture: FixtureDirectory
  beforeEach(() => (fixture = makeDirectory()))
  afterEach(() => fixture.remove())

  it.each([passphrase, recovery, fixtureSlotKey])('give the master key to the right $kind', async (key) => {
    await writeFixtureSlots(fixture, passphrase, recovery, fixtureSlotKey)
    expect(await openSlots(readSlotFile(fixture.slots), key)).toEqual(master)
  })

  it('open with a passphrase typed as other code points for the same letters', async () => {
    await writeFixtureSlots(fixture, { kind: 'passphrase', passphrase: 'caf\u00e9 caf\u00e9 caf\u00e9' })
    const typed: SlotKey = { kind: 'passphrase', passphrase: 'cafe\u0301 cafe\u0301 cafe\u0301' }
    expect(await openSlots(readSlotFile(fixture.slots), typed)).toEqual(master)
  })

  it.each<[string, SlotKey, string]>([
    ['another passphrase', { kind: 'passphrase', passphrase: 'wrong horse battery' }, 'vault_wrong_passphrase'],
    ['another recovery key', { kind: 'recovery', recoveryKey: createRecoveryKey() }, 'vault_wrong_key'],
    ['another keychain', { kind: 'keychain', key: Buffer.alloc(32, 8) }, 'vault_wrong_key'],
  ])('refuse %s', async (_, key, code) => {
    await writeFixtureSlots(fixture, passphrase, recovery, fixtureSlotKey)
    await expect(openSlots(readSlotFile(fixture.slots), key)).rejects.toMatchObject({ code })
  })

  it('refuse a slot that was moved to another vault', async () => {
    const slot = await createSlot(fixtureVaultId, fixtureSlotKey, master)
    const moved = {
      format: 1 as const,
      vaultId: 'ffffffffffffffffffffffffffffffff',
      slots: [slot],
      checksum: '',
      mac: '',
    }
    await expect(openSlots(moved, fixtureSlotKey)).rejects.toMatchObject({ code: 'vault_wrong_key' })
  })

  it.each<[string, object]>([
    ['less memory than the least', { memoryKib: 1024 }],
    ['more memory than the most', { memoryKib: 8 * 1024 * 1024 }],
    ['one pass', { iterations: 1 }],
    ['a thousand passes', { iterations: 1000 }],
    ['no lane', { parallelism: 0 }],
  ])('are not read with %s', async (_, change) => {
    await writeFixtureSlots(fixture, passphrase)
    const file = JSON.parse(readFileSync(fixture.slots, 'utf8')) as { slots: { kdf: object }[] }
    for (const slot of file.slots) Object.assign(slot.kdf, change)
    writeFileSync(fixture.slots, JSON.stringify(file))
    expect(() => readSlotFile(fixture.slots)).toThrow(expect.objectContaining({ code: 'vault_tampered' }))
  })

  it.each([passphrase, recovery, fixtureSlotKey])(
    'are tampered with, not a wrong key, where a byte of the wrapped key of $kind is another',
    async (key) => {
      await writeFixtureSlots(fixture, key)
      const file = JSON.parse(readFileSync(fixture.slots, 'utf8')) as { slots: { wrapped: string }[] }
      for (const slot of file.slots) {
        const wrapped = Buffer.from(slot.wrapped, 'base64')
        wrapped.writeUInt8(wrapped.readUInt8(20) ^ 1, 20)
        slot.wrapped = wrapped.toString('base64')
      }
      writeFileSync(fixture.slots, JSON.stringify(file))
      expect(() => readSlotFile(fixture.slots)).toThrow(expect.objectContaining({ code: 'vault_tampered' }))
    },
  )

  it('of a newer format are newer, whatever else the file holds', async () => {
    await writeFixtureSlots(fixture, fixtureSlotKey)
    const file = JSON.parse(readFileSync(fixture.slots, 'utf8')) as object
    for (const newer of [
      { ...file, format: 2 },
      { format: 3, else: true },
    ]) {
      writeFileSync(fixture.slots, JSON.stringify(newer))
      expect(() => readSlotFile(fixture.slots)).toThrow(expect.objectContaining({ code: 'vault_newer' }))
    }
  })

  it('are noticed to have changed when one is taken away', async () => {
    await writeFixtureSlots(fixture, recovery, fixtureSlotKey)
    const file = readSlotFile(fixture.slots)
    expect(() => checkSlotFile(file, fixtureKeys().mac)).not.toThrow()
    expect(() => checkSlotFile({ ...file, slots: file.slots.slice(1) }, fixtureKeys().mac)).toThrow(
      expect.objectContaining({ code: 'vault_tampered' }),
    )
  })

  it('are unreadable where there is no file', () => {
    expect(() => readSlotFile(fixture.slots)).toThrow(expect.objectContaining({ code: 'vault_unreadable' }))
  })

  it('are written for the owner alone, keep the file before, and hold no key in the clear', async () => {
    await writeFixtureSlots(fixture, fixtureSlotKey)
    const first = readFileSync(fixture.slots, 'utf8')
    await writeFixtureSlots(fixture, recovery)
    expect(statSync(fixture.slots).mode & 0o777).toBe(0o600)
    expect(statSync(`${fixture.slots}.bak`).mode & 0o777).toBe(0o600)
    expect(readFileSync(`${fixture.slots}.bak`, 'utf8')).toBe(first)
    expect(existsSync(`${fixture.slots}.new`)).toBe(false)
    for (const encoding of ['hex', 'base64'] as const) expect(first).not.toContain(master.toString(encoding))
  })
})
