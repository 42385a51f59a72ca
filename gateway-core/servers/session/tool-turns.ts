/**
 * Runs `tools/call`s of different agents one agent at a time, once a server turned out to ask agents without saying
 * during which call. First come, first served; calls of one agent run side by side.
 */
import { GatewayError } from '../../contract/errors.js'
import { CallCancelled } from './call-cancelled.js'

const maxWaiting = 1000

interface Waiting {
  readonly agentId: string
  readonly start: () => void
  readonly refuse: (reason: Error) => void
}

export class ToolTurns {
  /** Until this is set, every call begins at once. */
  isOneAgentAtATime: boolean
  private readonly running = new Map<string, number>()
  private waiting: Waiting[] = []

  constructor(isOneAgentAtATime: boolean) {
    this.isOneAgentAtATime = isOneAgentAtATime
  }

  /**
   * @returns undefined where the call may begin at once, otherwise resolves when it may. Then `end` has to be called.
   * @throws GatewayError `server_unreachable` where too many wait, or `fail` was called
   * @throws CallCancelled
   */
  begin(agentId: string, signal: AbortSignal): Promise<void> | undefined {
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
    })
  }

  end(agentId: string): void {
    const left = (this.running.get(agentId) ?? 1) - 1
    if (left > 0) this.running.set(agentId, left)
    else this.running.delete(agentId)
    this.advance()
  }

  /** Refuses whoever waits. */
  fail(reason: Error): void {
    const { waiting } = this
    this.waiting = []
    for (const entry of waiting) entry.refuse(reason)
  }

  private mayRun(agentId: string): boolean {
    return this.running.size === 0 || (this.running.size === 1 && this.running.has(agentId))
  }

  private count(agentId: string): void {
    this.running.set(agentId, (this.running.get(agentId) ?? 0) + 1)
  }

  private advance(): void {
    for (let next = this.waiting[0]; next !== undefined && this.mayRun(next.agentId); next = this.waiting[0]) {
      this.waiting.shift()
      this.count(next.agentId)
      next.start()
    }
  }
}
