import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createRegistry } from './create-registry.js'
import type { Registry } from './registry.js'
import { createTestVault, type TestVault } from './test-vault.js'

function setUp(clock?: () => number): { readonly vault: TestVault; readonly registry: Registry } {
  const vault = createTestVault()
  return { vault, registry: createRegistry({ vault, ...(clock === undefined ? {} : { clock }) }) }
}

const url = 'https://a.example.com/mcp'

describe('the snapshot', () => {
  it('is there while the vault is unlocked, and gone once it is locked', async () => {
    const vault = createTestVault('locked')
    const registry = createRegistry({ vault })
    const seen: boolean[] = []
    registry.onChange(() => seen.push(registry.snapshot !== undefined))
    expect(registry.snapshot).toBeUndefined()
    expect(() => registry.listKeys()).toThrow(expect.objectContaining({ code: 'vault_locked' }))
    await expect(registry.putServer('a', { url })).rejects.toMatchObject({ code: 'vault_locked' })
    await vault.unlock({ passphrase: 'test' })
    await registry.putServer('a', { url })
    expect(registry.snapshot?.servers.has('a')).toBe(true)
    await vault.lock()
    expect(registry.snapshot).toBeUndefined()
    await vault.unlock({ passphrase: 'test' })
    await registry.setSecret('x', 'y')
    expect(registry.snapshot?.servers.has('a')).toBe(true)
    expect(seen).toEqual([true, true, false, true, true])
  })

  it('is replaced as a whole: one that was taken before stays as it was', async () => {
    const { registry } = setUp()
    await registry.putServer('a', { url })
    const before = registry.snapshot
    await registry.putServer('b', { url })
    expect([...(before?.servers.keys() ?? [])]).toEqual(['a'])
    expect([...(registry.snapshot?.servers.keys() ?? [])]).toEqual(['a', 'b'])
  })

  it('holds every one of many writes at once', async () => {
    const { registry } = setUp()
    const slugs = Array.from({ length: 20 }, (_, index) => `s${index}`)
    await Promise.all(slugs.map((slug) => registry.putServer(slug, { url })))
    expect([...(registry.snapshot?.servers.keys() ?? [])]).toEqual(slugs)
    const patches = ['description', 'enabled', 'timeout_ms'].map((key, index) =>
      registry.patchServer('s0', { [key]: ['text', false, 1000][index] }),
    )
    await Promise.all(patches)
    expect(registry.snapshot?.servers.get('s0')?.resolved.config).toEqual({
      url,
      description: 'text',
      enabled: false,
      timeout_ms: 1000,
    })
  })
})

describe('a server that a person puts', () => {
  it('belongs to the profile local, or stays in its own', async () => {
    const { registry } = setUp()
    expect((await registry.putServer('a', { url })).profile).toBe('local')
    await registry.applyProfile(
      { text: `gatehouse: 1\nname: team\nmcpServers: { b: { url: "${url}" } }\n`, format: 'yaml' },
      { dryRun: false, approveCommands: false },
    )
    expect((await registry.putServer('b', { url, enabled: false })).profile).toBe('team')
    expect(registry.listProfiles().map(({ name }) => name)).toEqual(['local', 'team'])
  })

  it('has its secrets bound at once, and its command still to be approved', async () => {
    const { vault, registry } = setUp()
    await registry.setSecret('key', 'v')
    const auth = { app_auth: { type: 'bearer', token: { secret: 'key' } } }
    await registry.putServer('a', { url, ...auth })
    const second = await registry.putServer('b', { url: 'https://b.example.com/mcp', ...auth })
    expect(second.disabledReason).toBeUndefined()
    expect(await vault.secrets.open('key', undefined, 'https://b.example.com')).toMatchObject({ outcome: 'value' })
    expect((await registry.putServer('c', { command: 'npx' })).disabledReason).toContain('gatehouse servers approve c')
  })

  it('is told every fault at once, by the path in its own input', async () => {
    const { vault, registry } = setUp()
    await expect(
      registry.putServer('a', { uri: url, app_auth: { type: 'bearer', token: 'plain' } }),
    ).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [
        { path: 'app_auth.token' },
        { path: 'uri', message: expect.stringContaining('did you mean "url"?') },
        { path: 'url' },
      ],
    })
    await expect(registry.putServer('Not A Slug', { url })).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ path: 'slug' }],
    })
    await expect(
      registry.putServer('a', { url, outbound_headers: [{ type: 'custom', header: 'host', value: 'x' }] }),
    ).rejects.toMatchObject({ code: 'header_conflict' })
    expect(vault.writes).toBe(0)
  })

  it('can be sent back as it was answered', async () => {
    const { registry } = setUp()
    const state = { status: 'ready' }
    const { resolved } = await registry.putServer('a', {
      url,
      slug: 'a',
      profile: 'local',
      state,
      createdAt: 'x',
      updatedAt: 'y',
    })
    expect(resolved.config).toEqual({ url })
  })

  it('is patched by its top-level keys, null removing one', async () => {
    const { registry } = setUp()
    await registry.putServer('a', { url, description: 'old', timeout_ms: 1000 })
    const { resolved, disabledReason } = await registry.patchServer('a', { description: null, enabled: false })
    expect(resolved.config).toEqual({ url, timeout_ms: 1000, enabled: false })
    expect(disabledReason).toContain('set `enabled: true`')
    await expect(registry.patchServer('b', {})).rejects.toMatchObject({ code: 'unknown_server' })
    await expect(registry.patchServer('a', { url: null })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  it('is gone once it is removed', async () => {
    const { registry } = setUp()
    await registry.putServer('a', { url })
    await registry.removeServer('a')
    expect(registry.snapshot?.servers.has('a')).toBe(false)
    await expect(registry.removeServer('a')).rejects.toMatchObject({ code: 'unknown_server' })
    await expect(registry.approveServer('a')).rejects.toMatchObject({ code: 'unknown_server' })
  })
})

describe('secrets', () => {
  it('are listed with who uses them, and never with their value', async () => {
    const { registry } = setUp()
    await registry.putServer('a', {
      url,
      outbound_headers: [{ type: 'stored_credential', header: 'X-K', secret: 'key', scope: 'user' }],
    })
    await registry.setSecret('key', 'canary', 'alice')
    await registry.setSecret('other', 'canary')
    const items = await registry.listSecrets()
    expect(items).toMatchObject([
      {
        name: 'key',
        subject: 'alice',
        usedBy: ['mcpServers.a.outbound_headers[0].secret'],
        destinations: ['https://a.example.com'],
      },
      { name: 'other', usedBy: [], destinations: [] },
    ])
    expect(JSON.stringify(items)).not.toContain('canary')
  })

  it('are refused without a value, beyond 64 KiB, or under a name that is none', async () => {
    const { vault, registry } = setUp()
    await expect(registry.setSecret('x', '')).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ path: 'value' }],
    })
    await expect(registry.setSecret('x', 'ä'.repeat(32_769))).rejects.toMatchObject({ errors: [{ path: 'value' }] })
    await expect(registry.setSecret('a b', 'v')).rejects.toMatchObject({ errors: [{ path: 'name' }] })
    expect(vault.writes).toBe(0)
  })

  it('are removed by name and subject', async () => {
    const { registry } = setUp()
    await registry.setSecret('x', 'v')
    await expect(registry.removeSecret('x', 'alice')).rejects.toMatchObject({ code: 'not_found' })
    await registry.removeSecret('x')
    expect(await registry.listSecrets()).toEqual([])
  })
})

describe('keys', () => {
  it('are given out once and kept as their hash', async () => {
    const { vault, registry } = setUp()
    const { key, summary } = await registry.addKey({ name: 'laptop', servers: ['not-there-yet'] })
    expect(key).toMatch(/^gh_sk_[A-Za-z0-9_-]{43}$/)
    expect(summary).toMatchObject({
      name: 'laptop',
      kind: 'service',
      subject: 'local',
      hint: key.slice(-4),
      servers: ['not-there-yet'],
    })
    expect(summary.id).toMatch(/^key_[0-9a-f]{16}$/)
    const hash = createHash('sha256').update(key).digest('hex')
    expect(registry.snapshot?.keysByHash.get(hash)?.id).toBe(summary.id)
    expect(JSON.stringify([registry.listKeys(), await vault.gatewayKeys.list()])).not.toContain(key)
    expect(JSON.stringify(registry.listKeys())).not.toContain(hash)
  })

  it('of other products become service keys or legacy tokens, and ours are refused', async () => {
    const { registry } = setUp()
    expect(await registry.importKey({ name: 'old', key: 'hf_sk_12345678' })).toMatchObject({
      kind: 'service',
      hint: '5678',
    })
    expect(await registry.importKey({ name: 'older', key: 'legacy-1' })).toMatchObject({ kind: 'legacy' })
    for (const key of ['gh_sk_12345678', 'short', 'with a space'])
      await expect(registry.importKey({ name: 'x', key })).rejects.toMatchObject({
        code: 'invalid_input',
        errors: [{ path: 'key' }],
      })
    await expect(registry.importKey({ name: 'again', key: 'legacy-1' })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('are refused with names of servers that are no slugs, and unknown fields', async () => {
    const { registry } = setUp()
    await expect(registry.addKey({ name: '', servers: ['A B'], expiresAt: 'soon' })).rejects.toMatchObject({
      code: 'invalid_input',
      errors: [{ path: 'name' }, { path: 'servers[0]' }, { path: 'expiresAt' }],
    })
  })

  it('are unknown once they are revoked, and stay listed once they have expired', async () => {
    const { registry } = setUp()
    const expired = await registry.addKey({ name: 'old', expiresAt: '2020-01-01T00:00:00Z' })
    const { summary } = await registry.addKey({ name: 'x' })
    await registry.revokeKey(summary.id)
    expect(registry.listKeys().map(({ id }) => id)).toEqual([expired.summary.id])
    expect(registry.snapshot?.keysByHash.size).toBe(1)
    await expect(registry.revokeKey(summary.id)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('show their last use at once, and the vault knows it after closing', async () => {
    const { vault, registry } = setUp(() => Date.UTC(2026, 0, 2))
    const { summary } = await registry.addKey({ name: 'x' })
    registry.noteKeyUse(summary.id)
    registry.noteKeyUse(summary.id)
    expect(registry.listKeys()[0]?.lastUsedAt).toBe('2026-01-02T00:00:00.000Z')
    const before = vault.writes
    await registry.close()
    expect(vault.writes).toBe(before + 1)
    expect((await vault.gatewayKeys.list())[0]?.lastUsedAt).toBe('2026-01-02T00:00:00.000Z')
  })
})

describe('agents', () => {
  it('are the names that keys carry', async () => {
    const { registry } = setUp()
    const { key, summary } = await registry.addAgent('cursor')
    expect(key).toMatch(/^gh_sk_/)
    expect(summary).toMatchObject({ name: 'cursor', agent: 'cursor' })
    await registry.addKey({ name: 'second', agent: 'cursor' })
    await registry.addKey({ name: 'none' })
    expect(registry.listAgents().map(({ name, keys }) => [name, keys.map((one) => one.name)])).toEqual([
      ['cursor', ['cursor', 'second']],
    ])
    await expect(registry.addAgent('cursor')).rejects.toMatchObject({ code: 'conflict' })
    await expect(registry.addAgent('Not A Slug')).rejects.toMatchObject({ code: 'invalid_input' })
  })

  it('are removed with all their keys, and no other', async () => {
    const { registry } = setUp()
    await registry.addAgent('cursor')
    await registry.addKey({ name: 'second', agent: 'cursor' })
    await registry.addKey({ name: 'other' })
    await registry.removeAgent('cursor')
    expect(registry.listAgents()).toEqual([])
    expect(registry.listKeys().map(({ name }) => name)).toEqual(['other'])
    expect(registry.snapshot?.keysByHash.size).toBe(1)
    await expect(registry.removeAgent('cursor')).rejects.toMatchObject({ code: 'not_found' })
  })
})
