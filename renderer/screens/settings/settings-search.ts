/** What the settings keep in their address. */
export const settingsSections = ['appearance', 'keyboard', 'security', 'network', 'data', 'desktop', 'about'] as const
export type SettingsSection = (typeof settingsSections)[number]

export interface SettingsSearch {
  readonly section?: SettingsSection
}

export function readSettingsSearch({ section }: Record<string, unknown>): SettingsSearch {
  const known = settingsSections.find((one) => one === section)
  return known === undefined ? {} : { section: known }
}
