/** Agents on this machine: found without being read, taken over, connected by an edit of their file, and put back. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { findCanaries, plantCanary } from '../peers/canary.js'
import { runGatehouse } from '../peers/command-line.js'
import { answerJson, startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { connectV1 } from '../peers/sdk-agents.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

const cursorFile = z.object({
  mcpServers: z.object({ gatehouse: z.object({ url: z.string(), headers: z.object({ Authorization: z.string() }) }) }),
})
const previewSchema = z.looseObject({
  hash: z.string(),
  diff: z.array(z.object({ kind: z.string(), text: z.string() })),
})

describe('agents on this machine', () => {
  let home: string
  let gateway: RunningGateway
  let server: RecordingServer
  const canary = plantCanary('cursor')
  const cursor = (): string => join(home, '.cursor', 'mcp.json')
  const cursorText = (): string => `{
  // what I use
  "mcpServers": {
    "Recorder": {
      "url": "${server.url}",
      "headers": { "Authorization": "Bearer ${canary.value}" }, // mine
    },
    "files": { "command": "/bin/true", "args": ["--quiet"] },
  },
}
`
  const gatehouse = async (...args: readonly string[]): Promise<Record<string, unknown>> =>
    z.record(z.string(), z.unknown()).parse(JSON.parse(await runGatehouse(gateway, ...args, '--json')))
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, text)
  }

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'gatehouse-home-'))
    server = await startRecordingServer()
    gateway = await startGateway({ env: { HOME: home, XDG_CONFIG_HOME: join(home, '.config') } })
  })
  afterAll(async () => {
    await gateway?.stop()
    await server?.close()
    await rm(home, { recursive: true, force: true })
  })

  it('are found by their files, none of which is opened', async () => {
    await put(cursor(), cursorText())
    await put(join(home, '.config', 'Code', 'User', 'mcp.json'), 'not read, so nobody minds')
    await mkdir(join(home, '.codex'))
    const before = (await stat(cursor())).atimeMs
    const text = await runGatehouse(gateway, 'agents', 'detect')
    expect(text).toMatch(/cursor\s+Cursor\s+~\/\.cursor\/mcp\.json\s+no/)
    expect(text).toMatch(/vscode\s+VS Code\s+~\/\.config\/Code\/User\/mcp\.json/)
    expect(text).toMatch(/codex\s+Codex\s+~\/\.codex\/config\.toml \(not there yet\)/)
    expect(text).not.toContain('Zed')
    expect((await stat(cursor())).atimeMs).toBe(before)
  })

  it('say first what taking their servers over would do, and do it then', async () => {
    const text = await runGatehouse(gateway, 'agents', 'import', 'cursor', '--dry-run')
    expect(text).toContain('+ mcpServers.recorder')
    expect(text).toContain('In the clear: recorder-authorization. It goes to the vault.')
    expect(text).toContain('Waits for approval: files.')
    expect(text).not.toContain(canary.value)
    expect((await gateway.api('GET', '/servers')).body).toEqual({ items: [] })
    await gatehouse('agents', 'import', 'cursor')
    const { body } = await gateway.api('GET', '/servers/recorder')
    expect(body).toMatchObject({ profile: 'cursor', app_auth: { token: { secret: 'recorder-authorization' } } })
    expect(await readFile(cursor(), 'utf8')).toBe(cursorText())
  })

  it('leave their secrets nowhere but in the vault', async () => {
    const files = await readdir(gateway.dataDir, { recursive: true, withFileTypes: true })
    for (const entry of files.filter((one) => one.isFile())) {
      const bytes = await readFile(join(entry.parentPath, entry.name))
      expect(findCanaries(bytes, [canary]), `${entry.name}`).toEqual([])
    }
    expect(findCanaries(gateway.stderr(), [canary])).toEqual([])
    for (const path of ['/servers', '/secrets', '/profiles/cursor', '/agent-configs', '/keys'])
      expect(JSON.stringify((await gateway.api('GET', path)).body)).not.toContain(canary.value)
  })

  it('are connected by lines of the gateway’s alone, call through it, and are put back byte by byte', async () => {
    const preview = previewSchema.parse(await gatehouse('agents', 'connect', 'cursor', '--dry-run'))
    expect(preview.diff.filter(({ kind }) => kind === 'removed')).toEqual([])
    expect(JSON.stringify(preview)).not.toContain(canary.value)
    expect(await readFile(cursor(), 'utf8')).toBe(cursorText())
    await gatehouse('agents', 'connect', 'cursor')
    const written = await readFile(cursor(), 'utf8')
    for (const line of cursorText().split('\n')) expect(written.split('\n')).toContain(line)
    expect((await stat(cursor())).mode & 0o777).toBe(0o600)
    const shown = (await gateway.api('GET', '/agent-configs')).body
    expect(JSON.stringify(shown)).toContain('"status":"connected"')

    const bare = written.replaceAll(/^\s*\/\/.*$|, \/\/ mine$/gm, '').replaceAll(/,(\s*[}\]])/g, '$1')
    const { url, headers } = cursorFile.parse(JSON.parse(bare)).mcpServers.gatehouse
    const key = headers.Authorization.replace('Bearer ', '')
    server.answerWith(({ json }, response) => {
      const asked = z.object({ id: z.unknown(), method: z.literal('tools/list') }).safeParse(json).data
      if (asked === undefined) return false
      const tools = [{ name: 'note', inputSchema: { type: 'object' } }]
      return answerJson(response, 200, { jsonrpc: '2.0', id: asked.id, result: { tools } })
    })
    const agent = await connectV1(url, key)
    expect(JSON.stringify(await agent.request('tools/list'))).toContain('recorder__note')
    await agent.request('tools/call', { name: 'recorder__note', arguments: {} })
    expect(server.requests.at(-1)?.json).toMatchObject({ method: 'tools/call', params: { name: 'note' } })
    expect(server.requests.at(-1)?.header('authorization')).toBe(`Bearer ${canary.value}`)
    await agent.close()
    expect(await runGatehouse(gateway, 'agents', 'detect')).toMatch(/cursor .* connected\s+20\d\d-/)

    await gatehouse('agents', 'undo', 'cursor')
    expect(await readFile(cursor(), 'utf8')).toBe(cursorText())
    await expect(connectV1(url, key)).rejects.toThrow(/unauthorized|401|credential/i)
    expect(await readdir(join(gateway.dataDir, 'agents', 'backups'))).toEqual([])
  })

  it('lose the entries that the gateway has, where that is wanted, and keep those servers when imported again', async () => {
    await runGatehouse(gateway, 'servers', 'approve', 'files')
    await gatehouse('agents', 'connect', 'cursor', '--replace')
    const written = await readFile(cursor(), 'utf8')
    expect(written).toContain('// what I use')
    expect(written).not.toContain(canary.value)
    expect(written).not.toContain('"files"')
    await put(
      cursor(),
      written.replace('"mcpServers": {', `"mcpServers": {\n    "more": { "url": "${server.url}/more" },`),
    )
    expect(await runGatehouse(gateway, 'agents', 'detect')).toMatch(/cursor .* connected/)
    await gatehouse('agents', 'import', 'cursor')
    const { body } = await gateway.api('GET', '/profiles/cursor')
    expect(Object.keys(z.object({ mcpServers: z.object({}).loose() }).parse(body).mcpServers).sort()).toEqual([
      'files',
      'more',
      'recorder',
    ])
  })

  it('are not overwritten where somebody else wrote since: neither by a late yes, nor by an undo', async () => {
    await expect(gatehouse('agents', 'undo', 'cursor')).rejects.toThrow(/has changed since Gatehouse wrote it/)
    const mine = await readFile(cursor(), 'utf8')
    const late = await gateway.api('PUT', '/agent-configs/cursor/connection', { hash: '0'.repeat(64) })
    expect(late).toMatchObject({ status: 409, body: { code: 'conflict' } })
    expect(await readFile(cursor(), 'utf8')).toBe(mine)
    const { restored } = await gatehouse('agents', 'disconnect', 'cursor')
    expect(restored).toBe(false)
    const left = await readFile(cursor(), 'utf8')
    expect(left).toContain('"more"')
    expect(left).not.toContain('gatehouse')
  })

  it('are made where they are not there, and gone again afterwards, with their folders', async () => {
    await gatehouse('agents', 'connect', 'kiro')
    const path = join(home, '.kiro', 'settings', 'mcp.json')
    expect(await readFile(path, 'utf8')).toContain('/agents/kiro/mcp')
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(home, '.kiro'))).mode & 0o777).toBe(0o700)
    await gatehouse('agents', 'undo', 'kiro')
    expect(await readdir(home)).not.toContain('.kiro')
  })

  it('are left as they are where they cannot be read, are read-only, or lie outside of the home folder', async () => {
    const vscode = join(home, '.config', 'Code', 'User', 'mcp.json')
    await expect(gatehouse('agents', 'connect', 'vscode')).rejects.toThrow(
      /mcp\.json, line 1: the file is not valid JSON/,
    )
    await put(vscode, '{ "servers": {} }')
    await chmod(vscode, 0o400)
    await expect(gatehouse('agents', 'connect', 'vscode')).rejects.toThrow(/is read-only/)
    expect(await readFile(vscode, 'utf8')).toBe('{ "servers": {} }')
    const elsewhere = await mkdtemp(join(tmpdir(), 'gatehouse-dotfiles-'))
    await put(join(elsewhere, 'lm.json'), '{}\n')
    await mkdir(join(home, '.lmstudio'))
    await symlink(join(elsewhere, 'lm.json'), join(home, '.lmstudio', 'mcp.json'))
    expect(await runGatehouse(gateway, 'agents', 'connect', 'lm-studio', '--dry-run')).toContain('outside of the home')
    await expect(gatehouse('agents', 'connect', 'lm-studio')).rejects.toThrow(/outside of the home folder/)
    await gatehouse('agents', 'connect', 'lm-studio', '--follow-link')
    expect(await readFile(join(elsewhere, 'lm.json'), 'utf8')).toContain('/agents/lm-studio/mcp')
    await gatehouse('agents', 'undo', 'lm-studio')
    expect(await readFile(join(elsewhere, 'lm.json'), 'utf8')).toBe('{}\n')
    await rm(elsewhere, { recursive: true })
    const { body } = await gateway.api('GET', '/keys')
    expect(z.object({ items: z.array(z.unknown()) }).parse(body).items).toEqual([])
  })
})
