/** What waits for a person: calls that a policy asks about, each until it is decided or its deadline means deny. */
import { randomUUID } from 'node:crypto'
import type { StopSignal } from '../stop-signal.js'

const maxWaiting = 256

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

export type CallToApprove = Omit<CallApproval, 'kind' | 'id' | 'createdAt' | 'expiresAt'>

/** `full` where too many wait already. */
export type ApprovalOutcome = 'allow' | 'deny' | 'expired' | 'left' | 'full'

export interface CallApprovals {
  /** Waits. Resolves with `left` when the agent does not. */
  ask(call: CallToApprove, timeoutMs: number, left: StopSignal | undefined): Promise<ApprovalOutcome>
  /** Oldest first. */
  list(): readonly CallApproval[]
  /** @returns whether there was one of this id */
  decide(id: string, decision: 'allow' | 'deny'): boolean
  /** Denies everything that waits. */
  close(): void
}

/** @param changed called with each that begins to wait, and with each that no longer does */
export function createCallApprovals(
  changed: (approval: CallApproval, status: 'pending' | ApprovalOutcome) => void,
  nowMs: () => number = Date.now,
): CallApprovals {
  const waiting = new Map<string, { readonly approval: CallApproval; settle(outcome: ApprovalOutcome): void }>()
  return {
    ask: (call, timeoutMs, left) => {
      if (left?.aborted === true) return Promise.resolve('left')
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
        waiting.set(id, { approval, settle })
        left?.addEventListener('abort', leave, { once: true })
        changed(approval, 'pending')
      })
    },
    list: () => [...waiting.values()].map(({ approval }) => approval),
    decide: (id, decision) => {
      const found = waiting.get(id)
      found?.settle(decision)
      return found !== undefined
    },
    close: () => {
      for (const { settle } of [...waiting.values()]) settle('deny')
    },
  }
}
