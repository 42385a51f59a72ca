/**
 * What a server of the older eras asks: sampling, elicitation, roots. On the response stream of a call that call's agent
 * is meant, and so it is where a question has the progress token of a call in its `_meta`. Elsewhere (stdio, SSE, a GET
 * stream) nothing says who is, and it is found by elimination: a question can only be about a request that was sent before
 * it came; `ToolTurns` sees to it that few are. While several agents have such requests the question is parked. After
 * 30 s, or sooner where every request in flight may be waiting for a parked question and nothing comes of any of them, the
 * newest is refused. A question never goes to an agent that it may not be for; among the agents of one caller, to the one
 * that has a call which waits for no answer yet, or else to the one that was asked last. Should that one's calls end
 * first, it was another's, and is asked there.
 */
import type { GatewayError } from '../../contract/errors.js'
import type { Answer, JsonRpcRequest, Params, RequestId } from '../../contract/json-rpc.js'
import type { AgentPeer } from '../server-session.js'
import { StopController } from '../../stop-signal.js'
import type { OutboundRequest } from '../transport.js'
import { waitingRequest, type AgentInFlight, type AgentsInFlight, type RequestInFlight } from './agents-in-flight.js'
import { canBeAsked, isKnownAsk } from './capabilities.js'
import { rpcCodes } from './protocol-names.js'
import { idOfToken, progressTokenOf } from './request-params.js'

const maxQuestions = 1000
const longestParkedMs = 30_000
/** How long nothing may come of the requests in flight before all of them are taken to wait for parked questions. */
const stalledMs = 3000
/** How long a question waits for the first agent: servers ask for roots as soon as a session is open. */
const longestHeldMs = 5000

export interface ServerRequestPorts {
  readonly agents: AgentsInFlight
  /** The id of the newest request to the server. */
  lastSentId(): number
  find(id: RequestId): RequestInFlight | undefined
  listenerCount(): number
  /** The only agent that listens to the session. */
  onlyListener(): AgentPeer | undefined
  /**
   * Whether all agents are one caller's: then a question may go to the agent that it is most likely for, and be one that
   * the gateway does not know.
   */
  readonly isSingle: boolean
  /** An agent is being asked during a call that nothing names. @param allCame see `caughtUp` */
  asked(allCame: () => Promise<unknown>): void
  /** Resolves when all has come that the server said until it read of this: to false where it does not answer. */
  caughtUp(outbound: OutboundRequest | undefined): Promise<boolean>
  /** An agent has answered. @returns what the server's hearing it has to wait for, if anything */
  resume(agentId: string): Promise<void> | undefined
  /** The server asks agents without saying during which call. */
  asksOutsideOfCalls(): void
  /** An agent is shown a URL under this id (2025-11-25, client/elicitation). */
  urlShown(elicitationId: string, peer: AgentPeer): void
  reply(id: RequestId, answer: Answer, outbound: OutboundRequest | undefined): void
}

interface Question {
  readonly request: JsonRpcRequest
  /** Ends the asking of one agent. */
  abort: StopController
  /** It came after this request was sent, and before any later one. */
  readonly lastSentId: number
  /** The call on whose stream it came. */
  during: RequestInFlight | undefined
  /** Who answers. */
  agent: AgentInFlight | undefined
  hasAnswer: boolean
}

export class ServerRequests {
  private readonly open = new Map<RequestId, Question>()
  private askedCount = 0
  /** Oldest first. */
  private parked: Question[] = []
  private parkTimer: NodeJS.Timeout | undefined
  private stallTimer: NodeJS.Timeout | undefined
  /** Of the requests in flight, since a question is parked. */
  private signsOfLife = 0
  /** Came while there was no agent at all. */
  private held: Question[] = []
  private holdTimer: NodeJS.Timeout | undefined

  constructor(private readonly ports: ServerRequestPorts) {}

  receive(request: JsonRpcRequest, during: RequestId | undefined): void {
    const { id, method } = request
    if (method === 'ping') return this.ports.reply(id, { result: {} }, undefined)
    // A second question under an id that is in use could not be answered apart from the first.
    if (this.open.has(id)) return
    if (!isKnownAsk(method) && !this.ports.isSingle) return this.refuseUnknown(id, method)
    if (this.open.size >= maxQuestions)
      return this.ports.reply(id, failure('Too many requests of the server are open.'), undefined)
    const lastSentId = this.ports.lastSentId()
    const question: Question = {
      request,
      abort: new StopController(),
      lastSentId,
      during: undefined,
      agent: undefined,
      hasAnswer: false,
    }
    this.open.set(id, question)
    const of = during ?? idOfToken(progressTokenOf(request.params))
    if (of === undefined) this.attribute(question)
    else this.askDuring(question, this.ports.find(of))
  }

  /** The server does not want the answer any more, and expects none. */
  cancelled(id: unknown): void {
    const question = this.open.get(id as RequestId)
    if (question === undefined) return
    this.open.delete(question.request.id)
    this.unpark(question)
    this.held = this.held.filter((other) => other !== question)
    question.abort.abort()
  }

  /** An agent is there to be asked. */
  listenerAdded(): void {
    const { held } = this
    if (held.length === 0) return
    this.stopHolding()
    for (const question of held) this.attribute(question)
  }

  /** A request in flight is over, which may tell whom a parked question is for. */
  reconsider(): void {
    if (this.open.size === 0) return
    this.heard()
    for (const question of [...this.open.values()]) this.askAnother(question)
    for (const question of [...this.parked]) this.attributeParked(question)
  }

  /** Something came of a request in flight. */
  heard(): void {
    if (this.parked.length === 0) return
    this.signsOfLife++
    this.stallTimer?.refresh()
  }

  /** An agent gave a request up: questions that came during it are not its concern any more. */
  givenUp(request: RequestInFlight): void {
    const { agent } = request
    if (agent === undefined) return
    const isGone = waitingRequest(agent) === undefined
    for (const question of this.open.values())
      if (question.during === request || (isGone && question.agent === agent)) {
        question.hasAnswer = true
        question.abort.abort()
      }
  }

  end(reason: GatewayError): void {
    this.parked = []
    this.armPark()
    this.stopHolding()
    for (const question of this.open.values()) question.abort.abort(reason)
    this.open.clear()
  }

  private askDuring(question: Question, call: RequestInFlight | undefined): void {
    const peer = call?.options.peer
    if (call?.agent === undefined || peer === undefined || call.isGivenUp)
      return this.finish(question, failure('Nobody waits for this call any more.'), call?.options.outbound)
    question.during = call
    this.ask(question, peer, call.agent, call.options.outbound)
  }

  private attribute(question: Question): void {
    const candidates = this.candidatesFor(question)
    if (candidates.length > 1 || (candidates.length === 1 && question.request.method !== 'roots/list'))
      this.ports.asksOutsideOfCalls()
    if (candidates.length > 1) return this.park(question)
    const [agent] = candidates
    if (agent !== undefined) return this.askAgent(question, agent)
    if (this.ports.listenerCount() === 0) return this.hold(question)
    const peer = this.ports.onlyListener()
    if (peer === undefined)
      this.finish(question, failure('No agent can be told to be the one that is asked.'), undefined)
    else this.ask(question, peer, undefined, undefined)
  }

  private candidatesFor({ lastSentId }: Question): readonly AgentInFlight[] {
    const all = this.ports.agents.sentUntil(lastSentId)
    if (all.length < 2 || !(this.ports.isSingle || areOneCallers(all))) return all
    const free = all.filter((agent) => agent.asking < agent.requests.length)
    if (free.length === 1) return free
    // A call that asks several things asks them at once.
    return free.length > 1 ? all : [all.reduce((latest, agent) => (agent.askedAt > latest.askedAt ? agent : latest))]
  }

  private attributeParked(question: Question): void {
    if (!this.parked.includes(question)) return
    const candidates = this.candidatesFor(question)
    if (candidates.length > 1) return
    this.unpark(question)
    const [agent] = candidates
    if (agent === undefined) this.finish(question, failure('The call that this was about is over.'), undefined)
    else this.askAgent(question, agent)
  }

  private askAgent(question: Question, agent: AgentInFlight): void {
    const call = waitingRequest(agent)
    const peer = call?.options.peer
    if (call === undefined || peer === undefined)
      this.finish(question, failure('Nobody waits for this call any more.'), undefined)
    else this.ask(question, peer, agent, call.options.outbound)
  }

  private ask(
    question: Question,
    peer: AgentPeer,
    agent: AgentInFlight | undefined,
    outbound: OutboundRequest | undefined,
  ): void {
    const { request, abort } = question
    const { method, params } = request
    if (isKnownAsk(method) && !canBeAsked(peer.capabilities, method, params)) {
      peer.notAsked?.(method, params)
      this.open.delete(request.id)
      return this.refuseUnknown(request.id, method)
    }
    this.noteUrl(method, params, peer)
    question.agent = agent
    let caughtUp: Promise<boolean> | undefined
    const allCame = (): Promise<boolean> => (caughtUp ??= this.ports.caughtUp(outbound))
    const isFound = agent !== undefined && question.during === undefined
    if (agent !== undefined) {
      agent.asking++
      agent.askedAt = ++this.askedCount
      if (isFound) this.ports.asked(allCame)
    }
    const answered = async (answer: Answer): Promise<void> => {
      const isMeant = question.abort === abort
      if (isMeant) question.hasAnswer = true
      const turn = isMeant && isFound ? this.ports.resume(agent.id) : undefined
      // Refused only where the session is over, and with it the question.
      if (turn !== undefined) await turn.catch(() => undefined)
      if (agent !== undefined) resumeSilence(agent)
      if (isMeant) this.finish(question, answer, outbound)
    }
    void peer
      .ask(method, params, abort, allCame)
      .then(answered, () => answered(failure('The agent could not be asked.')))
  }

  /** The calls of the agent that is asked have all ended, and those of others have not: it is about one of theirs. */
  private askAnother(question: Question): void {
    const { agent, during, hasAnswer, lastSentId, abort } = question
    if (agent === undefined || during !== undefined || hasAnswer || agent.requests.length > 0) return
    // Where there are none, a server asks that has answered the call already.
    if (this.ports.agents.sentUntil(lastSentId).length === 0) return
    question.agent = undefined
    question.abort = new StopController()
    abort.abort()
    this.attribute(question)
  }

  private noteUrl(method: string, params: Params | undefined, peer: AgentPeer): void {
    const elicitationId = params?.['elicitationId']
    if (method === 'elicitation/create' && typeof elicitationId === 'string') this.ports.urlShown(elicitationId, peer)
  }

  private hold(question: Question): void {
    this.held.push(question)
    this.holdTimer ??= setTimeout(() => {
      const { held } = this
      this.stopHolding()
      for (const waiting of held) this.finish(waiting, failure('There is no agent to ask.'), undefined)
    }, longestHeldMs)
  }

  private stopHolding(): void {
    clearTimeout(this.holdTimer)
    this.holdTimer = undefined
    this.held = []
  }

  private park(question: Question): void {
    this.parked.push(question)
    this.signsOfLife++
    this.armPark()
  }

  private unpark(question: Question): void {
    const at = this.parked.indexOf(question)
    if (at === -1) return
    this.parked.splice(at, 1)
    this.armPark()
  }

  private armPark(): void {
    if (this.parked.length === 0) {
      clearTimeout(this.parkTimer)
      clearTimeout(this.stallTimer)
      this.parkTimer = undefined
      this.stallTimer = undefined
      return
    }
    this.parkTimer ??= setTimeout(() => this.parkedForLong(), longestParkedMs)
    this.stallTimer ??= setTimeout(() => void this.stalled(), stalledMs)
  }

  /** A server that answers, though nothing comes of what it was asked, waits for answers itself. */
  private async stalled(): Promise<void> {
    const { signsOfLife } = this
    this.stallTimer = undefined
    const hasAnswered = await this.ports.caughtUp(undefined)
    const isStalled = hasAnswered && this.signsOfLife === signsOfLife
    if (isStalled && this.parked.length >= this.ports.agents.size) this.refuseNewest()
    this.armPark()
  }

  private parkedForLong(): void {
    this.parkTimer = undefined
    this.refuseNewest()
    this.armPark()
  }

  private refuseNewest(): void {
    const newest = this.parked.at(-1)
    if (newest === undefined) return
    this.unpark(newest)
    this.finish(
      newest,
      failure('Several agents have calls at this server, and this may be for any of them.'),
      undefined,
    )
  }

  private refuseUnknown(id: RequestId, method: string): void {
    const error = { code: rpcCodes.methodNotFound, message: `The agent does not answer ${method}.` }
    this.ports.reply(id, { error }, undefined)
  }

  private finish(question: Question, answer: Answer, outbound: OutboundRequest | undefined): void {
    const { id } = question.request
    // Cancelled by the server meanwhile, or the session is over.
    if (this.open.get(id) !== question) return
    this.open.delete(id)
    this.ports.reply(id, answer, outbound)
  }
}

function areOneCallers(agents: readonly AgentInFlight[]): boolean {
  const callerId = agents[0]?.callerId
  return callerId !== undefined && agents.every((agent) => agent.callerId === callerId)
}

/** From here the server's silence is its own again. */
function resumeSilence(agent: AgentInFlight): void {
  agent.asking--
  for (const request of agent.requests) if (!request.isGivenUp) request.timer?.refresh()
}

function failure(message: string): Answer {
  return { error: { code: rpcCodes.internal, message } }
}
