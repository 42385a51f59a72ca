/** The parts of one server, each with an address of its own. */
export const serverTabs = ['overview', 'authentication', 'tools', 'traffic', 'advanced'] as const
export type ServerTab = (typeof serverTabs)[number]

export function isServerTab(text: string): text is ServerTab {
  return (serverTabs as readonly string[]).includes(text)
}

export interface ServerSearch {
  /** The tool that is shown on the tab of tools. */
  readonly tool?: string
}

export function readServerSearch({ tool }: Record<string, unknown>): ServerSearch {
  return typeof tool === 'string' && tool !== '' && tool.length <= 256 ? { tool } : {}
}
