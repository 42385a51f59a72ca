/** The feature over a real registry and real files, in a home folder of its own. */
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRegistry } from '../registry/create-registry.js'
import type { Registry } from '../registry/registry.js'
import { createTestVault } from '../registry/test-vault.js'
import type { AgentConfigs } from './agent-configs.js'
import { createConnectionRecords } from './connection-records.js'
import { createAgentConfigs } from './create-agent-configs.js'
import type { Machine } from './machine.js'

const dataUrl = 'http://127.0.0.1:4283'
const day = 24 * 60 * 60_000

let home: string
let machine: Machine
let registry: Registry
let agents: AgentConfigs
let now: number
let close: () => Promise<void>

/** The feature, as after a start. */
function start(url = dataUrl): AgentConfigs {
  const records = createConnectionRecords(join(home, 'data'), machine)
  return createAgentConfigs({ machine, records, dataUrl: url, registry, clock: () => now })
}

async function put(path: string, text: string | Uint8Array): Promise<string> {
  const whole = join(home, path)
  await mkdir(dirname(whole), { recursive: true })
  await writeFile(whole, text)
  return whole
}
const read = (path: string): Promise<string> => readFile(join(home, path), 'utf8')
const connect = async (app: 'cursor' | 'vscode' | 'codex' | 'goose' | 'opencode' | 'gemini', more = {}) => {
  const { hash } = await agents.preview(app, more)
  return agents.connect(app, { ...more, hash })
}
const statusOf = async (app: string) => (await agents.list()).find((one) => one.app === app)?.connection?.status

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'gatehouse-agents-'))
  machine = { home, platform: 'linux', env: {} }
  now = Date.parse('2026-11-21T12:00:00Z')
  const vault = createTestVault('uninitialized')
  registry = createRegistry({ vault, clock: () => now })
  await vault.create({ passphrase: 'anything' })
  agents = start()
  close = async () => {
    await registry.close()
    await rm(home, { recursive: true })
  }
})
afterEach(() => close())

describe('finding agents', () => {
  it('knows where each system keeps them, and what the environment says otherwise', async () => {
    await put('.cursor/mcp.json', '{}')
    await put('Library/Application Support/Claude/claude_desktop_config.json', '{}')
    await put('elsewhere/config.toml', '')
    machine = {
      home,
      platform: 'darwin',
      env: { CODEX_HOME: join(home, 'elsewhere'), XDG_CONFIG_HOME: 'not absolute' },
    }
    agents = start()
    expect((await agents.list()).map(({ app, path, exists }) => [app, path, exists])).toEqual([
      ['claude-desktop', '~/Library/Application Support/Claude/claude_desktop_config.json', true],
      ['cursor', '~/.cursor/mcp.json', true],
      ['codex', '~/elsewhere/config.toml', true],
    ])
  })

  it('takes a folder without a file for an agent, and a file that shadows another for the one', async () => {
    await mkdir(join(home, '.gemini'))
    await put('.config/opencode/opencode.json', '{}')
    await put('.config/opencode/opencode.jsonc', '{}')
    expect((await agents.list()).map(({ app, path, exists }) => [app, path, exists])).toEqual([
      ['gemini', '~/.gemini/settings.json', false],
      ['opencode', '~/.config/opencode/opencode.jsonc', true],
    ])
  })
})

describe('importing', () => {
  it('leaves out this gateway, what it has already, and what cannot be read, and takes the rest', async () => {
    await registry.putServer('same', { url: 'https://mcp.example.com/same' })
    await registry.putServer('taken', { url: 'https://mcp.example.com/other' })
    await put(
      '.cursor/mcp.json',
      JSON.stringify({
        mcpServers: {
          gatehouse: { url: `${dataUrl}/agents/cursor/mcp` },
          bridged: { command: 'npx', args: ['mcp-remote', 'http://localhost:4283/mcp/x'] },
          Same: { url: 'https://mcp.example.com/same/' },
          taken: { url: 'https://mcp.example.com/taken' },
          broken: { headers: {} },
          '!': { url: 'https://mcp.example.com/' },
        },
      }),
    )
    const [item] = await agents.import({ sources: [{ app: 'cursor' }] })
    expect(item?.imported).toEqual([{ name: 'taken', slug: 'taken-cursor' }])
    expect(Object.fromEntries(item?.leftOut.map(({ name, reason }) => [name, reason]) ?? [])).toEqual({
      gatehouse: 'It is this gateway.',
      bridged: 'It is this gateway.',
      Same: 'The gateway has it already, as same of the profile local.',
      broken: expect.stringContaining('expected the URL'),
      '!': 'Its name has no letter and no digit.',
    })
    expect(registry.snapshot?.servers.get('taken-cursor')?.profile).toBe('cursor')
  })

  it('makes one server of one that two agents have, in a dry run as when it is done', async () => {
    const shared = { url: 'https://mcp.example.com/mcp' }
    await put('.cursor/mcp.json', JSON.stringify({ mcpServers: { docs: shared } }))
    await put(
      '.config/Code/User/mcp.json',
      JSON.stringify({ servers: { Docs: { type: 'http', ...shared }, docs2: { url: 'https://b.example.com' } } }),
    )
    const sources = [{ app: 'cursor' }, { app: 'vscode' }] as const
    const dry = await agents.import({ sources: [...sources], dryRun: true })
    expect(registry.snapshot?.servers.size).toBe(0)
    const done = await agents.import({ sources: [...sources] })
    expect(done.map(({ imported }) => imported)).toEqual(dry.map(({ imported }) => imported))
    expect([...(registry.snapshot?.servers.keys() ?? [])].sort()).toEqual(['docs', 'docs2'])
  })

  it('reads forms of their own', async () => {
    await put(
      '.config/goose/config.yaml',
      'extensions:\n  memory: { type: builtin, enabled: true }\n  files:\n    type: stdio\n    cmd: npx\n    args: [-y, files]\n    enabled: false\n    env_keys: [FILES_TOKEN]\n',
    )
    await put(
      '.config/opencode/opencode.json',
      '{ "mcp": { "b": { "type": "local", "command": ["npx", "b"], "environment": { "K": "{env:B_KEY}" } } } }',
    )
    await put(
      '.config/zed/settings.json',
      '{ "context_servers": { "x": { "source": "extension", "settings": {} }, "c": { "command": { "path": "npx", "args": ["c"] } } } }',
    )
    await put(
      '.gemini/settings.json',
      '{ "mcpServers": { "d": { "httpUrl": "https://d.example.com/mcp", "headers": { "X-Key": "$D_KEY" } }, "e": { "url": "https://e.example.com/x" } } }',
    )
    const items = await agents.import({
      sources: [{ app: 'goose' }, { app: 'opencode' }, { app: 'zed' }, { app: 'gemini' }],
    })
    expect(items.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined, undefined])
    const server = (slug: string) => registry.snapshot?.servers.get(slug)?.resolved.config
    expect(server('files')).toMatchObject({
      command: 'npx',
      args: ['-y', 'files'],
      enabled: false,
      env: { FILES_TOKEN: { secret: 'FILES_TOKEN' } },
    })
    expect(server('b')).toMatchObject({ command: 'npx', args: ['b'], env: { K: { secret: 'B_KEY' } } })
    expect(server('c')).toMatchObject({ command: 'npx', args: ['c'] })
    expect(server('d')).toMatchObject({
      url: 'https://d.example.com/mcp',
      outbound_headers: [{ header: 'X-Key', value: { secret: 'D_KEY' } }],
    })
    expect(server('e')).toMatchObject({ transport: 'sse' })
    expect(items.flatMap(({ leftOut }) => leftOut.map(({ name }) => name))).toEqual(['memory', 'x'])
  })

  it('tells of a file that changed since it was looked at, or is broken, and goes on with the others', async () => {
    await put('.cursor/mcp.json', '{ "mcpServers": { "a": { "url": "https://a.example.com" } } }')
    const [looked] = await agents.import({ sources: [{ app: 'cursor' }], dryRun: true })
    await put('.cursor/mcp.json', '{ "mcpServers": { "a": { "command": "rm" } } }')
    await put('.gemini/settings.json', '{\n "mcpServers": {\n')
    await put('.lmstudio/mcp.json', '{ "mcpServers": { "c": { "url": "https://c.example.com" } } }')
    const items = await agents.import({
      sources: [{ app: 'cursor', hash: looked?.hash }, { app: 'gemini' }, { app: 'codex' }, { app: 'lm-studio' }],
      approveCommands: true,
    })
    expect(items.map(({ problem }) => [problem?.code, problem?.line])).toEqual([
      ['conflict', undefined],
      ['invalid_input', 3],
      ['not_supported', undefined],
      [undefined, undefined],
    ])
    expect([...(registry.snapshot?.servers.keys() ?? [])]).toEqual(['c'])
  })
})

describe('connecting', () => {
  const original = '{\n  "mcpServers": {\n    "a": { "url": "https://a.example.com/mcp" }\n  }\n}\n'

  it('shows what is not its own masked', async () => {
    await put(
      '.cursor/mcp.json',
      '{\n  "mcpServers": {\n    "a": { "url": "https://u:canary-one@a.example.com/?k=canary-two", "env": { "K": "canary-three" } } // canary-four\n  }\n}\n',
    )
    const { diff } = await agents.preview('cursor', {})
    const text = diff.map((line) => line.text).join('\n')
    expect(text).not.toContain('canary')
    expect(text).toContain('"a": { "url": "https://a.example.com/?****", "env": { "K": "****"')
    expect(diff.filter(({ kind }) => kind === 'added').map((line) => line.text.trim())).toEqual([
      '"gatehouse": {',
      `"url": "${dataUrl}/agents/cursor/mcp",`,
      '"headers": {',
      '"Authorization": "Bearer ********"',
      '}',
      '},',
    ])
  })

  it('takes the environment where it is asked to, and tells the key once', async () => {
    const { key, config } = await connect('cursor', { keyFrom: 'environment' })
    expect(key).toMatch(/^gh_sk_/)
    expect(await read('.cursor/mcp.json')).toContain('Bearer ${env:GATEHOUSE_KEY}')
    expect(config.connection?.status).toBe('connected')
    await expect(agents.preview('vscode', { keyFrom: 'environment' })).rejects.toMatchObject({ code: 'invalid_input' })
  })

  it('writes TOML and YAML, and the second form of opencode', async () => {
    await put('.codex/config.toml', 'model = "x"\n')
    await put('.config/opencode/opencode.json', '{ "mcp": { "servers": {} } }')
    for (const app of ['codex', 'goose', 'opencode'] as const) {
      await connect(app)
      expect(await statusOf(app), `${app}`).toBe('connected')
    }
    expect(await read('.codex/config.toml')).toMatch(
      /^model = "x"\n\n\[mcp_servers\.gatehouse\]\nurl = .*\nhttp_headers = \{ Authorization = "Bearer gh_sk_/,
    )
    expect(JSON.parse(await read('.config/opencode/opencode.json'))).toMatchObject({
      mcp: { servers: { gatehouse: { oauth: false } } },
    })
    expect(await read('.config/opencode/opencode.json')).not.toContain('enabled')
    for (const app of ['codex', 'goose', 'opencode'] as const) expect((await agents.undo(app)).restored).toBe(true)
    expect(await read('.codex/config.toml')).toBe('model = "x"\n')
    expect(registry.listKeys()).toEqual([])
  })

  it('makes another key when it is done again, and undoes to what was before the first', async () => {
    await put('.cursor/mcp.json', original)
    const first = await connect('cursor')
    const second = await connect('cursor')
    expect(registry.listKeys().map(({ id }) => id)).toEqual([second.keyId])
    expect(second.keyId).not.toBe(first.keyId)
    await agents.undo('cursor')
    expect(await read('.cursor/mcp.json')).toBe(original)
  })

  it('sees after a restart what became of its entry', async () => {
    const path = await put('.cursor/mcp.json', original)
    await connect('cursor')
    const written = await read('.cursor/mcp.json')
    agents = start()
    expect(await statusOf('cursor')).toBe('connected')
    for (const [text, status] of [
      [`${written} `, 'connected'],
      [written.replace('/agents/cursor/mcp', '/agents/other/mcp'), 'changed'],
      [original, 'removed'],
      ['{', 'unreadable'],
    ] as const) {
      await writeFile(path, text)
      expect(await statusOf('cursor')).toBe(status)
    }
    await writeFile(path, written)
    agents = start('http://127.0.0.1:9999')
    expect(await statusOf('cursor')).toBe('other_address')
    agents = start()
    const [key] = registry.listKeys()
    await registry.revokeKey(key?.id ?? '')
    expect(await statusOf('cursor')).toBe('key_revoked')
    await rm(path)
    expect(await statusOf('cursor')).toBe('removed')
    await agents.disconnect('cursor')
    expect(await statusOf('cursor')).toBeUndefined()
  })

  it('keeps an entry that somebody made their own when it disconnects', async () => {
    await put('.cursor/mcp.json', original)
    await connect('cursor')
    const mine = '{ "mcpServers": { "gatehouse": { "url": "https://mine.example.com" } } }'
    await put('.cursor/mcp.json', mine)
    expect(await agents.disconnect('cursor')).toMatchObject({ restored: false })
    expect(await read('.cursor/mcp.json')).toBe(mine)
  })

  it('loses nothing where the file changes under its hands', async () => {
    await put('.cursor/mcp.json', original)
    const { hash } = await agents.preview('cursor', {})
    await put('.cursor/mcp.json', `${original}\n`)
    await expect(agents.connect('cursor', { hash })).rejects.toMatchObject({ code: 'conflict' })
    const looked = await agents.preview('cursor', {})
    const addKey = registry.addKey.bind(registry)
    // Somebody writes after the last look, as the key is made.
    const late = createAgentConfigs({
      machine,
      records: createConnectionRecords(join(home, 'data'), machine),
      dataUrl,
      clock: () => now,
      registry: {
        ...registry,
        addKey: async (key) => {
          await put('.cursor/mcp.json', 'theirs')
          return addKey(key)
        },
      },
    })
    await expect(late.connect('cursor', { hash: looked.hash })).rejects.toMatchObject({ code: 'conflict' })
    expect(await read('.cursor/mcp.json')).toBe('theirs')
    expect(registry.listKeys()).toEqual([])
    expect(await statusOf('cursor')).toBeUndefined()
  })

  it('leaves a file that it may not write, cannot read, or that is none', async () => {
    const path = await put('.cursor/mcp.json', original)
    await chmod(path, 0o444)
    await expect(connect('cursor')).rejects.toMatchObject({
      code: 'conflict',
      detail: '~/.cursor/mcp.json is read-only.',
    })
    expect(await read('.cursor/mcp.json')).toBe(original)
    await put('.gemini/settings.json', Uint8Array.of(0x7b, 0xff, 0x7d))
    await expect(connect('gemini')).rejects.toThrow('is not UTF-8 text')
    await mkdir(join(home, '.config/Code/User'), { recursive: true })
    await symlink(join(home, 'nowhere.json'), join(home, '.config/Code/User/mcp.json'))
    await expect(connect('vscode')).rejects.toThrow('leads nowhere')
    expect(registry.listKeys()).toEqual([])
  })

  it('follows a link to the file and leaves the link', async () => {
    await put('dotfiles/cursor.json', original)
    await mkdir(join(home, '.cursor'))
    await symlink('../dotfiles/cursor.json', join(home, '.cursor/mcp.json'))
    expect(await agents.preview('cursor', {})).toMatchObject({ realPath: '~/dotfiles/cursor.json', isOutside: false })
    await connect('cursor')
    expect(await read('dotfiles/cursor.json')).toContain('gatehouse')
    await agents.undo('cursor')
    expect(await read('dotfiles/cursor.json')).toBe(original)
  })

  it('keeps the file as it was for 30 days', async () => {
    const path = await put('.cursor/mcp.json', original)
    await chmod(path, 0o644)
    await connect('cursor')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(home, 'data/agents/connections.json'))).mode & 0o777).toBe(0o600)
    now += 31 * day
    agents = start()
    expect((await agents.list())[0]?.connection).toMatchObject({ status: 'connected', canUndo: false })
    await expect(agents.undo('cursor')).rejects.toMatchObject({ code: 'conflict' })
    expect(await agents.disconnect('cursor')).toMatchObject({ restored: false })
    expect(await read('.cursor/mcp.json')).toBe(original)
  })

  it('takes out entries only of servers that can be called', async () => {
    await put(
      '.cursor/mcp.json',
      '{ "mcpServers": { "a": { "url": "https://a.example.com" }, "b": { "command": "/bin/true" } } }',
    )
    expect((await agents.preview('cursor', { replace: true })).replaced).toEqual([])
    await agents.import({ sources: [{ app: 'cursor' }] })
    expect((await agents.preview('cursor', { replace: true })).replaced).toEqual(['a'])
    await registry.approveServer('b')
    expect((await agents.preview('cursor', { replace: true })).replaced).toEqual(['a', 'b'])
  })
})
