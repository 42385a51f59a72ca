/**
 * What is worth a notification: a sign-in that is needed, a burst of denials, an update that is ready, another port.
 * Success is not. One of each kind is shown at a time; a later one of the kind takes its place and speaks for both.
 */
import type { DesktopPreferences, OpenTarget } from '../../gateway-core/contract/desktop.js'

export interface Notice {
  /** A notice of the same kind takes the place of the one before. */
  readonly kind: 'sign-in' | 'denials' | 'update' | 'port'
  readonly title: string
  readonly body: string
  /** What a click shows. */
  readonly target: OpenTarget
}

export type NotificationPreferences = Pick<DesktopPreferences, 'notifySignIn' | 'notifyDenials' | 'notifyUpdates'>

const burstSize = 5
const burstWindowMs = 60_000
/** After one about denials, this long none. */
const quietMs = 10 * 60_000
/** A server that flickers is told of once within this time. */
const signInQuietMs = 60 * 60_000

export class NotificationRules {
  private denials: { readonly id: string; readonly server: string; readonly atMs: number }[] = []
  private deniedNoticeMs = Number.NEGATIVE_INFINITY
  private readonly toldMs = new Map<string, number>()

  constructor(
    private readonly preferences: () => NotificationPreferences,
    /** Monotonic milliseconds. */
    private readonly nowMs: () => number,
  ) {}

  /** @param waiting all servers that need a sign-in @param before the same, before the change */
  signInNeeded(waiting: readonly string[], before: readonly string[]): Notice | undefined {
    const nowMs = this.nowMs()
    const fresh = waiting.filter((slug) => !before.includes(slug) && nowMs - this.toldAt(slug) >= signInQuietMs)
    for (const [slug, atMs] of this.toldMs) if (nowMs - atMs >= signInQuietMs) this.toldMs.delete(slug)
    for (const slug of fresh) this.toldMs.set(slug, nowMs)
    const [slug] = fresh
    if (slug === undefined || !this.preferences().notifySignIn) return undefined
    return {
      kind: 'sign-in',
      title: waiting.length === 1 ? `Sign in to ${slug}` : `${waiting.length} servers need you to sign in`,
      body: waiting.length === 1 ? 'Its agents wait until you do.' : listed(waiting),
      target: waiting.length === 1 ? { page: 'server', slug } : { page: 'home' },
    }
  }

  denied(id: string, server: string): Notice | undefined {
    const nowMs = this.nowMs()
    this.denials = [...this.denials, { id, server, atMs: nowMs }]
      .filter(({ atMs }) => nowMs - atMs < burstWindowMs)
      .slice(-100)
    if (this.denials.length < burstSize || nowMs - this.deniedNoticeMs < quietMs) return undefined
    this.deniedNoticeMs = nowMs
    if (!this.preferences().notifyDenials) return undefined
    const servers = [...new Set(this.denials.map((denial) => denial.server))]
    return {
      kind: 'denials',
      title: `${this.denials.length} calls denied within a minute`,
      body: listed(servers),
      target: { page: 'exchange', id },
    }
  }

  updateReady(version: string): Notice | undefined {
    if (!this.preferences().notifyUpdates) return undefined
    return {
      kind: 'update',
      title: `Gatehouse ${version} is ready`,
      body: 'It is installed when you quit.',
      target: { page: 'settings', section: 'updates' },
    }
  }

  /** @param before where agents called the last time, undefined at the first start */
  listening(dataUrl: string, before: string | undefined): Notice | undefined {
    if (before === undefined || before === dataUrl) return undefined
    return {
      kind: 'port',
      title: `Agents now call ${dataUrl}`,
      body: `It was ${before}. Agents that are set up for that address get no answer.`,
      target: { page: 'settings', section: 'network' },
    }
  }

  private toldAt(slug: string): number {
    return this.toldMs.get(slug) ?? Number.NEGATIVE_INFINITY
  }
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ')
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown
}
