/** What the desktop app says of itself, live. */
import { useEffect, useState } from 'react'
import type { DesktopPreferences, DesktopState } from '../../gateway-core/contract/desktop.js'
import { showToast } from '../components/toast.js'
import { desktop } from './desktop.js'

export interface UsedDesktopState {
  /** Undefined in a browser, and until it is known. */
  readonly state: DesktopState | undefined
  readonly change: (change: Partial<DesktopPreferences>) => void
}

export function useDesktopState(): UsedDesktopState {
  const [state, setState] = useState<DesktopState>()
  useEffect(() => {
    if (desktop === undefined) return undefined
    desktop.getState().then(setState, tellFailure)
    return desktop.onEvent((event) => {
      if (event.event === 'update') setState((before) => before && { ...before, update: event.state })
      if (event.event === 'preferences') setState((before) => before && { ...before, preferences: event.preferences })
    })
  }, [])
  const change = (changed: Partial<DesktopPreferences>): void => {
    desktop
      ?.setPreferences(changed)
      .then((preferences) => setState((before) => before && { ...before, preferences }), tellFailure)
  }
  return { state, change }
}

/** The app's messages are for people, and hold nothing secret. */
export function tellFailure(error: unknown): void {
  showToast({ title: error instanceof Error ? error.message : String(error), tone: 'deny' })
}
