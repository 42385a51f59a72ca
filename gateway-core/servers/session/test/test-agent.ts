/** An agent behind a session: it keeps what it is told, and answers what it is asked. */
import type { Answer, JsonRpcNotification, Params } from '../../../contract/json-rpc.js'
import type { AgentPeer, SessionCall, SessionListener } from '../../server-session.js'

export const outbound = { origin: 'http://127.0.0.1:1', path: '/mcp', headers: [] }

export interface Asked {
  readonly method: string
  readonly params: Params | undefined
  readonly signal: AbortSignal
}

export class TestAgent implements AgentPeer, SessionListener {
  readonly clientInfo = { name: 'agent', version: '1' }
  /** Told during its calls. */
  readonly told: JsonRpcNotification[] = []
  /** Told outside of them. */
  readonly heard: JsonRpcNotification[] = []
  readonly asked: Asked[] = []
  private watchers: (() => void)[] = []
  readonly agent = this

  constructor(
    readonly id: string,
    private readonly answer: (asked: Asked) => Answer | Promise<Answer> = () => ({ result: {} }),
    readonly capabilities: Params = { sampling: {}, elicitation: {}, roots: {} },
  ) {}

  readonly listener: SessionListener = { agent: this, notify: (notification) => this.hear(notification) }

  notify(notification: JsonRpcNotification): void {
    this.told.push(notification)
  }

  /** Resolves when it has heard of this outside of its calls. */
  async hears(method: string): Promise<void> {
    while (!this.heard.some((notification) => notification.method === method))
      await new Promise<void>((resolve) => this.watchers.push(resolve))
  }

  async ask(method: string, params: Params | undefined, signal: AbortSignal): Promise<Answer> {
    const asked = { method, params, signal }
    this.asked.push(asked)
    return await this.answer(asked)
  }

  private hear(notification: JsonRpcNotification): void {
    this.heard.push(notification)
    for (const watch of this.watchers.splice(0)) watch()
  }

  call(method: string, params?: Params, options: Partial<SessionCall> = {}): SessionCall {
    return {
      method,
      params,
      agent: this,
      outbound,
      timeoutMs: 60_000,
      signal: new AbortController().signal,
      passInputRequired: false,
      ...options,
    }
  }

  tool(name: string, args: Params = {}, options: Partial<SessionCall> = {}): SessionCall {
    return this.call('tools/call', { name, arguments: args, _meta: { progressToken: `own ${name}` } }, options)
  }
}
