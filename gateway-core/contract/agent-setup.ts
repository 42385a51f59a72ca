/**
 * How each agent is told of the gateway: the file, command or link that it takes, with an address and a key in it. Pure.
 * Formats are those of the agents' own documentation. Where an agent reads its key from somewhere else than the file, the
 * file refers to it there and holds no key.
 */
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
  'other',
] as const
export type AgentProgram = (typeof agentPrograms)[number]

export const agentProgramNames: Readonly<Record<AgentProgram, string>> = {
  'claude-code': 'Claude Code',
  cursor: 'Cursor',
  vscode: 'VS Code',
  codex: 'Codex',
  windsurf: 'Windsurf',
  'claude-desktop': 'Claude Desktop',
  gemini: 'Gemini CLI',
  zed: 'Zed',
  cline: 'Cline',
  goose: 'Goose',
  opencode: 'opencode',
  other: 'Other',
}

/** Key of an agent's `urls` for all servers as one; no slug is like it. */
export const allServers = '*'

/** Of the variable that agents read the key from. */
export const keyVariable = 'GATEHOUSE_KEY'

/** The name of the entry in an agent's own configuration. */
const entry = 'gatehouse'

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

function headersWith(value: string): { readonly Authorization: string } {
  return { Authorization: `Bearer ${value}` }
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

const shapes: Readonly<Record<AgentProgram, (address: AgentAddress) => Shape>> = {
  'claude-code': ({ url }) => {
    const headers = headersWith(`\${${keyVariable}}`)
    return {
      keyFrom: 'environment',
      restart: true,
      steps: [
        command(
          // Quoted, so that Claude Code and not the shell puts the value in.
          `claude mcp add --transport http --scope user ${entry} ${url} --header 'Authorization: ${headers.Authorization}'`,
        ),
        file('.mcp.json', { mcpServers: { [entry]: { type: 'http', url, headers } } }),
      ],
    }
  },
  cursor: ({ url }) => {
    const config = { url, headers: headersWith(`\${env:${keyVariable}}`) }
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
    const config = { type: 'http', url, headers: headersWith(`\${input:${entry}}`) }
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
    const headers = headersWith(`\${env:${keyVariable}}`)
    return {
      keyFrom: 'environment',
      restart: true,
      steps: [
        file('~/.codeium/windsurf/mcp_config.json', { mcpServers: { [entry]: { serverUrl: url, headers } } }),
        file('~/.config/devin/mcp_config.json', { mcpServers: { [entry]: { url, headers } } }),
      ],
    }
  },
  'claude-desktop': ({ url, key }) => ({
    keyFrom: 'file',
    restart: true,
    steps: [
      file('claude_desktop_config.json', {
        mcpServers: {
          [entry]: {
            command: 'npx',
            // No space after the colon: Claude Desktop on Windows breaks arguments with spaces.
            args: ['-y', 'mcp-remote', url, '--header', 'Authorization:${GATEHOUSE_AUTHORIZATION}'],
            env: { GATEHOUSE_AUTHORIZATION: `Bearer ${key}` },
          },
        },
      }),
    ],
  }),
  gemini: ({ url }) => {
    const headers = headersWith(`$${keyVariable}`)
    return {
      keyFrom: 'environment',
      restart: true,
      steps: [file('~/.gemini/settings.json', { mcpServers: { [entry]: { httpUrl: url, headers, timeout: 30_000 } } })],
    }
  },
  zed: ({ url, key }) => ({
    keyFrom: 'file',
    restart: false,
    steps: [file('~/.config/zed/settings.json', { context_servers: { [entry]: { url, headers: headersWith(key) } } })],
  }),
  cline: ({ url, key }) => ({
    keyFrom: 'file',
    restart: false,
    steps: [
      file('cline_mcp_settings.json', {
        mcpServers: {
          [entry]: { type: 'streamableHttp', url, headers: headersWith(key), disabled: false, autoApprove: [] },
        },
      }),
    ],
  }),
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
  opencode: ({ url }) => {
    const headers = headersWith(`{env:${keyVariable}}`)
    return {
      keyFrom: 'environment',
      restart: true,
      steps: [
        file('~/.config/opencode/opencode.json', {
          mcp: { [entry]: { type: 'remote', url, headers, oauth: false, enabled: true } },
        }),
      ],
    }
  },
  other: ({ url, key }) => ({
    keyFrom: 'file',
    restart: false,
    steps: [
      file('mcpServers', { mcpServers: { [entry]: { type: 'http', url, headers: headersWith(key) } } }),
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
