/** A server for tests of the merged one: what it has is given, what it was asked is kept. */
import { GatewayError } from '../../../contract/errors.js'
import type { Answer, JsonRpcNotification, Params } from '../../../contract/json-rpc.js'
import type { AgentPeer, ServerAbout, SessionCall, SessionListener } from '../../../servers/server-session.js'
import type { Member, MemberCall } from '../member.js'

export interface ScriptedMember extends Member {
  readonly asked: MemberCall[]
  /** What it does with a request: answer, refuse, or hang. Exchangeable. */
  answer: (call: MemberCall) => Promise<Answer> | Answer
  /** Says something outside of any call. */
  say(method: string, params?: Params): void
  readonly listeners: Set<SessionListener>
}

export const everything = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true, listChanged: true },
}

export function aboutServer(more: Partial<ServerAbout> = {}): ServerAbout {
  return { era: 'legacy', protocolVersion: '2025-11-25', capabilities: everything, serverInfo: {}, ...more }
}

/** Hangs until it is cancelled, as a server does that takes connections and answers nothing. */
export function hang({ signal }: MemberCall): Promise<Answer> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new GatewayError('server_timeout')), { once: true }),
  )
}

/** @param lists results by method, e.g. `{ 'tools/list': { tools: [] } }`; other requests are echoed */
export function createMember(
  slug: string,
  lists: Readonly<Record<string, Params>>,
  more: Partial<Member> = {},
): ScriptedMember {
  const asked: MemberCall[] = []
  const listeners = new Set<SessionListener>()
  const member: ScriptedMember = {
    slug,
    context: 'caller',
    about: () => aboutServer(),
    asked,
    listeners,
    answer: ({ method, params }) => ({ result: lists[method] ?? { echoed: { method, params } } }),
    call: async (call) => {
      asked.push(call)
      return member.answer(call)
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    say: (method, params) => {
      for (const listener of listeners)
        listener.notify({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) })
    },
    ...more,
  }
  return member
}

export function withTools(slug: string, ...names: readonly string[]): ScriptedMember {
  return createMember(slug, { 'tools/list': { tools: names.map((name) => ({ name })) } })
}

export interface HeardAgent extends AgentPeer {
  readonly heard: JsonRpcNotification[]
}

export function createAgent(): HeardAgent {
  const heard: JsonRpcNotification[] = []
  return {
    id: 'agent',
    capabilities: { roots: {} },
    clientInfo: { name: 'test' },
    heard,
    notify: (notification) => void heard.push(notification),
    ask: async (method) => ({ result: { asked: method } }),
  }
}

export function toCall(
  agent: AgentPeer,
  method: string,
  params?: Params,
  more: Partial<SessionCall> = {},
): SessionCall {
  return {
    method,
    params,
    agent,
    outbound: { origin: 'http://merged.invalid', path: '/', headers: [] },
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    passInputRequired: false,
    ...more,
  }
}
