/** Passes the server's notifications to those whom they concern. */
import { isRecord, type JsonRpcNotification, type RequestId } from '../../contract/json-rpc.js'
import type { AgentPeer } from '../server-session.js'
import { waitingRequest, type AgentInFlight, type AgentsInFlight } from './agents-in-flight.js'
import { subscriptionOf, withoutSubscription, type ChangeStream } from './change-stream.js'
import type { Listeners } from './listeners.js'
import type { LogLevels } from './log-levels.js'
import { idOfToken } from './request-params.js'
import type { OutgoingRequest, OutgoingRequests } from './outgoing-requests.js'
import { metaKeys } from './protocol-names.js'
import type { ServerRequests } from './server-requests.js'

const maxElicitations = 1000

export interface NotificationPorts {
  readonly outgoing: OutgoingRequests
  readonly agents: AgentsInFlight
  readonly listeners: Listeners
  readonly levels: LogLevels
  readonly serverRequests: ServerRequests
  /** Undefined with servers of the older eras. */
  changes(): ChangeStream | undefined
  /** Whether all agents are one caller's. */
  readonly isSingle: boolean
}

export class Notifications {
  /** Who was shown the URL of an elicitation, by its id. */
  private readonly elicitations = new Map<string, AgentPeer>()

  constructor(private readonly ports: NotificationPorts) {}

  urlShown(elicitationId: string, peer: AgentPeer): void {
    this.elicitations.set(elicitationId, peer)
    const [oldest] = this.elicitations.keys()
    if (this.elicitations.size > maxElicitations && oldest !== undefined) this.elicitations.delete(oldest)
  }

  receive(notification: JsonRpcNotification, during: RequestId | undefined): void {
    const { method, params } = notification
    if (method === 'notifications/progress') return this.progress(notification)
    const call = during === undefined ? undefined : this.ports.outgoing.find(during)
    if (call !== undefined) this.ports.outgoing.heard(call)
    switch (method) {
      case 'notifications/cancelled':
        return this.ports.serverRequests.cancelled(params?.['requestId'])
      case 'notifications/message':
        return this.log(notification, during, call)
      case 'notifications/tools/list_changed':
      case 'notifications/prompts/list_changed':
      case 'notifications/resources/list_changed':
      case 'notifications/resources/updated':
        return this.changed(notification, during)
      case 'notifications/elicitation/complete':
        return this.elicitationComplete(notification)
      default:
        return this.other(notification, during, call)
    }
  }

  /** The token names the request. Progress that comes after the answer finds none. */
  private progress({ jsonrpc, method, params }: JsonRpcNotification): void {
    const request = this.ports.outgoing.find(idOfToken(params?.['progressToken']))
    if (request === undefined) return
    this.ports.outgoing.heard(request)
    const { peer, progressToken } = request.options
    if (request.isGivenUp || peer === undefined || progressToken === undefined) return
    peer.notify({ jsonrpc, method, params: { ...params, progressToken } })
  }

  private log(
    notification: JsonRpcNotification,
    during: RequestId | undefined,
    call: OutgoingRequest | undefined,
  ): void {
    const { levels, agents, listeners } = this.ports
    const level = notification.params?.['level']
    const tell = (peer: AgentPeer): void => {
      // A stateless server was told the level with the request.
      if (this.ports.outgoing.era === 'modern' || levels.admits(peer.id, level)) peer.notify(notification)
    }
    if (during !== undefined) {
      if (call?.isGivenUp === false && call.options.peer !== undefined) tell(call.options.peer)
      return
    }
    const inFlight = agents.sentUntil(Infinity)
    const [agent] = inFlight.length === 1 ? inFlight : this.loggedIn(inFlight)
    const peer = agent === undefined ? undefined : waitingRequest(agent)?.options.peer
    if (peer !== undefined) return tell(peer)
    // A stateless server logs for the request that wants it: what cannot be told to be another's is nobody's.
    if (this.ports.outgoing.era === 'modern' && !this.ports.isSingle) return
    listeners.notifyAll(notification, (id) => levels.admits(id, level))
  }

  /** With a stateless server, the one agent in flight that asked for logs. */
  private loggedIn(inFlight: readonly AgentInFlight[]): readonly AgentInFlight[] {
    if (this.ports.outgoing.era === 'legacy') return []
    const wanting = inFlight.filter((agent) => {
      const meta = waitingRequest(agent)?.message.params?.['_meta']
      return isRecord(meta) && meta[metaKeys.logLevel] !== undefined
    })
    return wanting.length === 1 ? wanting : []
  }

  private changed(notification: JsonRpcNotification, during: RequestId | undefined): void {
    const stream = during ?? subscriptionOf(notification.params)
    const changes = this.ports.changes()
    // While one stream takes over from another, both bring the same news.
    if (changes !== undefined && stream !== undefined && !changes.isCurrent(stream)) return
    const { jsonrpc, method } = notification
    const params = changes === undefined ? notification.params : withoutSubscription(notification.params)
    const own: JsonRpcNotification = params === undefined ? { jsonrpc, method } : { jsonrpc, method, params }
    const uri = params?.['uri']
    if (method !== 'notifications/resources/updated') this.ports.listeners.notifyAll(own)
    else if (typeof uri === 'string') this.ports.listeners.notifyUpdated(uri, own)
  }

  private elicitationComplete(notification: JsonRpcNotification): void {
    const id = notification.params?.['elicitationId']
    const peer = typeof id === 'string' ? this.elicitations.get(id) : undefined
    if (peer === undefined || typeof id !== 'string') return
    this.elicitations.delete(id)
    const listener = this.ports.listeners.find(peer.id)
    if (listener === undefined) peer.notify(notification)
    else listener.notify(notification)
  }

  /** What the gateway does not know goes where it certainly belongs, or nowhere. */
  private other(
    notification: JsonRpcNotification,
    during: RequestId | undefined,
    call: OutgoingRequest | undefined,
  ): void {
    if (call !== undefined && !call.isGivenUp) call.options.peer?.notify(notification)
    else if (during === undefined && this.ports.isSingle) this.ports.listeners.notifyAll(notification)
  }
}
