/**
 * Streams of what servers say outside of calls, for agents of the stateless era.
 *
 * @see MCP 2026-07-28, patterns/subscriptions
 */
import { randomHex } from '../../random-hex.js'
import { isRecord, type JsonRpcNotification, type JsonRpcRequest, type Params } from '../../contract/json-rpc.js'
import type { AgentPeer, ServerSession, SessionCall, SessionListener } from '../../servers/server-session.js'
import type { AnswerStream } from './answer-stream.js'
import type { FaceRequest } from './face-request.js'
import { subscriptionIdKey, type Envelope } from './modern-envelope.js'
import { noAnswer } from './pending-asks.js'
import { SessionEndings } from './session-endings.js'

const maxUris = 1000

interface Filter {
  readonly toolsListChanged?: true
  readonly promptsListChanged?: true
  readonly resourcesListChanged?: true
  readonly resourceSubscriptions?: readonly string[]
}

interface Open {
  readonly scope: string
  tell(notification: JsonRpcNotification): void
  /** @param gracefully whether the agent is told that this is the end of it; without, it may listen anew */
  end(gracefully: boolean): void
}

export class Subscriptions {
  readonly #open = new Set<Open>()
  readonly #endings = new SessionEndings()

  constructor(private readonly maxOpen: number) {}

  /** Resolves when the stream has ended. */
  async listen(
    request: FaceRequest,
    message: JsonRpcRequest,
    server: ServerSession,
    { capabilities, clientInfo }: Envelope,
    answer: AnswerStream,
  ): Promise<void> {
    const { id } = message
    const refuse = (code: number, text: string): void =>
      answer.reply(200, { jsonrpc: '2.0', id, error: { code, message: text } })
    const wanted = readFilter(message.params?.['notifications'])
    if (wanted === undefined) {
      refuse(-32602, 'Invalid params: params.notifications is missing or no subscription filter.')
      return
    }
    if (this.#open.size >= this.maxOpen) {
      refuse(-32603, 'Too many subscriptions are open.')
      return
    }
    const end = (gracefully: boolean): void => {
      const result = { resultType: 'complete', _meta: { [subscriptionIdKey]: id } }
      if (gracefully) answer.reply(200, { jsonrpc: '2.0', id, result })
      else answer.end()
    }
    const early: JsonRpcNotification[] = []
    const relay = new Relay(server, silentPeer(capabilities, clientInfo), request, (notification) =>
      early.push(notification),
    )
    const open: Open = { scope: request.scope, end, tell: (notification) => relay.notify(notification) }
    this.#open.add(open)
    const forget = this.#endings.whenEnded(server, () => end(false))
    try {
      const honored = await relay.listen(narrowed(wanted, server.about.capabilities))
      answer.begin()
      const say = ({ method, params }: JsonRpcNotification): boolean =>
        answer.notify({ jsonrpc: '2.0', method, params: stamped(params, id) })
      say({ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: { notifications: honored } })
      for (const notification of early) say(notification)
      relay.say = say
      if (Object.keys(honored).length === 0) end(true)
      await answer.ended()
    } catch (error) {
      if (!answer.begun) throw error
    } finally {
      forget()
      relay.stop()
      this.#open.delete(open)
    }
  }

  /** Tells those who listen for it. */
  tell(scope: string, notification: JsonRpcNotification): void {
    for (const open of this.#open) if (open.scope === scope) open.tell(notification)
  }

  endScope(scope: string | undefined): void {
    for (const open of this.#open) if (scope === undefined || open.scope === scope) open.end(true)
  }
}

/** Listens to a server session for one stream, and keeps its subscriptions to resources. */
class Relay implements SessionListener {
  readonly #uris = new Set<string>()
  readonly #methods = new Set<string>()
  #stopListening: (() => void) | undefined

  constructor(
    private readonly server: ServerSession,
    readonly agent: AgentPeer,
    private readonly request: FaceRequest,
    public say: (notification: JsonRpcNotification) => void,
  ) {}

  /** @returns the part of the filter that the server took */
  async listen(filter: Filter): Promise<Filter> {
    const { resourceSubscriptions = [], ...honored } = filter
    if (honored.toolsListChanged) this.#methods.add('notifications/tools/list_changed')
    if (honored.promptsListChanged) this.#methods.add('notifications/prompts/list_changed')
    if (honored.resourcesListChanged) this.#methods.add('notifications/resources/list_changed')
    if (resourceSubscriptions.length > 0) this.#methods.add('notifications/resources/updated')
    this.#stopListening = this.server.listen(this)
    const taken = await Promise.all(
      resourceSubscriptions.map(async (uri) => {
        this.#uris.add(uri)
        const answer = await this.server.subscribe(uri, this, this.#call('resources/subscribe', uri))
        if ('error' in answer) this.#uris.delete(uri)
        return 'result' in answer
      }),
    )
    const uris = resourceSubscriptions.filter((_uri, index) => taken[index])
    return uris.length === 0 ? honored : { ...honored, resourceSubscriptions: uris }
  }

  notify(notification: JsonRpcNotification): void {
    if (this.#methods.has(notification.method)) this.say(notification)
  }

  stop(): void {
    for (const uri of this.#uris)
      this.server.unsubscribe(uri, this, this.#call('resources/unsubscribe', uri)).catch(() => undefined)
    this.#stopListening?.()
  }

  #call(method: string, uri: string): SessionCall {
    const { outbound, timeoutMs } = this.request
    const { signal } = new AbortController()
    return { method, params: { uri }, agent: this.agent, outbound, timeoutMs, signal, passInputRequired: false }
  }
}

/** An agent that only listens: in this era it can be asked within its calls alone. */
function silentPeer(capabilities: Params, clientInfo: Params): AgentPeer {
  return {
    id: randomHex(8),
    capabilities,
    clientInfo,
    notify: () => undefined,
    ask: async () => noAnswer('The agent can be asked in a call only.'),
  }
}

function stamped(params: Params | undefined, id: string | number): Params {
  const meta = params?.['_meta']
  return { ...params, _meta: { ...(isRecord(meta) ? meta : {}), [subscriptionIdKey]: id } }
}

function readFilter(value: unknown): Filter | undefined {
  if (!isRecord(value)) return undefined
  const { toolsListChanged, promptsListChanged, resourcesListChanged, resourceSubscriptions } = value
  const flags = [toolsListChanged, promptsListChanged, resourcesListChanged]
  if (flags.some((flag) => flag !== undefined && typeof flag !== 'boolean')) return undefined
  const uris: readonly unknown[] | undefined =
    resourceSubscriptions === undefined || Array.isArray(resourceSubscriptions) ? resourceSubscriptions : undefined
  if (resourceSubscriptions !== undefined && uris === undefined) return undefined
  if (uris !== undefined && (uris.length > maxUris || !uris.every((uri) => typeof uri === 'string'))) return undefined
  return {
    ...(toolsListChanged === true ? { toolsListChanged } : {}),
    ...(promptsListChanged === true ? { promptsListChanged } : {}),
    ...(resourcesListChanged === true ? { resourcesListChanged } : {}),
    ...(uris === undefined ? {} : { resourceSubscriptions: [...new Set(uris)] }),
  }
}

/** What of the filter can be done, by the server's capabilities. How tools look changes here as well, whatever it can. */
function narrowed(filter: Filter, capabilities: Params): Filter {
  const can = (feature: string, ability: string): boolean => {
    const declared = capabilities[feature]
    return isRecord(declared) && declared[ability] === true
  }
  const { toolsListChanged, promptsListChanged, resourcesListChanged, resourceSubscriptions } = filter
  return {
    ...(toolsListChanged && isRecord(capabilities['tools']) ? { toolsListChanged } : {}),
    ...(promptsListChanged && can('prompts', 'listChanged') ? { promptsListChanged } : {}),
    ...(resourcesListChanged && can('resources', 'listChanged') ? { resourcesListChanged } : {}),
    ...(resourceSubscriptions !== undefined && can('resources', 'subscribe') ? { resourceSubscriptions } : {}),
  }
}
