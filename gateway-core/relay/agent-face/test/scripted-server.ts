/** A session with a server that does what the test says, in either era. */
import { EventEmitter, once } from 'node:events'
import type { GatewayError } from '../../../contract/errors.js'
import type { Answer, JsonRpcNotification, Params } from '../../../contract/json-rpc.js'
import type { ServerAbout, ServerSession, SessionCall, SessionListener } from '../../../servers/server-session.js'

export type Script = (call: SessionCall) => Promise<Answer> | Answer

export function text(value: string): Answer {
  return { result: { content: [{ type: 'text', text: value }] } }
}

function aboutOf(era: 'legacy' | 'modern'): ServerAbout {
  return {
    era,
    protocolVersion: era === 'legacy' ? '2025-11-25' : '2026-07-28',
    capabilities: {
      tools: { listChanged: true },
      prompts: {},
      resources: { subscribe: true, listChanged: true },
      logging: {},
      ...(era === 'legacy' ? { tasks: {} } : {}),
    },
    serverInfo: { name: 'scripted', version: '1.0.0' },
    instructions: 'Do as you are told.',
  }
}

export class ScriptedServer implements ServerSession {
  readonly about: ServerAbout
  readonly calls: SessionCall[] = []
  readonly notified: JsonRpcNotification[] = []
  readonly listeners = new Set<SessionListener>()
  /** URIs with who subscribed to them. */
  readonly subscribers = new Map<string, Set<SessionListener>>()
  readonly happened = new EventEmitter()
  readonly ended: Promise<GatewayError>
  end: (reason: GatewayError) => void = () => undefined
  /** By method, or by `method name` for tools. */
  readonly scripts = new Map<string, Script>()

  constructor(era: 'legacy' | 'modern') {
    this.about = aboutOf(era)
    this.ended = new Promise((resolve) => {
      this.end = resolve
    })
    this.scripts.set('tools/list', () => ({
      result: { ...this.stamp, tools: [{ name: 'echo', inputSchema: { type: 'object' } }] },
    }))
    this.scripts.set('tools/call echo', ({ params }) =>
      this.complete(text(JSON.stringify(params?.['arguments'] ?? {}))),
    )
  }

  /** What a modern server says in every result. */
  get stamp(): Params {
    return this.about.era === 'modern' ? { resultType: 'complete' } : {}
  }

  complete(answer: Answer): Answer {
    return 'result' in answer ? { result: { ...this.stamp, ...answer.result } } : answer
  }

  async call(call: SessionCall): Promise<Answer> {
    this.calls.push(call)
    this.happened.emit(call.method)
    const name = call.params?.['name']
    const script = this.scripts.get(`${call.method} ${String(name)}`) ?? this.scripts.get(call.method)
    return script === undefined ? { error: { code: -32601, message: 'Method not found' } } : script(call)
  }

  notify(notification: JsonRpcNotification): void {
    this.notified.push(notification)
    this.happened.emit(notification.method)
  }

  listen(listener: SessionListener): () => void {
    this.listeners.add(listener)
    this.happened.emit('listen')
    return () => {
      this.listeners.delete(listener)
      this.happened.emit('unlisten')
    }
  }

  async subscribe(uri: string, listener: SessionListener, call: SessionCall): Promise<Answer> {
    this.calls.push(call)
    if (uri.startsWith('missing:')) return { error: { code: -32002, message: 'Resource not found' } }
    const subscribers = this.subscribers.get(uri) ?? new Set()
    subscribers.add(listener)
    this.subscribers.set(uri, subscribers)
    return { result: { ...this.stamp } }
  }

  async unsubscribe(uri: string, listener: SessionListener, call: SessionCall): Promise<Answer> {
    this.calls.push(call)
    this.subscribers.get(uri)?.delete(listener)
    this.happened.emit('unsubscribe')
    return { result: { ...this.stamp } }
  }

  async close(): Promise<void> {}

  /** Tells everyone who listens. */
  announce(method: string, params?: Params): void {
    for (const listener of this.listeners)
      listener.notify({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) })
  }

  /** Tells those who subscribed. */
  update(uri: string): void {
    for (const listener of this.subscribers.get(uri) ?? [])
      listener.notify({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } })
  }

  /** The next call of a method. */
  async called(method: string): Promise<void> {
    await once(this.happened, method, { signal: AbortSignal.timeout(5000) })
  }
}
