import { searchText, searchWord } from '../../state/search-text.js'

export const vaultTabs = ['accounts', 'secrets', 'clients', 'issuances'] as const
export type VaultTab = (typeof vaultTabs)[number]
export const vaultSheets = ['connect', 'secret', 'recovery', 'passphrase'] as const
export type VaultSheet = (typeof vaultSheets)[number]

/** What the vault screen keeps in its address. Values are never in it. */
export interface VaultSearch {
  /** `accounts` unless given. */
  readonly tab?: VaultTab
  readonly selected?: string
  readonly sheet?: VaultSheet
}

export function readVaultSearch(search: Record<string, unknown>): VaultSearch {
  const [tab, sheet] = [searchWord(search, 'tab', vaultTabs), searchWord(search, 'sheet', vaultSheets)]
  const selected = searchText(search, 'selected')
  return {
    ...(tab !== undefined && { tab }),
    ...(selected !== undefined && { selected }),
    ...(sheet !== undefined && { sheet }),
  }
}

/** What each list of the screen is given. */
export interface VaultListProps {
  readonly selected: string | undefined
  readonly onSelect: (id: string | undefined) => void
  readonly onSheet: (sheet: VaultSheet) => void
}
