/** Which theme is shown: what the person chose, or what the system says, live. */
import { useSyncExternalStore } from 'react'
import { createStoredValue } from '../state/stored-value.js'

export const themeChoices = ['system', 'light', 'dark', 'contrast'] as const
export type ThemeChoice = (typeof themeChoices)[number]

const chosen = createStoredValue<ThemeChoice>('theme', 'system', (text) => themeChoices.find((name) => name === text))
const dark = matchMedia('(prefers-color-scheme: dark)')
const moreContrast = matchMedia('(prefers-contrast: more)')

/** Keeps `data-theme` on the root element current. Called once. `public/theme-start.js` sets its first value. */
export function watchTheme(): void {
  chosen.subscribe(apply)
  for (const media of [dark, moreContrast]) media.addEventListener('change', apply)
  apply()
}

export function setTheme(choice: ThemeChoice): void {
  chosen.set(choice)
}

export function useTheme(): ThemeChoice {
  return useSyncExternalStore(chosen.subscribe, chosen.get)
}

/** The choice after the one that is made, in the order of {@link themeChoices}. */
export function nextTheme(): ThemeChoice {
  return themeChoices[(themeChoices.indexOf(chosen.get()) + 1) % themeChoices.length] ?? 'system'
}

function apply(): void {
  const choice = chosen.get()
  const system = dark.matches ? 'dark' : 'light'
  const contrast = choice === 'contrast' || (choice === 'system' && moreContrast.matches)
  const base = choice === 'light' || choice === 'dark' ? choice : system
  document.documentElement.dataset['theme'] = contrast ? `contrast-${system}` : base
}
