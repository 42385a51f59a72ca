import type { Agent, AgentKey } from '../../client/api.js'
import { formatRelative } from '../../strings/format.js'
import { t } from '../../strings/i18n.js'

/** When one of several keys was used last. @returns RFC 3339 */
export function lastCallOf({ keys }: Pick<Agent, 'keys'>): string | undefined {
  return keys
    .flatMap(({ lastUsedAt }) => lastUsedAt ?? [])
    .sort()
    .at(-1)
}

/** `last call 5 min. ago`, or that there was none. @param time RFC 3339 */
export function lastCallText(time: string | undefined): string {
  return time === undefined ? t('agents.waiting') : t('agents.lastCall', { when: formatRelative(time) })
}

/** `in 3 days`, `never`, `expired`. */
export function expiryText({ expiresAt }: Pick<AgentKey, 'expiresAt'>, nowMs = Date.now()): string {
  if (expiresAt === undefined) return t('agents.never')
  return Date.parse(expiresAt) <= nowMs ? t('agents.expired') : formatRelative(expiresAt, nowMs)
}
