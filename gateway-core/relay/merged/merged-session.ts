/**
 * All servers that a caller may use, as one MCP session. Lists are put together, requests go to the one server that their
 * name or URI is of, and its names and URIs are written anew in both directions.
 */
import type { GatewayError } from '../../contract/errors.js'
import { isRecord, type Answer, type Params } from '../../contract/json-rpc.js'
import type { AgentPeer, ServerSession, SessionCall, SessionListener } from '../../servers/server-session.js'
import { listMethods, type ListMethod } from '../tools/read-list.js'
import { toMany, waitFor } from './deadline.js'
import { createDirectory, type Directory } from './directory.js'
import { declares, type Member, type MemberCall } from './member.js'
import { createMemberLists, type MemberLists, type MergedState } from './member-lists.js'
import { aboutMerged } from './merged-about.js'
import { createNameItems, mergeLists, type NameItems, type NamedMethod } from './merged-lists.js'
import { createMergedListeners, type MergedListeners } from './merged-listeners.js'
import { readMergedName } from './merged-names.js'
import { mergedNotification, readMergedUri, withMergedUris } from './merged-uris.js'

/** Longest time that setting the log level waits for servers. */
const settingLevelMs = 5_000

export interface MergedSessionOptions {
  /** Those that the caller may use, at each moment; in any order. The same array where nothing has changed. */
  members(): readonly Member[]
  readonly state: MergedState
  readonly serverInfo: Params
  /** An agent has said which log messages it wants. */
  levelSet?(agent: AgentPeer, level: unknown): void
}

export interface MergedSession extends ServerSession {
  /** Servers were added, removed or changed: whoever listens is told, and hears the new ones. */
  membersChanged(): void
}

interface Parts {
  members(): readonly Member[]
  directory(): Directory
  readonly state: MergedState
  readonly lists: MemberLists
  readonly listeners: MergedListeners
  readonly nameItems: NameItems
  readonly levelSet: MergedSessionOptions['levelSet']
}

export function createMergedSession(options: MergedSessionOptions): MergedSession {
  const { state, serverInfo } = options
  const directory = createDirectory(() => options.members())
  const members = (): readonly Member[] => directory().members
  const listeners = createMergedListeners(state, members)
  const lists = createMemberLists(state, (method) => listeners.announce(method))
  const parts: Parts = {
    members,
    directory,
    state,
    lists,
    listeners,
    nameItems: createNameItems(),
    levelSet: options.levelSet,
  }
  return {
    about: aboutMerged(members, serverInfo),
    call: (call) => answerCall(parts, call),
    notify: (notification) => {
      for (const member of members()) member.notify?.(notification)
    },
    listen: (listener) => listeners.add(listener),
    subscribe: (uri, listener, call) => subscribeAt(parts, 'subscribe', uri, listener, call),
    unsubscribe: (uri, listener, call) => subscribeAt(parts, 'unsubscribe', uri, listener, call),
    membersChanged: () => listeners.membersChanged(),
    // It has no connection of its own that could be lost.
    ended: new Promise<GatewayError>(() => undefined),
    close: async () => listeners.close(),
  }
}

async function answerCall(parts: Parts, call: SessionCall): Promise<Answer> {
  const { method } = call
  if (isListMethod(method)) return answerList(parts, method, call)
  switch (method) {
    case 'ping':
      return { result: {} }
    case 'tools/call':
      return callByName(parts, 'tools/list', call)
    case 'prompts/get':
      return callByName(parts, 'prompts/list', call)
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return callByUri(parts, call)
    case 'completion/complete':
      return complete(parts, call)
    case 'logging/setLevel':
      return setLevel(parts, call)
    default:
      return refusal(-32601, 'Method not found')
  }
}

function isListMethod(method: string): method is ListMethod {
  return (listMethods as readonly string[]).includes(method)
}

async function answerList(parts: Parts, method: ListMethod, call: SessionCall): Promise<Answer> {
  // There is one page, so a cursor is none that was given.
  if (call.params?.['cursor'] !== undefined) return refusal(-32602, 'Invalid cursor')
  const answers = await parts.lists.all(parts.members(), method, call)
  return { result: mergeLists(method, answers, parts.nameItems, parts.state.clock.nowMs()) }
}

async function callByName(parts: Parts, method: NamedMethod, call: SessionCall): Promise<Answer> {
  const name = call.params?.['name']
  if (typeof name !== 'string') return refusal(-32602, 'Invalid params: name is missing')
  const target = await findNamed(parts, method, name, call)
  if (target === undefined)
    return refusal(-32602, `Unknown ${method === 'tools/list' ? 'tool' : 'prompt'}: ${cut(name)}`)
  return callMember(parts, target.member, call, { ...call.params, name: target.name })
}

async function callByUri(parts: Parts, call: SessionCall): Promise<Answer> {
  const uri = call.params?.['uri']
  if (typeof uri !== 'string') return refusal(-32602, 'Invalid params: uri is missing')
  const target = findUri(parts, uri)
  if (target === undefined) return unknownResource(uri)
  return callMember(parts, target.member, call, { ...call.params, uri: target.uri })
}

async function complete(parts: Parts, call: SessionCall): Promise<Answer> {
  const given = call.params?.['ref']
  const ref = isRecord(given) ? given : {}
  const { name, uri } = ref
  if (typeof name === 'string') {
    const target = await findNamed(parts, 'prompts/list', name, call)
    if (target === undefined) return refusal(-32602, `Unknown prompt: ${cut(name)}`)
    return callMember(parts, target.member, call, { ...call.params, ref: { ...ref, name: target.name } })
  }
  if (typeof uri !== 'string') return refusal(-32602, 'Invalid params: ref is missing')
  const target = findUri(parts, uri)
  if (target === undefined) return unknownResource(uri)
  return callMember(parts, target.member, call, { ...call.params, ref: { ...ref, uri: target.uri } })
}

/** The level is the agent's, and a server that cannot be told now is no reason to refuse it. */
async function setLevel(parts: Parts, call: SessionCall): Promise<Answer> {
  const { clock, down } = parts.state
  parts.levelSet?.(call.agent, call.params?.['level'])
  const signal = toMany(call.signal)
  const told = parts
    .members()
    .filter((member) => declares(member, 'logging') === true && down.reason(member.slug) === undefined)
    .map((member) => callMember(parts, member, { ...call, signal }, call.params))
  await waitFor(Promise.allSettled(told), {
    clock,
    delayMs: settingLevelMs,
    signal,
    expired: () => new Error('late'),
  }).catch(() => undefined)
  return { result: {} }
}

async function subscribeAt(
  parts: Parts,
  action: 'subscribe' | 'unsubscribe',
  uri: string,
  listener: SessionListener,
  call: SessionCall,
): Promise<Answer> {
  const target = findUri(parts, uri)
  if (target === undefined) return unknownResource(uri)
  const { member } = target
  const act = member[action]
  const params = { ...call.params, uri: target.uri }
  if (act === undefined) return callMember(parts, member, { ...call, method: `resources/${action}` }, params)
  const asked = toMemberCall(member, { ...call, params })
  return withMergedUris(
    member.slug,
    await act.call(member, target.uri, parts.listeners.toMember(listener, member.slug), asked),
  )
}

async function callMember(
  parts: Parts,
  member: Member,
  call: SessionCall,
  params: Params | undefined,
): Promise<Answer> {
  const answer = await member.call(toMemberCall(member, { ...call, params }))
  parts.state.down.answered(member.slug)
  return withMergedUris(member.slug, answer)
}

function toMemberCall({ slug }: Member, call: SessionCall): MemberCall {
  const { agent } = call
  const peer: AgentPeer = {
    id: agent.id,
    ...(agent.callerId === undefined ? {} : { callerId: agent.callerId }),
    capabilities: agent.capabilities,
    clientInfo: agent.clientInfo,
    notify: (notification) => agent.notify(mergedNotification(slug, notification)),
    ask: (method, params, signal, allCame) => agent.ask(method, params, signal, allCame),
    ...(agent.notAsked === undefined ? {} : { notAsked: (method, params) => agent.notAsked?.(method, params) }),
  }
  return { ...call, agent: peer }
}

interface NamedTarget {
  readonly member: Member
  /** The server's own. */
  readonly name: string
}

/**
 * @throws GatewayError where only the server's list could tell, and the server cannot be asked for it
 */
async function findNamed(
  parts: Parts,
  method: NamedMethod,
  merged: string,
  call: SessionCall,
): Promise<NamedTarget | undefined> {
  const read = readMergedName(merged)
  const { bySlug, prefixes, byPrefix } = parts.directory()
  const member = read && (bySlug.get(read.prefix) ?? byPrefix.get(read.prefix))
  if (read === undefined || member === undefined) return undefined
  const { slug, context, view } = member
  const prefix = prefixes.get(slug) ?? slug
  const search = (list: ReturnType<MergedState['lists']['lastKnown']>): NamedTarget | undefined => {
    if (list === undefined) return undefined
    const shown = parts.nameItems(method, member, prefix, list).names.toServer.get(merged)
    if (shown === undefined || method === 'prompts/list' || view === undefined)
      return shown === undefined ? undefined : { member, name: shown }
    const name = view.toServer(shown)
    return name === undefined ? undefined : { member, name }
  }
  const last = parts.state.lists.lastKnown(slug, context, method)
  const found = search(last)
  if (found !== undefined) return found
  // Nothing was listed yet: a name that says by itself what it is spares asking for the list first.
  if (last === undefined && !read.mayBeShortened && read.prefix === slug && read.rest !== '') {
    const name = method === 'prompts/list' || view === undefined ? read.rest : view.toServer(read.rest)
    const isReached = method === 'prompts/list' || name === undefined || member.mayUse?.(name) !== false
    return name === undefined || !isReached ? undefined : { member, name }
  }
  return search(await parts.lists.one(member, method, call))
}

function findUri(parts: Parts, merged: string): { readonly member: Member; readonly uri: string } | undefined {
  const read = readMergedUri(merged)
  const member = read && parts.directory().bySlug.get(read.slug)
  return read === undefined || member === undefined ? undefined : { member, uri: read.uri }
}

function unknownResource(uri: string): Answer {
  return { error: { code: -32602, message: `Unknown resource: ${cut(uri)}`, data: { uri: cut(uri) } } }
}

function refusal(code: number, message: string): Answer {
  return { error: { code, message } }
}

function cut(text: string): string {
  return text.length <= 256 ? text : `${text.slice(0, 255)}…`
}
