import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { agentPrograms, agentSetup, type AgentProgram } from './agent-setup.js'

const url = 'http://127.0.0.1:4283/agents/mine/mcp'
const key = 'gh_sk_canary'
const setupOf = (program: AgentProgram) => agentSetup(program, { url, key })
const textOf = (program: AgentProgram, kind: string, nth = 0): string =>
  setupOf(program).steps.filter((step) => step.kind === kind)[nth]?.text ?? `no ${kind}`
const jsonOf = (program: AgentProgram, nth = 0): unknown => JSON.parse(textOf(program, 'file', nth))

describe('agentSetup', () => {
  it.each(agentPrograms)('%s is told the address, and the key only where it must be in the file', (program) => {
    const { keyFrom, steps } = setupOf(program)
    const all = steps.map(({ text }) => decodeURIComponent(text)).join('\n')
    const unpacked = /config=([\w+/=]+)/.exec(all)?.[1]
    expect(all + (unpacked === undefined ? '' : atob(unpacked))).toContain(url)
    expect(all.includes(key)).toBe(keyFrom === 'file')
    for (const step of steps) expect(step.holdsKey).toBe(step.text.includes(key))
  })

  it.each(agentPrograms)('every JSON of %s is JSON', (program) => {
    for (const { language, text } of setupOf(program).steps)
      if (language === 'json') expect(() => JSON.parse(text)).not.toThrow()
  })

  it('Claude Code expands the variable itself', () => {
    const headers = { Authorization: 'Bearer ${GATEHOUSE_KEY}' }
    expect(jsonOf('claude-code')).toEqual({ mcpServers: { gatehouse: { type: 'http', url, headers } } })
    expect(textOf('claude-code', 'command')).toBe(
      `claude mcp add --transport http --scope user gatehouse ${url} --header 'Authorization: Bearer \${GATEHOUSE_KEY}'`,
    )
  })

  it('Cursor takes the same from its link as from its file', () => {
    const config = { url, headers: { Authorization: 'Bearer ${env:GATEHOUSE_KEY}' } }
    expect(jsonOf('cursor')).toEqual({ mcpServers: { gatehouse: config } })
    const link = new URL(textOf('cursor', 'link'))
    expect(`${link.protocol}//${link.host}${link.pathname}`).toBe('cursor://anysphere.cursor-deeplink/mcp/install')
    expect(link.searchParams.get('name')).toBe('gatehouse')
    expect(JSON.parse(atob(link.searchParams.get('config') ?? ''))).toEqual(config)
  })

  it('VS Code asks for the key, and keeps it itself', () => {
    const config = { type: 'http', url, headers: { Authorization: 'Bearer ${input:gatehouse}' } }
    const inputs = [{ type: 'promptString', id: 'gatehouse', description: 'Gatehouse key', password: true }]
    expect(jsonOf('vscode')).toEqual({ servers: { gatehouse: config }, inputs })
    const [scheme, query = ''] = textOf('vscode', 'link').split('?')
    expect(scheme).toBe('vscode:mcp/install')
    expect(JSON.parse(decodeURIComponent(query))).toEqual({ name: 'gatehouse', ...config, inputs })
  })

  it('Codex reads the key from a variable, never from an inline token or "headers", which it ignores', () => {
    expect(textOf('codex', 'file')).toBe(
      `[mcp_servers.gatehouse]\nurl = "${url}"\nbearer_token_env_var = "GATEHOUSE_KEY"\n`,
    )
    expect(textOf('codex', 'command')).toBe(`codex mcp add gatehouse --url ${url} --bearer-token-env-var GATEHOUSE_KEY`)
  })

  it('Windsurf has two files, with a key of another name for the address', () => {
    const headers = { Authorization: 'Bearer ${env:GATEHOUSE_KEY}' }
    expect(jsonOf('windsurf')).toEqual({ mcpServers: { gatehouse: { serverUrl: url, headers } } })
    expect(jsonOf('windsurf', 1)).toEqual({ mcpServers: { gatehouse: { url, headers } } })
  })

  it('Claude Desktop, which speaks stdio only, gets a bridge, without a space after the colon', () => {
    expect(jsonOf('claude-desktop')).toEqual({
      mcpServers: {
        gatehouse: {
          command: 'npx',
          args: ['-y', 'mcp-remote', url, '--header', 'Authorization:${GATEHOUSE_AUTHORIZATION}'],
          env: { GATEHOUSE_AUTHORIZATION: `Bearer ${key}` },
        },
      },
    })
  })

  it('others have names of their own for the same things', () => {
    const plain = { Authorization: `Bearer ${key}` }
    expect(jsonOf('gemini')).toEqual({
      mcpServers: { gatehouse: { httpUrl: url, headers: { Authorization: 'Bearer $GATEHOUSE_KEY' }, timeout: 30_000 } },
    })
    expect(jsonOf('zed')).toEqual({ context_servers: { gatehouse: { url, headers: plain } } })
    expect(jsonOf('cline')).toMatchObject({ mcpServers: { gatehouse: { type: 'streamableHttp', headers: plain } } })
    expect(jsonOf('opencode')).toMatchObject({
      mcp: { gatehouse: { type: 'remote', url, headers: { Authorization: 'Bearer {env:GATEHOUSE_KEY}' } } },
    })
    expect(parse(textOf('goose', 'file'))).toMatchObject({
      extensions: { gatehouse: { type: 'streamable_http', uri: url, headers: plain, enabled: true } },
    })
    expect(jsonOf('other')).toEqual({ mcpServers: { gatehouse: { type: 'http', url, headers: plain } } })
  })
})
