/**
 * Keeps `tools/call`s of different agents apart where a question of the server could not be told to be about one of them.
 * Once a server turned out to ask agents without saying during which call, its tools are called by one agent at a time.
 * Before that is known, only tools that nobody has called yet are: two of them do not run for different agents side by
 * side, so that a burst of first calls finds out with the first of them. First come, first served; calls of one agent run
 * side by side, and so do those of one caller while the first waits for what its agent says. A turn that lasts holds nobody up for long: then the others run beside it.
 */
import { GatewayError } from '../../contract/errors.js'
import { StopController, type StopSignal } from '../../stop-signal.js'
import { CallCancelled } from './call-cancelled.js'

const maxWaiting = 1000
const neverAborted = new StopController()
const maxQuietTools = 10_000

/** Tools that were called and asked nothing. May be kept for a server's next session. */
export type QuietTools = Pick<Set<string>, 'has' | 'add' | 'size'>

interface Turn {
  /** Calls of the agent that run. */
  calls: number
  readonly callerId: string | undefined
  readonly sinceMs: number
}

interface Waiting {
  readonly call: TurnCall
  /** It runs already, and waits to go on with what its agent said. */
  readonly isResuming: boolean
  readonly start: () => void
  readonly refuse: (reason: Error) => void
}

/** One call, which takes a turn for as long as it runs. */
export interface TurnCall {
  readonly agentId: string
  readonly callerId?: string | undefined
  readonly signal: StopSignal
  /** Set where the tool's asking nothing is to be found out. */
  readonly tool?: string | undefined
  /** Whether it counts among the first calls of tools. */
  isFirst?: boolean
}

export class ToolTurns {
  /** Until this is set, only first calls of tools wait for each other. */
  isOneAgentAtATime: boolean
  private readonly running = new Map<string, Turn>()
  private readonly runningFirst = new Map<string, Turn>()
  private waiting: Waiting[] = []
  private patience: NodeJS.Timeout | undefined
  /** Agents that are being asked, and may be asked more at once. */
  private bursts = 0

  /** @param patienceMs how long a turn may be before it is not waited for any more */
  constructor(
    isOneAgentAtATime: boolean,
    private readonly patienceMs: number,
    private readonly quiet: QuietTools = new Set(),
    private readonly isAnswering: (agentId: string) => boolean = () => false,
  ) {
    this.isOneAgentAtATime = isOneAgentAtATime
  }

  /**
   * @returns undefined where the call may begin at once, otherwise resolves when it may. Then `end` has to be called.
   * @throws GatewayError `server_unreachable` where too many wait, or `fail` was called
   * @throws CallCancelled
   */
  begin(call: TurnCall): Promise<void> | undefined {
    if (this.mayRun(call) && (this.waiting.length === 0 || !this.takesTurns(call))) {
      this.count(call)
      return undefined
    }
    const { signal } = call
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
        call,
        isResuming: false,
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

  /** @param asked nothing, as far as can be known: its tool need not be found out any more */
  end(call: TurnCall, asked: 'nothing' | 'unknown' = 'unknown'): void {
    const { agentId, tool } = call
    leave(this.running, agentId)
    if (call.isFirst === true) leave(this.runningFirst, agentId)
    if (asked === 'nothing' && tool !== undefined && !this.isOneAgentAtATime && this.quiet.size < maxQuietTools)
      this.quiet.add(tool)
    if (this.waiting.length > 0) this.advance()
  }

  /**
   * An agent has said what it was asked. The server hears it once no other agent's call runs that it could ask about next.
   *
   * @returns undefined where it may hear it at once, otherwise resolves when it may
   * @throws GatewayError what `fail` was called with
   */
  resume(agentId: string): Promise<void> | undefined {
    if (this.mayResume(agentId) && !this.waiting.some(({ isResuming }) => isResuming)) return undefined
    return new Promise((start, refuse) => {
      const firstOther = this.waiting.findIndex(({ isResuming }) => !isResuming)
      const call: TurnCall = { agentId, signal: neverAborted }
      this.waiting.splice(firstOther === -1 ? this.waiting.length : firstOther, 0, {
        call,
        isResuming: true,
        start,
        refuse,
      })
      this.armPatience()
    })
  }

  /**
   * An agent is being asked: other agents of its caller need not wait for what it says. A call may ask several things at
   * once, which may come in several pieces, so the others begin when all of it has come.
   */
  asked(allCame: () => Promise<unknown>): void {
    // Nobody waits for anybody.
    if (this.patienceMs === 0) return
    this.bursts++
    void allCame().finally(() => {
      this.bursts--
      if (this.waiting.length > 0) this.advance()
    })
  }

  /** Refuses whoever waits. */
  fail(reason: Error): void {
    clearTimeout(this.patience)
    const { waiting } = this
    this.waiting = []
    for (const entry of waiting) entry.refuse(reason)
  }

  private takesTurns({ tool }: TurnCall): boolean {
    return this.isOneAgentAtATime || (tool !== undefined && !this.quiet.has(tool))
  }

  private mayRun(call: TurnCall): boolean {
    if (!this.takesTurns(call)) return true
    const enoughMs = performance.now() - this.patienceMs
    for (const [id, turn] of this.others) {
      if (id === call.agentId || turn.sinceMs <= enoughMs) continue
      const isOneCallers = call.callerId !== undefined && turn.callerId === call.callerId
      if (!isOneCallers || this.bursts > 0 || !this.isAnswering(id)) return false
    }
    return true
  }

  private mayResume(agentId: string): boolean {
    const enoughMs = performance.now() - this.patienceMs
    for (const [id, turn] of this.others)
      if (id !== agentId && turn.sinceMs > enoughMs && !this.isAnswering(id)) return false
    return true
  }

  private get others(): ReadonlyMap<string, Turn> {
    return this.isOneAgentAtATime ? this.running : this.runningFirst
  }

  private count(call: TurnCall): void {
    enter(this.running, call)
    call.isFirst = call.tool !== undefined && !this.quiet.has(call.tool)
    if (call.isFirst) enter(this.runningFirst, call)
  }

  private advance(): void {
    // One at a time: what it comes to decides who is next.
    const [first] = this.waiting
    if (first?.isResuming === true) {
      if (this.mayResume(first.call.agentId)) {
        this.waiting.shift()
        first.start()
      }
      return this.armPatience()
    }
    const still: Waiting[] = []
    for (const entry of this.waiting) {
      // Nobody overtakes whoever waits for a turn, but who needs none.
      const isHeldUp = still.length > 0 && this.takesTurns(entry.call)
      if (isHeldUp || !this.mayRun(entry.call)) still.push(entry)
      else {
        this.count(entry.call)
        entry.start()
      }
    }
    this.waiting = still
    this.armPatience()
  }

  private armPatience(): void {
    clearTimeout(this.patience)
    if (this.waiting.length === 0) return
    const newestMs = Math.max(0, ...[...this.others.values()].map(({ sinceMs }) => sinceMs))
    const leftMs = Math.max(newestMs + this.patienceMs - performance.now(), 0)
    this.patience = setTimeout(() => this.advance(), leftMs + 1)
  }
}

function enter(turns: Map<string, Turn>, { agentId, callerId }: TurnCall): void {
  const turn = turns.get(agentId)
  if (turn === undefined) turns.set(agentId, { calls: 1, callerId, sinceMs: performance.now() })
  else turn.calls++
}

function leave(turns: Map<string, Turn>, agentId: string): void {
  const turn = turns.get(agentId)
  if (turn !== undefined && --turn.calls === 0) turns.delete(agentId)
}
