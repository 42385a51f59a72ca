/** Which agents have requests at the server, so that a server's question without an address can be given one. */
import type { JsonRpcRequest } from '../../contract/json-rpc.js'
import type { AgentPeer } from '../server-session.js'
import type { OutboundRequest } from '../transport.js'

export interface RequestInFlight {
  readonly id: number
  readonly message: JsonRpcRequest
  readonly agent: AgentInFlight | undefined
  /** Nobody waits any more, but the server may still be working. */
  readonly isGivenUp: boolean
  /** Counts the server's silence. */
  readonly timer: NodeJS.Timeout | undefined
  readonly options: { readonly outbound: OutboundRequest; readonly peer?: AgentPeer }
}

export interface AgentInFlight {
  readonly id: string
  readonly callerId: string | undefined
  /** Oldest first. Those that were given up stay until the server can be trusted to have stopped. */
  readonly requests: RequestInFlight[]
  /** Questions of the server that this agent is answering: its silence is not the server's. */
  asking: number
  /** When it was asked last, in counts of questions. */
  askedAt: number
}

export class AgentsInFlight {
  private readonly agents = new Map<string, AgentInFlight>()
  private requestCount = 0

  /** Requests of all agents that the server may still be working on. */
  get size(): number {
    return this.requestCount
  }

  enter(request: RequestInFlight, peer: AgentPeer): AgentInFlight {
    let agent = this.agents.get(peer.id)
    if (agent === undefined) {
      agent = { id: peer.id, callerId: peer.callerId, requests: [], asking: 0, askedAt: 0 }
      this.agents.set(peer.id, agent)
    }
    agent.requests.push(request)
    this.requestCount++
    return agent
  }

  leave(request: RequestInFlight): void {
    const { agent } = request
    const at = agent?.requests.indexOf(request) ?? -1
    if (agent === undefined || at === -1) return
    agent.requests.splice(at, 1)
    this.requestCount--
    if (agent.requests.length === 0) this.agents.delete(agent.id)
  }

  /** Whether all that the server can be doing for an agent waits for what the agent says. */
  isAnswering(agentId: string): boolean {
    const agent = this.agents.get(agentId)
    return agent !== undefined && agent.asking >= agent.requests.length
  }

  /** Agents with a request that was sent no later than `lastId`. */
  sentUntil(lastId: number): AgentInFlight[] {
    const found: AgentInFlight[] = []
    for (const agent of this.agents.values()) {
      const [oldest] = agent.requests
      if (oldest !== undefined && oldest.id <= lastId) found.push(agent)
    }
    return found
  }

  clear(): void {
    this.agents.clear()
    this.requestCount = 0
  }
}

/** The oldest request of an agent that it still waits for. */
export function waitingRequest(agent: AgentInFlight): RequestInFlight | undefined {
  for (const request of agent.requests) if (!request.isGivenUp) return request
  return undefined
}
