/** What the Shield screen keeps in its address. */
export const shieldTabs = ['policies', 'approvals', 'denials', 'settings'] as const
export type ShieldTab = (typeof shieldTabs)[number]

export interface ShieldSearch {
  readonly tab?: ShieldTab
  /** Name of the policy that is shown; empty for one that is being written. */
  readonly policy?: string
}

export function readShieldSearch(search: Record<string, unknown>): ShieldSearch {
  const tab = shieldTabs.find((known) => known === search['tab'])
  const { policy } = search
  return {
    ...(tab !== undefined && tab !== 'policies' && { tab }),
    ...(typeof policy === 'string' && policy.length <= 64 && { policy }),
  }
}
