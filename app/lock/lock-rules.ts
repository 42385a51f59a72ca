/** When the app locks itself, and how far. */
import type { DesktopPreferences, LockLevel, LockReason } from '../../gateway-core/contract/desktop.js'

export type LockRules = Pick<DesktopPreferences, 'lockOnIdle' | 'idleMinutes' | 'lockOnSuspend' | 'lockOnScreenLock'>

/** What is locked when the machine goes to sleep, or its screen is locked. */
export function levelFor(reason: Exclude<LockReason, 'idle' | 'asked'>, rules: LockRules): LockLevel {
  return reason === 'suspend' ? rules.lockOnSuspend : rules.lockOnScreenLock
}

/**
 * Follows how long nobody has touched the machine. Locks once for each time that somebody was away, so that somebody who
 * unlocks with the mouse alone is not locked out again at once.
 */
export class IdleWatch {
  private isAway = false

  /** @param idleSeconds since the last input to any program @returns what is to be locked now */
  look(idleSeconds: number, rules: LockRules): LockLevel {
    const wasAway = this.isAway
    this.isAway = idleSeconds >= rules.idleMinutes * 60
    return this.isAway && !wasAway ? rules.lockOnIdle : 'off'
  }
}
