/**
 * What stands for the gateway in each agent's own configuration. Pure. Forms are those of the agents' own documentation:
 * the names of keys differ, and with the wrong ones an agent ignores its header, or takes the address for one of SSE.
 */

/** Programs whose files Gatehouse finds. Windsurf became Devin Desktop, which reads another file in another form. */
export const agentApps = [
  'claude-code',
  'claude-desktop',
  'cursor',
  'vscode',
  'codex',
  'gemini',
  'antigravity',
  'windsurf',
  'devin',
  'zed',
  'opencode',
  'kiro',
  'lm-studio',
  'copilot',
  'cline',
  'roo',
  'goose',
  'amp',
  'factory',
] as const
export type AgentApp = (typeof agentApps)[number]

export const agentAppNames: Readonly<Record<AgentApp, string>> = {
  'claude-code': 'Claude Code',
  'claude-desktop': 'Claude Desktop',
  cursor: 'Cursor',
  vscode: 'VS Code',
  codex: 'Codex',
  gemini: 'Gemini CLI',
  antigravity: 'Antigravity',
  windsurf: 'Windsurf',
  devin: 'Devin Desktop',
  zed: 'Zed',
  opencode: 'opencode',
  kiro: 'Kiro',
  'lm-studio': 'LM Studio',
  copilot: 'Copilot CLI',
  cline: 'Cline',
  roo: 'Roo Code',
  goose: 'Goose',
  amp: 'Amp',
  factory: 'Factory',
}

/** The name of the gateway's entry in an agent's own configuration. */
export const entryName = 'gatehouse'

export interface EntryAddress {
  /** What the agent calls. */
  readonly url: string
  /** The value of the header `Authorization`: a key, or what the agent puts one in place of. */
  readonly authorization: string
}

export type AgentEntry = Readonly<Record<string, unknown>>

type EntryForm = (url: string, headers: { readonly Authorization: string }, authorization: string) => AgentEntry

const plain: EntryForm = (url, headers) => ({ url, headers })
const typed: EntryForm = (url, headers) => ({ type: 'http', url, headers })
const serverUrl: EntryForm = (url, headers) => ({ serverUrl: url, headers })

const forms: Readonly<Record<AgentApp, EntryForm>> = {
  'claude-code': typed,
  // It starts programs only. No space after the colon: on Windows it breaks arguments with spaces.
  'claude-desktop': (url, _headers, authorization) => ({
    command: 'npx',
    args: ['-y', 'mcp-remote', url, '--header', 'Authorization:${GATEHOUSE_AUTHORIZATION}'],
    env: { GATEHOUSE_AUTHORIZATION: authorization },
  }),
  cursor: plain,
  vscode: typed,
  // A key `headers` is ignored there.
  codex: (url, headers) => ({ url, http_headers: headers }),
  // `url` alone would mean SSE.
  gemini: (url, headers) => ({ httpUrl: url, headers, timeout: 30_000 }),
  antigravity: serverUrl,
  windsurf: serverUrl,
  devin: plain,
  zed: plain,
  opencode: (url, headers) => ({ type: 'remote', url, headers, oauth: false, enabled: true }),
  kiro: plain,
  'lm-studio': plain,
  copilot: (url, headers) => ({ type: 'http', url, headers, tools: ['*'] }),
  // Without a type it would mean SSE.
  cline: (url, headers) => ({ type: 'streamableHttp', url, headers, disabled: false, autoApprove: [] }),
  roo: (url, headers) => ({ type: 'streamable-http', url, headers }),
  goose: (url, headers) => ({
    enabled: true,
    type: 'streamable_http',
    name: entryName,
    uri: url,
    headers,
    envs: {},
    env_keys: [],
    timeout: 300,
    description: '',
  }),
  amp: plain,
  factory: typed,
}

/** The gateway's entry in the configuration of one program. */
export function agentEntry(app: AgentApp, { url, authorization }: EntryAddress): AgentEntry {
  return forms[app](url, { Authorization: authorization }, authorization)
}
