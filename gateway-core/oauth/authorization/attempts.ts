/** Attempts to connect an account: begun here, finished by a browser that comes back, or given up after ten minutes. */
import { randomHex } from '../../random-hex.js'
import type { Diagnosis } from '../../contract/diagnosis.js'
import { digestOf, usedOnceMs, UsedOnce } from './used-once.js'

const maxRemembered = 5000

export type AttemptStatus = 'pending' | 'connected' | 'failed' | 'expired'

export interface AttemptReport {
  readonly id: string
  readonly status: AttemptStatus
  /** Id of the account that it gave. */
  readonly accountId?: string
  /** Why it failed, for people. */
  readonly error?: string
  readonly diagnosis?: Diagnosis
}

/** What was begun, until the browser comes back with an answer to exactly that. */
export interface Pending<T> {
  readonly id: string
  readonly what: T
}

export class Attempts<T> {
  private readonly byState: UsedOnce<Pending<T>>
  private readonly reports = new Map<string, { report: AttemptReport; readonly untilMs: number }>()
  /** By the digest of its state, when an attempt was begun and what it is called, so that a tab of it is told apart. */
  private readonly begun = new Map<string, { readonly id: string; readonly beganMs: number }>()

  /** @param nowMs monotonic, milliseconds */
  constructor(private readonly nowMs: () => number = () => performance.now()) {
    this.byState = new UsedOnce(nowMs)
  }

  begin(owner: string, what: T): { readonly id: string; readonly state: string } {
    const id = `att_${randomHex(12)}`
    const state = this.byState.keep(owner, { id, what })
    if (this.reports.size >= maxRemembered) this.forgetOldest()
    const [oldest] = this.begun.size >= maxRemembered ? this.begun.keys() : []
    if (oldest !== undefined) this.begun.delete(oldest)
    this.begun.set(digestOf(state), { id, beganMs: this.nowMs() })
    this.reports.set(id, { report: { id, status: 'pending' }, untilMs: this.nowMs() + usedOnceMs })
    return { id, state }
  }

  /** The attempt that has this state and waits. It goes on waiting until `take`. */
  waiting(state: string): Pending<T> | undefined {
    return this.byState.peek(state)
  }

  /** What is remembered of an attempt that waits no longer. */
  earlier(state: string): { readonly ageMs: number; readonly status: AttemptStatus | undefined } | undefined {
    const found = this.begun.get(digestOf(state))
    return found && { ageMs: this.nowMs() - found.beganMs, status: this.report(found.id)?.status }
  }

  /** Ends the waiting: nobody else can finish it. @returns whether it still waited */
  take(state: string): boolean {
    return this.byState.take(state) !== undefined
  }

  finish(
    id: string,
    outcome: { readonly accountId: string } | { readonly error: string; readonly diagnosis?: Diagnosis },
  ): void {
    const entry = this.reports.get(id)
    if (entry !== undefined) entry.report = { id, status: 'accountId' in outcome ? 'connected' : 'failed', ...outcome }
  }

  report(id: string): AttemptReport | undefined {
    const entry = this.reports.get(id)
    if (entry === undefined) return undefined
    return entry.report.status === 'pending' && entry.untilMs <= this.nowMs()
      ? { id, status: 'expired', error: 'Nobody finished signing in within ten minutes.' }
      : entry.report
  }

  /** Ends those that are about something which is no more. */
  drop(isMeant: (what: T) => boolean, error: string): void {
    for (const { id } of this.byState.drop(({ what }) => isMeant(what))) this.finish(id, { error })
  }

  /** Nobody can finish what is waiting. */
  clear(): void {
    this.byState.clear()
  }

  private forgetOldest(): void {
    const [oldest] = this.reports.keys()
    if (oldest !== undefined) this.reports.delete(oldest)
  }
}
