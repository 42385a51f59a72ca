/** What waits for a person: calls that a policy asks about, each until it is decided or its deadline means deny. */
import { randomUUID } from 'node:crypto'
import type { StopSignal } from '../stop-signal.js'

const maxWaiting = 256
const maxRemembered = 1_000

/** A call that waits. */
export interface CallApproval {
  readonly kind: 'call'
  readonly id: string
  readonly requestId: string
  readonly server: string
  readonly method: string
  readonly tool: string | undefined
  /** The caller's subject. */
  readonly caller: string
  readonly agent: string | undefined
  /** JSON text, cut off beyond 4096 characters. */
  readonly arguments: string | undefined
  readonly reason: string
  readonly policies: readonly string[]
  /** RFC 3339. */
  readonly createdAt: string
  readonly expiresAt: string
}

export interface CallToApprove extends Omit<CallApproval, 'kind' | 'id' | 'createdAt' | 'expiresAt'> {
  /** Tells callers apart, see `subjectKey`. */
  readonly subjectKey: string
}

/** `full` where too many wait already; `remembered` where an approval of before counts for this call too. */
export type ApprovalOutcome = 'allow' | 'deny' | 'expired' | 'left' | 'full' | 'remembered'

export interface CallApprovals {
  /** Waits. Resolves with `left` when the agent does not. */
  ask(call: CallToApprove, timeoutMs: number, left: StopSignal | undefined): Promise<ApprovalOutcome>
  /** Oldest first. */
  list(): readonly CallApproval[]
  /**
   * @param rememberMs so long an approval counts for every call of the same tool, by the same caller, that the same
   *   policies ask about
   * @returns whether there was one of this id
   */
  decide(id: string, decision: 'allow' | 'deny', rememberMs?: number): boolean
  /** Forgets which approvals count for more than one call. */
  forgetRemembered(): void
  /** Denies everything that waits. */
  close(): void
}

interface Waiting {
  readonly approval: CallApproval
  /** The same for calls that one approval may count for. */
  readonly kind: string
  settle(outcome: ApprovalOutcome): void
}

/** @param changed called with each that begins to wait, and with each that no longer does */
export function createCallApprovals(
  changed: (approval: CallApproval, status: 'pending' | ApprovalOutcome) => void,
  nowMs: () => number = Date.now,
): CallApprovals {
  const waiting = new Map<string, Waiting>()
  /** Until when, monotonic milliseconds. */
  const remembered = new Map<string, number>()
  return {
    ask: ({ subjectKey, ...call }, timeoutMs, left) => {
      const kind = JSON.stringify([subjectKey, call.server, call.method, call.tool, [...call.policies].sort()])
      if (left?.aborted === true) return Promise.resolve('left')
      if ((remembered.get(kind) ?? 0) > performance.now()) return Promise.resolve('remembered')
      remembered.delete(kind)
      if (waiting.size >= maxWaiting) return Promise.resolve('full')
      const id = randomUUID()
      const createdMs = nowMs()
      const approval: CallApproval = {
        ...call,
        kind: 'call',
        id,
        createdAt: new Date(createdMs).toISOString(),
        expiresAt: new Date(createdMs + timeoutMs).toISOString(),
      }
      return new Promise((resolve) => {
        const leave = (): void => settle('left')
        const settle = (outcome: ApprovalOutcome): void => {
          if (!waiting.delete(id)) return
          clearTimeout(timer)
          left?.removeEventListener('abort', leave)
          changed(approval, outcome)
          resolve(outcome)
        }
        const timer = setTimeout(() => settle('expired'), timeoutMs)
        timer.unref()
        waiting.set(id, { approval, kind, settle })
        left?.addEventListener('abort', leave, { once: true })
        changed(approval, 'pending')
      })
    },
    list: () => [...waiting.values()].map(({ approval }) => approval),
    decide: (id, decision, rememberMs) => {
      const found = waiting.get(id)
      if (found === undefined) return false
      found.settle(decision)
      if (decision === 'allow' && rememberMs !== undefined) {
        const [oldest] = remembered.keys()
        if (oldest !== undefined && remembered.size >= maxRemembered) remembered.delete(oldest)
        remembered.set(found.kind, performance.now() + rememberMs)
        for (const other of [...waiting.values()]) if (other.kind === found.kind) other.settle('remembered')
      }
      return true
    },
    forgetRemembered: () => remembered.clear(),
    close: () => {
      for (const { settle } of [...waiting.values()]) settle('deny')
    },
  }
}
