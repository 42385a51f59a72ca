/** Asks to lock when nobody has touched the machine for a while, when it goes to sleep, and when its screen is locked. */
import { powerMonitor } from 'electron'
import type { DesktopPreferences, LockLevel, LockReason } from '../../gateway-core/contract/desktop.js'
import { IdleWatch, levelFor } from './lock-rules.js'

const lookEveryMs = 15_000

export function watchLock(
  preferences: () => DesktopPreferences,
  lock: (level: Exclude<LockLevel, 'off'>, reason: LockReason) => void,
): void {
  const watch = new IdleWatch()
  const lockIf = (level: LockLevel, reason: LockReason): void => {
    if (level !== 'off') lock(level, reason)
  }
  setInterval(() => lockIf(watch.look(powerMonitor.getSystemIdleTime(), preferences()), 'idle'), lookEveryMs)
  powerMonitor.on('suspend', () => lockIf(levelFor('suspend', preferences()), 'suspend'))
  powerMonitor.on('lock-screen', () => lockIf(levelFor('screen', preferences()), 'screen'))
}
