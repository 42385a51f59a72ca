/**
 * Which servers did not answer of late, so that a list of a hundred servers, thirty of them dead, waits for none. After
 * 5 s one is asked again; each time that it fails then doubles this, up to 60 s.
 */
import { GatewayError, type ErrorCode } from '../../contract/errors.js'
import type { Clock } from './clock.js'

const firstPauseMs = 5_000
const longestPauseMs = 60_000
/** What says that the server itself is not there. The rest costs nothing, or is one caller's matter. */
const deadCodes: ReadonlySet<ErrorCode> = new Set(['server_unreachable', 'server_timeout', 'redirect_refused'])

export interface DownServers {
  /** Why it is not worth asking now. */
  reason(slug: string): GatewayError | undefined
  /** It failed when it was last asked, be it long ago: worth asking, but not worth waiting for. */
  isSuspect(slug: string): boolean
  failed(slug: string, error: GatewayError): void
  answered(slug: string): void
}

export function createDownServers(clock: Clock): DownServers {
  const down = new Map<string, { readonly error: GatewayError; readonly pauseMs: number; readonly untilMs: number }>()
  return {
    reason: (slug) => {
      const found = down.get(slug)
      return found !== undefined && clock.nowMs() < found.untilMs ? found.error : undefined
    },
    isSuspect: (slug) => down.has(slug),
    failed: (slug, error) => {
      if (!deadCodes.has(error.code)) return
      const before = down.get(slug)
      const nowMs = clock.nowMs()
      // Requests that fail together are one failure.
      if (before !== undefined && nowMs < before.untilMs) return
      const pauseMs = before === undefined ? firstPauseMs : Math.min(before.pauseMs * 2, longestPauseMs)
      down.set(slug, { error, pauseMs, untilMs: nowMs + pauseMs })
    },
    answered: (slug) => void down.delete(slug),
  }
}
