/**
 * Where each agent keeps its MCP servers, in which form, and below which key. From the agents' own documentation.
 * Of several paths the first that exists is meant; where none does, the first is the one to make.
 */
import type { AgentApp } from '../contract/agent-entry.js'
import { inAppData, inConfigHome, inFolderOf, inHome, type Machine, pathsOf } from './machine.js'

export type ConfigFormat = 'json' | 'yaml' | 'toml'

export interface AgentFile {
  readonly app: AgentApp
  readonly format: ConfigFormat
  /** Absolute. */
  readonly paths: (machine: Machine) => readonly [string, ...string[]]
  /** Folders that are there where the program is, whether it has a configuration or not. */
  readonly folders: (machine: Machine) => readonly string[]
  /** Keys that lead to the servers, from the outside in. */
  readonly container: readonly [string, ...string[]]
  /** Whether the agent has to be started again to see a change. */
  readonly restart: boolean
  /** What the agent puts in place of a reference in the file, where it takes the key from somewhere else. */
  readonly keyReference?: { readonly from: 'environment' | 'prompt'; readonly text: string }
}

const mcpServers = ['mcpServers'] as const

function fromEnvironment(text: string): NonNullable<AgentFile['keyReference']> {
  return { from: 'environment', text }
}

function codeUser(machine: Machine, ...parts: readonly string[]): string {
  return inAppData(machine, 'Code', 'User', ...parts)
}

function extensionFile(machine: Machine, extension: string, file: string): string {
  return codeUser(machine, 'globalStorage', extension, 'settings', file)
}

/** A program with one file in one folder, JSON below `mcpServers`. */
function simple(
  app: AgentApp,
  folder: (machine: Machine) => string,
  file: string,
  more: Partial<AgentFile> = {},
): AgentFile {
  return {
    app,
    format: 'json',
    container: mcpServers,
    restart: true,
    paths: (machine) => [pathsOf(machine).join(folder(machine), file)],
    folders: (machine) => [folder(machine)],
    ...more,
  }
}

export const agentFiles: readonly AgentFile[] = [
  {
    app: 'claude-code',
    format: 'json',
    container: mcpServers,
    restart: true,
    paths: (machine) => [inFolderOf(machine, 'CLAUDE_CONFIG_DIR', '', '.claude.json')],
    folders: (machine) => [inFolderOf(machine, 'CLAUDE_CONFIG_DIR', '.claude')],
    keyReference: fromEnvironment('${GATEHOUSE_KEY}'),
  },
  simple('claude-desktop', (machine) => inAppData(machine, 'Claude'), 'claude_desktop_config.json'),
  simple('cursor', (machine) => inHome(machine, '.cursor'), 'mcp.json', {
    keyReference: fromEnvironment('${env:GATEHOUSE_KEY}'),
  }),
  simple('vscode', (machine) => codeUser(machine), 'mcp.json', { container: ['servers'], restart: false }),
  {
    app: 'codex',
    format: 'toml',
    container: ['mcp_servers'],
    restart: true,
    paths: (machine) => [inFolderOf(machine, 'CODEX_HOME', '.codex', 'config.toml')],
    folders: (machine) => [inFolderOf(machine, 'CODEX_HOME', '.codex')],
  },
  simple('gemini', (machine) => inHome(machine, '.gemini'), 'settings.json', {
    keyReference: fromEnvironment('$GATEHOUSE_KEY'),
  }),
  {
    app: 'antigravity',
    format: 'json',
    container: mcpServers,
    restart: true,
    paths: (machine) => [
      inHome(machine, '.gemini', 'config', 'mcp_config.json'),
      inHome(machine, '.gemini', 'antigravity', 'mcp_config.json'),
    ],
    folders: (machine) => [inHome(machine, '.gemini', 'config'), inHome(machine, '.gemini', 'antigravity')],
  },
  simple('windsurf', (machine) => inHome(machine, '.codeium', 'windsurf'), 'mcp_config.json', {
    keyReference: fromEnvironment('${env:GATEHOUSE_KEY}'),
  }),
  simple(
    'devin',
    (machine) => (machine.platform === 'win32' ? inAppData(machine, 'devin') : inConfigHome(machine, 'devin')),
    'mcp_config.json',
    { keyReference: fromEnvironment('${env:GATEHOUSE_KEY}') },
  ),
  simple(
    'zed',
    (machine) => (machine.platform === 'win32' ? inAppData(machine, 'Zed') : inConfigHome(machine, 'zed')),
    'settings.json',
    { container: ['context_servers'], restart: false },
  ),
  {
    app: 'opencode',
    format: 'json',
    container: ['mcp'],
    restart: true,
    // The first shadows the second.
    paths: (machine) => [
      inConfigHome(machine, 'opencode', 'opencode.jsonc'),
      inConfigHome(machine, 'opencode', 'opencode.json'),
    ],
    folders: (machine) => [inConfigHome(machine, 'opencode')],
    keyReference: fromEnvironment('{env:GATEHOUSE_KEY}'),
  },
  simple('kiro', (machine) => inHome(machine, '.kiro', 'settings'), 'mcp.json', { restart: false }),
  simple('lm-studio', (machine) => inHome(machine, '.lmstudio'), 'mcp.json', { restart: false }),
  simple('copilot', (machine) => inFolderOf(machine, 'COPILOT_HOME', '.copilot'), 'mcp-config.json'),
  {
    app: 'cline',
    format: 'json',
    container: mcpServers,
    restart: false,
    paths: (machine) => [
      machine.env['CLINE_MCP_SETTINGS_PATH'] ??
        extensionFile(machine, 'saoudrizwan.claude-dev', 'cline_mcp_settings.json'),
      inHome(machine, '.cline', 'data', 'settings', 'cline_mcp_settings.json'),
    ],
    folders: (machine) => [
      codeUser(machine, 'globalStorage', 'saoudrizwan.claude-dev'),
      inHome(machine, '.cline', 'data'),
    ],
  },
  {
    app: 'roo',
    format: 'json',
    container: mcpServers,
    restart: false,
    paths: (machine) => [extensionFile(machine, 'rooveterinaryinc.roo-cline', 'mcp_settings.json')],
    folders: (machine) => [codeUser(machine, 'globalStorage', 'rooveterinaryinc.roo-cline')],
  },
  {
    app: 'goose',
    format: 'yaml',
    container: ['extensions'],
    restart: true,
    paths: (machine) => [
      machine.platform === 'win32'
        ? inAppData(machine, 'Block', 'goose', 'config', 'config.yaml')
        : inConfigHome(machine, 'goose', 'config.yaml'),
    ],
    folders: (machine) => [
      machine.platform === 'win32' ? inAppData(machine, 'Block', 'goose', 'config') : inConfigHome(machine, 'goose'),
    ],
  },
  simple('amp', (machine) => inConfigHome(machine, 'amp'), 'settings.json', { container: ['amp.mcpServers'] }),
  simple('factory', (machine) => inHome(machine, '.factory'), 'mcp.json'),
]

/** @param app one of the table's */
export function agentFile(app: AgentApp): AgentFile {
  const found = agentFiles.find((file) => file.app === app)
  if (found === undefined) throw new RangeError(`no file is known of ${app}`)
  return found
}
