/** Who listens to a session, and which of its resources they are subscribed to. */
import type { Answer, JsonRpcNotification } from '../../contract/json-rpc.js'
import type { SessionListener } from '../server-session.js'
import { rpcCodes } from './protocol-names.js'

const maxUris = 10_000

/** One resource, subscribed to by at least one listener, or about to be given up. */
interface Subscription {
  readonly listeners: Set<SessionListener>
  /** The server was told and agreed. */
  isHeld: boolean
  /** Ends when what was begun for this resource is done: the server hears of one change at a time. */
  last: Promise<unknown>
}

export interface SubscriptionRequests {
  subscribe(uri: string): Promise<Answer>
  unsubscribe(uri: string): Promise<Answer>
}

export class Listeners {
  private readonly all = new Set<SessionListener>()
  private readonly subscriptions = new Map<string, Subscription>()

  get size(): number {
    return this.all.size
  }

  /** The only listener there is. */
  get only(): SessionListener | undefined {
    return this.all.size === 1 ? this.all.values().next().value : undefined
  }

  *ids(): Iterable<string> {
    for (const { agent } of this.all) yield agent.id
  }

  find(agentId: string): SessionListener | undefined {
    for (const listener of this.all) if (listener.agent.id === agentId) return listener
    return undefined
  }

  add(listener: SessionListener): void {
    this.all.add(listener)
  }

  /** Also ends its subscriptions. */
  remove(listener: SessionListener, requests: SubscriptionRequests): void {
    if (!this.all.delete(listener)) return
    for (const [uri, { listeners }] of this.subscriptions)
      if (listeners.has(listener)) this.unsubscribe(uri, listener, requests).catch(() => undefined)
  }

  notifyAll(notification: JsonRpcNotification, isWanted: (agentId: string) => boolean = () => true): void {
    for (const listener of this.all) if (isWanted(listener.agent.id)) listener.notify(notification)
  }

  /** A server may name a resource within the one that was subscribed to (2025-11-25, server/resources). */
  notifyUpdated(uri: string, notification: JsonRpcNotification): void {
    const exact = this.subscriptions.get(uri)
    if (exact !== undefined && exact.listeners.size > 0) {
      for (const listener of exact.listeners) listener.notify(notification)
      return
    }
    const within = new Set<SessionListener>()
    for (const [parent, { listeners }] of this.subscriptions)
      if (uri.startsWith(parent)) for (const listener of listeners) within.add(listener)
    for (const listener of within) listener.notify(notification)
  }

  /** Resources that somebody is subscribed to. */
  uris(): string[] {
    return [...this.subscriptions].filter(([, { listeners }]) => listeners.size > 0).map(([uri]) => uri)
  }

  async subscribe(uri: string, listener: SessionListener, requests: SubscriptionRequests): Promise<Answer> {
    let subscription = this.subscriptions.get(uri)
    if (subscription === undefined) {
      if (this.subscriptions.size >= maxUris)
        return { error: { code: rpcCodes.internal, message: 'Too many resources are subscribed to.' } }
      subscription = { listeners: new Set(), isHeld: false, last: Promise.resolve() }
      this.subscriptions.set(uri, subscription)
    }
    const wasNew = !subscription.listeners.has(listener)
    subscription.listeners.add(listener)
    let isDone = false
    try {
      const answer = await this.settle(uri, subscription, requests)
      isDone = 'result' in answer
      return answer
    } finally {
      if (!isDone && wasNew) subscription.listeners.delete(listener)
      this.drop(uri, subscription)
    }
  }

  async unsubscribe(uri: string, listener: SessionListener, requests: SubscriptionRequests): Promise<Answer> {
    const subscription = this.subscriptions.get(uri)
    if (subscription === undefined || !subscription.listeners.delete(listener)) return { result: {} }
    try {
      return await this.settle(uri, subscription, requests)
    } finally {
      this.drop(uri, subscription)
    }
  }

  /** Tells a server that begins a session anew what its last session held. */
  async renew(requests: SubscriptionRequests): Promise<void> {
    for (const [uri, subscription] of this.subscriptions) {
      if (!subscription.isHeld) continue
      subscription.isHeld = false
      await this.settle(uri, subscription, requests)
    }
  }

  /** Makes what the server holds what the listeners want, after whatever goes on for this resource already. */
  private settle(uri: string, subscription: Subscription, requests: SubscriptionRequests): Promise<Answer> {
    const change = async (): Promise<Answer> => {
      const isWanted = subscription.listeners.size > 0
      if (isWanted === subscription.isHeld) return { result: {} }
      if (!isWanted) subscription.isHeld = false
      const answer = isWanted ? await requests.subscribe(uri) : await requests.unsubscribe(uri)
      if (isWanted) subscription.isHeld = 'result' in answer
      return answer
    }
    const next = subscription.last.then(change, change)
    subscription.last = next
    return next
  }

  private drop(uri: string, subscription: Subscription): void {
    if (subscription.listeners.size === 0 && !subscription.isHeld && this.subscriptions.get(uri) === subscription)
      this.subscriptions.delete(uri)
  }
}
