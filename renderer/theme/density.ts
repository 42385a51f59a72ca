/** How high rows are, and how much moves: preferences of this browser. */
import { useSyncExternalStore } from 'react'
import { createStoredValue } from '../state/stored-value.js'

export type Density = 'dense' | 'comfortable'

const density = createStoredValue<Density>('density', 'dense', (text) => (text === 'comfortable' ? text : undefined))
const lessMotion = createStoredValue<boolean>('lessMotion', false, (text) => (text === 'true' ? true : undefined))
const roomierByPx = 8

export const setDensity = density.set
export const setLessMotion = lessMotion.set

export function useDensity(): Density {
  return useSyncExternalStore(density.subscribe, density.get)
}

export function useLessMotion(): boolean {
  return useSyncExternalStore(lessMotion.subscribe, lessMotion.get)
}

/** @param densePx the height of a dense row */
export function useRowHeightPx(densePx: number): number {
  return useDensity() === 'dense' ? densePx : densePx + roomierByPx
}

/** Keeps `data-motion` on the root element current. Called once. */
export function watchMotion(): void {
  const apply = (): void => {
    if (lessMotion.get()) document.documentElement.dataset['motion'] = 'less'
    else delete document.documentElement.dataset['motion']
  }
  lessMotion.subscribe(apply)
  apply()
}
