import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openVault } from '../vault/open-vault.js'
import { createRegistry } from './create-registry.js'

const passphrase = 'correct horse battery'

describe('the registry over the vault on disk', () => {
  let dataDir = ''
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-registry-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true }))

  it('has after a restart what was written before, and nothing while the vault is locked', async () => {
    const vault = await openVault({ dataDir })
    const registry = createRegistry({ vault })
    await vault.create({ passphrase })
    const text = JSON.stringify({
      mcpServers: {
        a: { url: 'https://a.example.com/mcp', headers: { Authorization: 'Bearer one' } },
        files: { command: 'npx', args: ['-y', 'x'] },
      },
    })
    const options = { dryRun: false, approveCommands: true }
    expect(await registry.applyProfile({ text, format: 'json', name: 'mine' }, options)).toMatchObject({
      pendingApproval: [],
      storedSecrets: ['a-authorization'],
    })
    const { key, summary } = await registry.addKey({ name: 'laptop', subject: 'me' })
    registry.noteKeyUse(summary.id)
    const before = registry.snapshot
    const exported = registry.exportProfile('mine').yaml
    await vault.lock()
    expect(registry.snapshot).toBeUndefined()
    await registry.close()
    await vault.close()

    const reopened = await openVault({ dataDir })
    const again = createRegistry({ vault: reopened })
    await reopened.unlock({ passphrase })
    // A write waits for the loading that the unlocking began.
    await again.setSecret('other', 'two')
    expect(again.snapshot?.servers).toEqual(before?.servers)
    expect(again.snapshot?.keysByHash).toEqual(before?.keysByHash)
    expect(again.exportProfile().yaml).toBe(exported)
    expect(await again.exportSecrets('mine')).toEqual([{ name: 'a-authorization', value: 'one' }])
    expect(await reopened.secrets.open('a-authorization', undefined, 'https://b.example.com')).toEqual({
      outcome: 'not_approved',
    })
    await expect(again.importKey({ name: 'same', key: `hf_sk_${key}` })).resolves.toMatchObject({ kind: 'service' })
    await again.close()
    await reopened.close()
  })
})
