/** Where the window opens: where it was, if that can still be seen. */
import type { WindowState } from '../preferences/preferences.js'

export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export const minimum = { width: 880, height: 560 } as const
const usual = { width: 1280, height: 800 } as const
/** So much of the title bar must be on a screen, in pixels, that it can be taken hold of. */
const graspPx = 48

export type Bounds = { readonly width: number; readonly height: number } | Area

/** @param screens work areas of the screens, the main one first */
export function openingBounds(kept: WindowState | undefined, screens: readonly Area[]): Bounds {
  const [main] = screens
  const fit = (size: { readonly width: number; readonly height: number }): { width: number; height: number } => ({
    width: Math.max(minimum.width, Math.min(size.width, main?.width ?? size.width)),
    height: Math.max(minimum.height, Math.min(size.height, main?.height ?? size.height)),
  })
  const size = fit(kept ?? usual)
  if (kept?.x === undefined || kept.y === undefined) return size
  const { x, y } = kept
  const canBeGrasped = screens.some(
    (screen) =>
      y >= screen.y &&
      y + graspPx <= screen.y + screen.height &&
      x + size.width - graspPx >= screen.x &&
      x + graspPx <= screen.x + screen.width,
  )
  return canBeGrasped ? { x, y, ...size } : size
}
