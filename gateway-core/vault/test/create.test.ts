import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { VaultThread } from '../vault-thread.js'
import { fixtureSlotKey, fixtureVaultId, makeDirectory, type FixtureDirectory } from './vault-fixture.js'

let fixture: FixtureDirectory
let thread: VaultThread

beforeEach(() => {
  fixture = makeDirectory()
  thread = new VaultThread({
    createMasker: () => ({ maskBatch: (batch) => batch, maskJson: (text) => text }),
    readBatch: () => [],
    readFacets: () => [],
  })
})
afterEach(() => {
  thread.close()
  fixture.remove()
})

it('finishes at unlock a vault whose making was interrupted before its database had its name', async () => {
  await thread.create(fixture, fixtureVaultId, { ...fixtureSlotKey })
  thread.close()
  renameSync(fixture.database, `${fixture.database}.new`)
  await thread.unlock(fixture, { ...fixtureSlotKey })
  expect(thread.listSecrets()).toEqual([])
  expect(existsSync(`${fixture.database}.new`)).toBe(false)
})

it('makes a vault anew where the making of one was interrupted before it had slots', async () => {
  writeFileSync(`${fixture.database}.new`, 'half a database')
  await thread.create(fixture, fixtureVaultId, { ...fixtureSlotKey })
  expect(thread.listSecrets()).toEqual([])
})

it('is not made where there is a part of one', async () => {
  await thread.create(fixture, fixtureVaultId, { ...fixtureSlotKey })
  thread.close()
  rmSync(fixture.database)
  await expect(thread.create(fixture, fixtureVaultId, { ...fixtureSlotKey })).rejects.toMatchObject({
    code: 'conflict',
  })
})
