import { searchText, searchWord } from '../../state/search-text.js'

export const agentTabs = ['agents', 'apps', 'keys', 'grants'] as const
export type AgentTab = (typeof agentTabs)[number]

/** What the agents screen keeps in its address. Keys are never in it. */
export interface AgentsSearch {
  /** `agents` unless given. */
  readonly tab?: AgentTab
  /** Name of an agent or of a program, or the id of a key or of a grant. */
  readonly selected?: string
  /** What is being made. */
  readonly sheet?: AgentSheet
}

export const agentSheets = ['connect', 'newKey', 'importKey', 'importApps'] as const
export type AgentSheet = (typeof agentSheets)[number]

export function readAgentsSearch(search: Record<string, unknown>): AgentsSearch {
  const [tab, sheet] = [searchWord(search, 'tab', agentTabs), searchWord(search, 'sheet', agentSheets)]
  const selected = searchText(search, 'selected')
  return {
    ...(tab !== undefined && { tab }),
    ...(selected !== undefined && { selected }),
    ...(sheet !== undefined && { sheet }),
  }
}
