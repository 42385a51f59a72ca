import { searchText } from '../../state/search-text.js'

/** What the profiles screen keeps in its address. Nothing of a file is in it. */
export interface ProfilesSearch {
  /** Name of a profile. */
  readonly selected?: string
  readonly import?: true
}

export function readProfilesSearch(search: Record<string, unknown>): ProfilesSearch {
  const selected = searchText(search, 'selected')
  return {
    ...(selected !== undefined && { selected }),
    ...((search['import'] === true || search['import'] === 'true') && { import: true }),
  }
}
