/**
 * Runs `tools/call`s of different agents one agent at a time, once a server turned out to ask agents without saying
 * during which call. First come, first served; calls of one agent run side by side. A turn that lasts holds nobody up for
 * long: then the others run beside it.
 */
import { GatewayError } from '../../contract/errors.js'
import type { StopSignal } from '../../stop-signal.js'
import { CallCancelled } from './call-cancelled.js'

const maxWaiting = 1000

interface Turn {
  /** Calls of the agent that run. */
  calls: number
  readonly sinceMs: number
}

interface Waiting {
  readonly agentId: string
  readonly start: () => void
  readonly refuse: (reason: Error) => void
}

export class ToolTurns {
  /** Until this is set, every call begins at once. */
  isOneAgentAtATime: boolean
  private readonly running = new Map<string, Turn>()
  private waiting: Waiting[] = []
  private patience: NodeJS.Timeout | undefined

  /** @param patienceMs how long a turn may be before it is not waited for any more */
  constructor(
    isOneAgentAtATime: boolean,
    private readonly patienceMs: number,
  ) {
    this.isOneAgentAtATime = isOneAgentAtATime
  }

  /**
   * @returns undefined where the call may begin at once, otherwise resolves when it may. Then `end` has to be called.
   * @throws GatewayError `server_unreachable` where too many wait, or `fail` was called
   * @throws CallCancelled
   */
  begin(agentId: string, signal: StopSignal): Promise<void> | undefined {
    if (!this.isOneAgentAtATime || (this.waiting.length === 0 && this.mayRun(agentId))) {
      this.count(agentId)
      return undefined
    }
    if (signal.aborted) return Promise.reject(new CallCancelled())
    if (this.waiting.length >= maxWaiting)
      return Promise.reject(new GatewayError('server_unreachable', { detail: 'too many calls wait for their turn' }))
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.waiting = this.waiting.filter((other) => other !== entry)
        reject(new CallCancelled())
        this.advance()
      }
      const entry: Waiting = {
        agentId,
        start: () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        },
        refuse: (reason) => {
          signal.removeEventListener('abort', onAbort)
          reject(reason)
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.waiting.push(entry)
      this.armPatience()
    })
  }

  end(agentId: string): void {
    const turn = this.running.get(agentId)
    if (turn !== undefined && --turn.calls === 0) this.running.delete(agentId)
    this.advance()
  }

  /** Refuses whoever waits. */
  fail(reason: Error): void {
    clearTimeout(this.patience)
    const { waiting } = this
    this.waiting = []
    for (const entry of waiting) entry.refuse(reason)
  }

  private mayRun(agentId: string): boolean {
    const enoughMs = performance.now() - this.patienceMs
    for (const [id, turn] of this.running) if (id !== agentId && turn.sinceMs > enoughMs) return false
    return true
  }

  private count(agentId: string): void {
    const turn = this.running.get(agentId)
    if (turn === undefined) this.running.set(agentId, { calls: 1, sinceMs: performance.now() })
    else turn.calls++
  }

  private advance(): void {
    for (let next = this.waiting[0]; next !== undefined && this.mayRun(next.agentId); next = this.waiting[0]) {
      this.waiting.shift()
      this.count(next.agentId)
      next.start()
    }
    this.armPatience()
  }

  private armPatience(): void {
    clearTimeout(this.patience)
    if (this.waiting.length === 0) return
    const newestMs = Math.max(...[...this.running.values()].map(({ sinceMs }) => sinceMs))
    const leftMs = Math.max(newestMs + this.patienceMs - performance.now(), 0)
    this.patience = setTimeout(() => this.advance(), leftMs + 1)
  }
}
