/**
 * How each agent is told of the gateway: the file, command or link that it takes, with an address and a key in it. Pure.
 * Formats are those of the agents' own documentation. Where an agent reads its key from somewhere else than the file, the
 * file refers to it there and holds no key.
 */
import { agentAppNames, agentEntry, entryName as entry, type AgentEntry } from './agent-entry.js'

export const agentPrograms = [
  'claude-code',
  'cursor',
  'vscode',
  'codex',
  'windsurf',
  'claude-desktop',
  'gemini',
  'zed',
  'cline',
  'goose',
  'opencode',
  'antigravity',
  'kiro',
  'lm-studio',
  'copilot',
  'roo',
  'amp',
  'factory',
  'other',
] as const
export type AgentProgram = (typeof agentPrograms)[number]

export const agentProgramNames: Readonly<Record<AgentProgram, string>> = { ...agentAppNames, other: 'Other' }

/** Key of an agent's `urls` for all servers as one; no slug is like it. */
export const allServers = '*'

/** Of the variable that agents read the key from. */
export const keyVariable = 'GATEHOUSE_KEY'

export interface AgentAddress {
  /** What the agent calls: `http://127.0.0.1:4283/agents/cursor/mcp`. */
  readonly url: string
  /** The gateway key. */
  readonly key: string
}

export interface SetupStep {
  /** A part of a file; a line for a terminal; a link that opens the agent; a value to paste somewhere. */
  readonly kind: 'file' | 'command' | 'link' | 'value'
  readonly language: 'json' | 'toml' | 'yaml' | 'shell' | 'text'
  /** The file's place, or what a value is. */
  readonly where?: string
  readonly text: string
  /** Whether the key itself is in the text. */
  readonly holdsKey: boolean
}

export interface AgentSetup {
  readonly program: AgentProgram
  /**
   * How the agent gets the key: from a variable of its environment; it asks for it and keeps it itself; or it is in the
   * file in the clear, as the agent knows no other way.
   */
  readonly keyFrom: 'environment' | 'prompt' | 'file'
  /** Ways that do the same; one of them is enough, the first is the one to take. */
  readonly steps: readonly SetupStep[]
  /** Whether the agent has to be started again. */
  readonly restart: boolean
}

type Shape = Omit<AgentSetup, 'program' | 'steps'> & {
  readonly steps: readonly Omit<SetupStep, 'holdsKey'>[]
}

/** The setup of one agent. @returns nothing of the key where `keyFrom` is not `file`, but in values to copy */
export function agentSetup(program: AgentProgram, address: AgentAddress): AgentSetup {
  const { steps, ...shape } = shapes[program](address)
  return { program, ...shape, steps: steps.map((step) => ({ ...step, holdsKey: step.text.includes(address.key) })) }
}

/** What a terminal takes to set the variable that holds the key. */
export function exportKey(key: string): string {
  return `export ${keyVariable}=${key}`
}

/** The entry, with a key, or what stands for one, in its header. */
function entryWith(app: Parameters<typeof agentEntry>[0], url: string, key: string): AgentEntry {
  return agentEntry(app, { url, authorization: `Bearer ${key}` })
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

function file(where: string, content: unknown): Omit<SetupStep, 'holdsKey'> {
  return { kind: 'file', language: 'json', where, text: pretty(content) }
}

function command(text: string): Omit<SetupStep, 'holdsKey'> {
  return { kind: 'command', language: 'shell', text }
}

/** A program whose file takes the key in the clear. */
function inFile(
  app: Parameters<typeof agentEntry>[0],
  where: string,
  container: string,
  restart: boolean,
): (address: AgentAddress) => Shape {
  return ({ url, key }) => ({
    keyFrom: 'file',
    restart,
    steps: [file(where, { [container]: { [entry]: entryWith(app, url, key) } })],
  })
}

const shapes: Readonly<Record<AgentProgram, (address: AgentAddress) => Shape>> = {
  'claude-code': ({ url }) => {
    const reference = `\${${keyVariable}}`
    return {
      keyFrom: 'environment',
      restart: true,
      steps: [
        command(
          // Quoted, so that Claude Code and not the shell puts the value in.
          `claude mcp add --transport http --scope user ${entry} ${url} --header 'Authorization: Bearer ${reference}'`,
        ),
        file('.mcp.json', { mcpServers: { [entry]: entryWith('claude-code', url, reference) } }),
      ],
    }
  },
  cursor: ({ url }) => {
    const config = entryWith('cursor', url, `\${env:${keyVariable}}`)
    return {
      keyFrom: 'environment',
      restart: true,
      steps: [
        {
          kind: 'link',
          language: 'text',
          text: `cursor://anysphere.cursor-deeplink/mcp/install?name=${entry}&config=${encodeURIComponent(btoa(JSON.stringify(config)))}`,
        },
        file('~/.cursor/mcp.json', { mcpServers: { [entry]: config } }),
      ],
    }
  },
  vscode: ({ url }) => {
    const config = entryWith('vscode', url, `\${input:${entry}}`)
    const inputs = [{ type: 'promptString', id: entry, description: 'Gatehouse key', password: true }]
    const whole = JSON.stringify({ name: entry, ...config, inputs })
    return {
      keyFrom: 'prompt',
      restart: false,
      steps: [
        { kind: 'link', language: 'text', text: `vscode:mcp/install?${encodeURIComponent(whole)}` },
        file('.vscode/mcp.json', { servers: { [entry]: config }, inputs }),
        command(`code --add-mcp '${whole}'`),
      ],
    }
  },
  codex: ({ url }) => ({
    keyFrom: 'environment',
    restart: true,
    steps: [
      command(`codex mcp add ${entry} --url ${url} --bearer-token-env-var ${keyVariable}`),
      {
        kind: 'file',
        language: 'toml',
        where: '~/.codex/config.toml',
        text: `[mcp_servers.${entry}]\nurl = ${JSON.stringify(url)}\nbearer_token_env_var = "${keyVariable}"\n`,
      },
    ],
  }),
  windsurf: ({ url }) => {
    const reference = `\${env:${keyVariable}}`
    return {
      keyFrom: 'environment',
      restart: true,
      steps: [
        file('~/.codeium/windsurf/mcp_config.json', {
          mcpServers: { [entry]: entryWith('windsurf', url, reference) },
        }),
        file('~/.config/devin/mcp_config.json', { mcpServers: { [entry]: entryWith('devin', url, reference) } }),
      ],
    }
  },
  'claude-desktop': inFile('claude-desktop', 'claude_desktop_config.json', 'mcpServers', true),
  gemini: ({ url }) => ({
    keyFrom: 'environment',
    restart: true,
    steps: [file('~/.gemini/settings.json', { mcpServers: { [entry]: entryWith('gemini', url, `$${keyVariable}`) } })],
  }),
  antigravity: inFile('antigravity', '~/.gemini/config/mcp_config.json', 'mcpServers', true),
  zed: inFile('zed', '~/.config/zed/settings.json', 'context_servers', false),
  cline: inFile('cline', 'cline_mcp_settings.json', 'mcpServers', false),
  roo: inFile('roo', 'mcp_settings.json', 'mcpServers', false),
  kiro: inFile('kiro', '~/.kiro/settings/mcp.json', 'mcpServers', false),
  'lm-studio': inFile('lm-studio', '~/.lmstudio/mcp.json', 'mcpServers', false),
  copilot: inFile('copilot', '~/.copilot/mcp-config.json', 'mcpServers', true),
  amp: inFile('amp', '~/.config/amp/settings.json', 'amp.mcpServers', true),
  factory: inFile('factory', '~/.factory/mcp.json', 'mcpServers', true),
  goose: ({ url, key }) => ({
    keyFrom: 'file',
    restart: true,
    steps: [
      {
        kind: 'file',
        language: 'yaml',
        where: '~/.config/goose/config.yaml',
        text: [
          'extensions:',
          `  ${entry}:`,
          '    enabled: true',
          '    type: streamable_http',
          `    name: ${entry}`,
          `    uri: ${JSON.stringify(url)}`,
          `    headers: { Authorization: "Bearer ${key}" }`,
          '    envs: {}',
          '    env_keys: []',
          '    timeout: 300',
          '    description: ""',
          '',
        ].join('\n'),
      },
    ],
  }),
  opencode: ({ url }) => ({
    keyFrom: 'environment',
    restart: true,
    steps: [
      file('~/.config/opencode/opencode.json', {
        mcp: { [entry]: entryWith('opencode', url, `{env:${keyVariable}}`) },
      }),
    ],
  }),
  other: ({ url, key }) => ({
    keyFrom: 'file',
    restart: false,
    steps: [
      file('mcpServers', {
        mcpServers: { [entry]: { type: 'http', url, headers: { Authorization: `Bearer ${key}` } } },
      }),
      { kind: 'value', language: 'text', where: 'URL', text: url },
      { kind: 'value', language: 'text', where: 'Authorization', text: `Bearer ${key}` },
      command(
        `curl ${url} -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' ` +
          `-H 'Accept: application/json, text/event-stream' ` +
          `-d '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"curl","version":"1"}}}'`,
      ),
    ],
  }),
}
