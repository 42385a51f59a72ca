/**
 * The one `subscriptions/listen` of a session with a stateless server (2026-07-28, patterns/subscriptions). What it is
 * about is changed by opening another one and ending the first when the server has acknowledged the second, so that
 * nothing is missed in between. One that ends is opened again, after a pause that grows while it does not last.
 */
import { isRecord, type JsonRpcMessage, type Params } from '../../contract/json-rpc.js'
import { HttpRefusal, type OutboundRequest, type ServerTransport } from '../transport.js'
import { gatewayEnvelope } from './request-params.js'
import { metaKeys, rpcCodes } from './protocol-names.js'

const firstPauseMs = 1000
const longestPauseMs = 30_000
/** One that was open for this long did well. */
const steadyMs = 10_000
const acknowledgeMs = 10_000

/** What a session wants to hear of. Nothing, where it is empty. */
export interface ChangeFilter {
  readonly toolsListChanged?: true
  readonly promptsListChanged?: true
  readonly resourcesListChanged?: true
  readonly resourceSubscriptions?: readonly string[]
}

export interface ChangeStreamPorts {
  readonly transport: ServerTransport
  takeId(): number
  outbound(): OutboundRequest
  /** The server answered 401: another credential may be good now. Resolves when `outbound` has it. */
  renewOutbound(): Promise<void>
}

interface Stream {
  readonly id: number
  readonly filter: string
  readonly abort: AbortController
  readonly openedMs: number
  timer: NodeJS.Timeout | undefined
}

export class ChangeStream {
  private wanted: ChangeFilter = {}
  private opening: Stream | undefined
  private current: Stream | undefined
  private failures = 0
  private pause: NodeJS.Timeout | undefined
  private isClosed = false
  /** What the server said that it never serves. */
  private refusedFilter: string | undefined
  private triedFilter: string | undefined
  private waiting: ((isOpen: boolean) => void)[] = []

  constructor(private readonly ports: ChangeStreamPorts) {}

  /** Resolves to whether the server has acknowledged what is wanted now. */
  want(filter: ChangeFilter): Promise<boolean> {
    this.wanted = filter
    if (this.isClosed) return Promise.resolve(false)
    const key = JSON.stringify(filter)
    if (key === '{}') {
      this.endStreams()
      return Promise.resolve(true)
    }
    if (this.current?.filter === key && this.opening === undefined) return Promise.resolve(true)
    // Whoever comes meanwhile does not cut the pause short.
    const isPausing = this.pause !== undefined && this.triedFilter === key
    if (isPausing || this.refusedFilter === key) return Promise.resolve(false)
    const acknowledged = new Promise<boolean>((resolve) => this.waiting.push(resolve))
    if (this.opening?.filter !== key) this.openStream()
    return acknowledged
  }

  /** The id under which the server sends, for what is to be passed on. False for streams that are over, or not yet on. */
  isCurrent(id: unknown): boolean {
    return this.current?.id === id
  }

  /** @returns whether the message was about the stream itself */
  receive(message: JsonRpcMessage): boolean {
    if (!('method' in message)) {
      const stream = this.find(message.id)
      if (stream === undefined) return false
      if ('error' in message && message.error.code === rpcCodes.methodNotFound) this.refusedFilter = stream.filter
      this.ended(stream)
      return true
    }
    const { method, params } = message
    if (method === 'notifications/cancelled') {
      const stream = this.find(params?.['requestId'])
      if (stream === undefined) return false
      this.ended(stream)
      return true
    }
    if (method !== 'notifications/subscriptions/acknowledged') return false
    this.acknowledged(subscriptionOf(params), params)
    return true
  }

  close(): void {
    this.isClosed = true
    this.endStreams()
  }

  private find(id: unknown): Stream | undefined {
    if (this.opening !== undefined && this.opening.id === id) return this.opening
    return this.current !== undefined && this.current.id === id ? this.current : undefined
  }

  private openStream(): void {
    clearTimeout(this.pause)
    this.pause = undefined
    const { opening } = this
    if (opening !== undefined) this.cancel(opening)
    const stream: Stream = {
      id: this.ports.takeId(),
      filter: JSON.stringify(this.wanted),
      abort: new AbortController(),
      openedMs: performance.now(),
      timer: undefined,
    }
    this.opening = stream
    this.triedFilter = stream.filter
    stream.timer = setTimeout(() => {
      this.cancel(stream)
      this.ended(stream)
    }, acknowledgeMs)
    stream.timer.unref()
    const params: Params = { _meta: gatewayEnvelope({}), notifications: this.wanted }
    const { transport } = this.ports
    const outbound = this.ports.outbound()
    transport
      .send(
        { jsonrpc: '2.0', id: stream.id, method: 'subscriptions/listen', params },
        { outbound, timeoutMs: acknowledgeMs, signal: stream.abort.signal },
      )
      .then(
        () => transport.kind === 'streamable-http' && this.ended(stream),
        (error: unknown) => {
          if (!(error instanceof HttpRefusal) || error.status !== 401) return this.ended(stream)
          void this.ports.renewOutbound().then(() => this.ended(stream))
        },
      )
  }

  private acknowledged(id: unknown, params: Params | undefined): void {
    const stream = this.opening
    if (stream === undefined || stream.id !== id) return
    clearTimeout(stream.timer)
    const previous = this.current
    this.current = stream
    this.opening = undefined
    if (previous !== undefined) this.cancel(previous)
    const honoured = params?.['notifications']
    if (!isRecord(honoured) || Object.keys(honoured).length === 0) this.refusedFilter = stream.filter
    this.tellWaiting(true)
  }

  private ended(stream: Stream): void {
    clearTimeout(stream.timer)
    if (stream === this.opening) this.opening = undefined
    else if (stream === this.current) this.current = undefined
    else return
    if (performance.now() - stream.openedMs >= steadyMs) this.failures = 0
    else this.failures++
    if (this.opening !== undefined) return
    this.tellWaiting(false)
    if (this.isClosed || stream.filter === this.refusedFilter) return
    const pauseMs = Math.min(firstPauseMs * 2 ** Math.max(this.failures - 1, 0), longestPauseMs)
    clearTimeout(this.pause)
    this.pause = setTimeout(() => this.openStream(), pauseMs)
    this.pause.unref()
  }

  /** In the way that its transport has for it (2026-07-28, basic/utilities/cancellation). */
  private cancel(stream: Stream): void {
    clearTimeout(stream.timer)
    const { transport } = this.ports
    const params = { requestId: stream.id }
    if (transport.kind !== 'streamable-http')
      transport
        .send(
          { jsonrpc: '2.0', method: 'notifications/cancelled', params },
          { outbound: this.ports.outbound(), timeoutMs: acknowledgeMs },
        )
        .catch(() => undefined)
    stream.abort.abort()
  }

  private endStreams(): void {
    clearTimeout(this.pause)
    this.pause = undefined
    const streams = [this.opening, this.current]
    this.opening = undefined
    this.current = undefined
    for (const stream of streams) if (stream !== undefined) this.cancel(stream)
    this.tellWaiting(false)
  }

  private tellWaiting(isOpen: boolean): void {
    const { waiting } = this
    this.waiting = []
    for (const resolve of waiting) resolve(isOpen)
  }
}

/** The stream that a notification says it belongs to. */
export function subscriptionOf(params: Params | undefined): unknown {
  const meta = params?.['_meta']
  return isRecord(meta) ? meta[metaKeys.subscriptionId] : undefined
}

/** Params without the gateway's own subscription id. */
export function withoutSubscription(params: Params | undefined): Params | undefined {
  const meta = params?.['_meta']
  if (!isRecord(meta) || !(metaKeys.subscriptionId in meta)) return params
  const { [metaKeys.subscriptionId]: _, ...rest } = meta
  return { ...params, _meta: rest }
}
