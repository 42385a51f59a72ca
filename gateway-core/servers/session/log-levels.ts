/** Which log messages each agent wants. A server has one level for its session; agents that share it have one each. */

const severities: ReadonlyMap<unknown, number> = new Map(
  ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'].map((level, index) => [
    level,
    index,
  ]),
)
/** What an agent is taken to want that never said so, once others have. */
const usualLevel = 'info'
const maxAgents = 10_000

export function isLogLevel(level: unknown): level is string {
  return severities.has(level)
}

export class LogLevels {
  private readonly wanted = new Map<string, string>()

  of(agentId: string): string | undefined {
    return this.wanted.get(agentId)
  }

  set(agentId: string, level: string): void {
    this.wanted.delete(agentId)
    this.wanted.set(agentId, level)
    const [oldest] = this.wanted.keys()
    if (this.wanted.size > maxAgents && oldest !== undefined) this.wanted.delete(oldest)
  }

  forget(agentId: string): void {
    this.wanted.delete(agentId)
  }

  /** Whether an agent is to have a message. A level that is none goes to everybody. */
  admits(agentId: string, level: unknown): boolean {
    if (this.wanted.size === 0) return true
    const severity = severities.get(level)
    return severity === undefined || severity >= severityOf(this.wanted.get(agentId) ?? usualLevel)
  }

  /** The level that satisfies everybody who listens. */
  lowest(listeningIds: Iterable<string>): string {
    let lowest = 'emergency'
    const consider = (level: string): void => {
      if (severityOf(level) < severityOf(lowest)) lowest = level
    }
    for (const level of this.wanted.values()) consider(level)
    for (const id of listeningIds) consider(this.wanted.get(id) ?? usualLevel)
    return lowest
  }
}

function severityOf(level: string): number {
  return severities.get(level) ?? 0
}
