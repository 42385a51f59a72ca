/** What the inspector keeps in its address. */
export const inspectorTabs = ['summary', 'headers', 'body', 'stream', 'timing', 'raw', 'why'] as const
export type InspectorTab = (typeof inspectorTabs)[number]

export interface InspectorSearch {
  /** The filter, in the language of `exchange-filter.ts`; left out, `defaultFilter`. */
  readonly q?: string
  /** Id of the exchange that is shown beside the list. */
  readonly selected?: string
  readonly tab?: InspectorTab
  /** Id of the exchange that `selected` is compared with. */
  readonly compare?: string
}

/** Pings say nothing but that both are there. */
export const defaultFilter = '-method:ping'

const maxFilterLength = 1024
const maxIdLength = 128

export function readInspectorSearch(search: Record<string, unknown>): InspectorSearch {
  const text = (key: string, maxLength: number): string | undefined => {
    const value = search[key]
    return typeof value === 'string' && value.length <= maxLength ? value : undefined
  }
  const [q, selected, compare] = [
    text('q', maxFilterLength),
    text('selected', maxIdLength),
    text('compare', maxIdLength),
  ]
  const tab = inspectorTabs.find((known) => known === search['tab'])
  return {
    ...(q !== undefined && q !== defaultFilter && { q }),
    ...(selected !== undefined && { selected }),
    ...(tab !== undefined && tab !== 'summary' && { tab }),
    ...(compare !== undefined && { compare }),
  }
}
