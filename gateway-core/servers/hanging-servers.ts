/**
 * Servers that took a connection and did not answer when a session was to be opened with them. While one is known to
 * hang, nobody waits for it: one call at a time tries again, after a pause that doubles up to 15 s, and the others are
 * refused at once. The first session that can be opened ends that.
 */
import { GatewayError } from '../contract/errors.js'

const firstPauseMs = 1000
const longestPauseMs = 15_000

interface Hanging {
  reason: GatewayError
  pauseMs: number
  /** Monotonic. */
  untilMs: number
  isTried: boolean
}

export class HangingServers {
  private readonly known = new Map<string, Hanging>()

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** Called before a session is opened, which then has to be told of by `opened` or `failed`. @throws GatewayError `server_timeout` */
  begin(slug: string): void {
    const hanging = this.known.get(slug)
    if (hanging === undefined) return
    const leftMs = hanging.untilMs - this.nowMs()
    if (leftMs <= 0 && !hanging.isTried) {
      hanging.isTried = true
      return
    }
    const when = hanging.isTried ? 'is being tried again just now' : `is tried again in ${Math.ceil(leftMs / 1000)} s`
    throw new GatewayError('server_timeout', {
      detail: `The server hangs, and ${when}. ${hanging.reason.detail ?? ''}`.trim(),
      fix: `See how it is doing: gatehouse servers probe ${slug}`,
    })
  }

  /** Whether somebody is trying at this moment whether a server that hung still does. */
  isTried(slug: string): boolean {
    return this.known.get(slug)?.isTried === true
  }

  opened(slug: string): void {
    this.known.delete(slug)
  }

  failed(slug: string, reason: unknown): void {
    // Another failure is no silence, and comes at once the next time as well.
    if (!(reason instanceof GatewayError) || reason.code !== 'server_timeout') return this.opened(slug)
    const before = this.known.get(slug)
    // What was tried together failed together.
    if (before !== undefined && !before.isTried && this.nowMs() < before.untilMs) return
    const pauseMs = before === undefined ? firstPauseMs : Math.min(before.pauseMs * 2, longestPauseMs)
    this.known.set(slug, { reason, pauseMs, untilMs: this.nowMs() + pauseMs, isTried: false })
  }
}
