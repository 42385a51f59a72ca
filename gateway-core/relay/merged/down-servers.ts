/**
 * Which servers did not answer of late, so that a list of a hundred servers, thirty of them dead, waits for none. After
 * 5 s one is asked again; each time that it fails then doubles this, up to 60 s.
 */
import { GatewayError, type ErrorCode } from '../../contract/errors.js'
import type { Clock } from './clock.js'

const firstPauseMs = 5_000
const longestPauseMs = 60_000
const maxForgotten = 10_000
/** What says that the server itself is not there. The rest costs nothing, or is one caller's matter. */
const deadCodes: ReadonlySet<ErrorCode> = new Set(['server_unreachable', 'server_timeout', 'redirect_refused'])

export interface DownServers {
  /** Why it is not worth asking now. */
  reason(slug: string): GatewayError | undefined
  /** It failed when it was last asked, be it long ago: worth asking, but not worth waiting for. */
  isSuspect(slug: string): boolean
  /** @param askedMs when it was asked, on the clock: what was asked before `forget` says nothing any more */
  failed(slug: string, error: GatewayError, askedMs: number): void
  answered(slug: string): void
  /** It is configured otherwise now, or was started anew: worth asking at once. */
  forget(slug: string): void
}

export function createDownServers(clock: Clock): DownServers {
  const down = new Map<string, { readonly error: GatewayError; readonly pauseMs: number; readonly untilMs: number }>()
  const forgottenMs = new Map<string, number>()
  return {
    reason: (slug) => {
      const found = down.get(slug)
      return found !== undefined && clock.nowMs() < found.untilMs ? found.error : undefined
    },
    isSuspect: (slug) => down.has(slug),
    failed: (slug, error, askedMs) => {
      if (!deadCodes.has(error.code) || askedMs <= (forgottenMs.get(slug) ?? -Infinity)) return
      const before = down.get(slug)
      const nowMs = clock.nowMs()
      // Requests that fail together are one failure.
      if (before !== undefined && nowMs < before.untilMs) return
      const pauseMs = before === undefined ? firstPauseMs : Math.min(before.pauseMs * 2, longestPauseMs)
      down.set(slug, { error, pauseMs, untilMs: nowMs + pauseMs })
    },
    answered: (slug) => void down.delete(slug),
    forget: (slug) => {
      down.delete(slug)
      if (forgottenMs.size >= maxForgotten) forgottenMs.clear()
      forgottenMs.set(slug, clock.nowMs())
    },
  }
}
