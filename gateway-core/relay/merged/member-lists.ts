/** Asks servers for their lists on behalf of the merged server: from memory, bounded in time, and not while they are down. */
import { GatewayError, errorTable, type ErrorCode } from '../../contract/errors.js'
import type { Answer, Params } from '../../contract/json-rpc.js'
import type { AgentPeer } from '../../servers/server-session.js'
import { createListCache, type KnownList, type ListCache } from '../tools/list-cache.js'
import { ListRefused, listKeys, type ListMethod } from '../tools/read-list.js'
import { systemClock, type Clock } from './clock.js'
import { createSlots, toMany, waitFor } from './deadline.js'
import { createDownServers, type DownServers } from './down-servers.js'
import { declares, type Member, type MemberCall } from './member.js'

const maxAtOnce = 16
/** How long a list waits for a server that has answered before, or that did not when it was last asked. */
const shortDeadlineMs = 2_000
const longDeadlineMs = 10_000
const wantingCodes: ReadonlySet<ErrorCode> = new Set(['secret_missing', 'credential_rejected', 'account_needed'])

/** What all merged servers of a gateway share: one per gateway, as sessions come and go. */
export interface MergedState {
  readonly clock: Clock
  readonly lists: ListCache
  readonly down: DownServers
  /** Servers that were left out for want of a credential: with it they may be there. */
  readonly wanting: Set<string>
  /** What was learnt of a server says nothing of it any more. */
  forget(slug: string): void
}

export function createMergedState(clock: Clock = systemClock): MergedState {
  const lists = createListCache(() => clock.nowMs())
  const down = createDownServers(clock)
  const wanting = new Set<string>()
  const forget = (slug: string): void => {
    lists.forget(slug)
    down.forget(slug)
    wanting.delete(slug)
  }
  return { clock, lists, down, wanting, forget }
}

/** A server that a list is without. As it is in `_meta["gatehouse/unavailable"]`. */
export interface Unavailable {
  readonly server: string
  readonly code: string
  readonly reason: string
}

export type MemberAnswer =
  { readonly member: Member; readonly list: KnownList } | { readonly member: Member; readonly unavailable: Unavailable }

export interface MemberLists {
  /**
   * @throws GatewayError where there is no list to be had now; the reason of `call.signal`
   */
  one(member: Member, method: ListMethod, call: MemberCall): Promise<KnownList>
  /** In the order of `members`. Never waits longer for one server than for another because of where it stands. */
  all(members: readonly Member[], method: ListMethod, call: MemberCall): Promise<readonly MemberAnswer[]>
}

const nothing: KnownList = {
  items: [],
  ttlMs: undefined,
  cacheScope: undefined,
  isCutOff: false,
  freshUntilMs: Infinity,
}

/** @param onLate called when a list comes that nobody waited for to the end */
export function createMemberLists(state: MergedState, onLate: (method: ListMethod) => void): MemberLists {
  const { clock, lists, down } = state
  const known = (member: Member, method: ListMethod): KnownList | undefined => {
    if (declares(member, method.slice(0, method.indexOf('/'))) === false) return nothing
    return lists.fresh(member.slug, member.context, method)
  }
  const ask = async (member: Member, method: ListMethod, call: MemberCall): Promise<KnownList> => {
    const { slug, context } = member
    const isShort = down.isSuspect(slug) || lists.lastKnown(slug, context, method) !== undefined
    const askedMs = clock.nowMs()
    const flight = fetchList(state, member, method, call)
    try {
      return await waitFor(flight, {
        clock,
        delayMs: Math.min(call.timeoutMs, isShort ? shortDeadlineMs : longDeadlineMs),
        signal: call.signal,
        expired: () => new ListLate(method),
      })
    } catch (error) {
      if (!(error instanceof ListLate)) throw error
      down.failed(slug, error, askedMs)
      flight.then(
        () => onLate(method),
        // Has been noted where the flight was watched.
        () => undefined,
      )
      throw error
    }
  }
  const one = async (member: Member, method: ListMethod, call: MemberCall): Promise<KnownList> => {
    const found = known(member, method)
    if (found !== undefined) return found
    call.signal.throwIfAborted()
    const reason = down.reason(member.slug)
    if (reason !== undefined) throw reason
    return ask(member, method, call)
  }
  return {
    one,
    all: (members, method, call) => {
      const inSlot = createSlots(maxAtOnce, shortDeadlineMs, clock)
      const signal = toMany(call.signal)
      return Promise.all(
        members.map(async (member): Promise<MemberAnswer> => {
          try {
            const found = known(member, method)
            return { member, list: found ?? (await inSlot(() => one(member, method, { ...call, signal }))) }
          } catch (error) {
            if (signal.aborted) throw error
            return { member, unavailable: toUnavailable(member.slug, error) }
          }
        }),
      )
    },
  }
}

class ListLate extends GatewayError {
  constructor(method: ListMethod) {
    super('server_timeout', { detail: `The server did not answer ${method} in time.` })
  }
}

/** One fetch for all who wait, so it ends with none of them but after its own time. */
function fetchList(state: MergedState, member: Member, method: ListMethod, call: MemberCall): Promise<KnownList> {
  const { clock, lists, down, wanting } = state
  const askedMs = clock.nowMs()
  const endsAtMs = askedMs + longDeadlineMs
  const leaving = new AbortController()
  const fetch = async (params: Params | undefined): Promise<Answer> => {
    const delayMs = Math.max(0, endsAtMs - clock.nowMs())
    const agent = silent(call.agent)
    const { signal } = leaving
    const { outbound } = call
    const asked = member.call({
      method,
      params,
      agent,
      outbound,
      signal,
      timeoutMs: longDeadlineMs,
      passInputRequired: false,
    })
    const answer = await waitFor(asked, {
      clock,
      delayMs,
      expired: () => {
        leaving.abort()
        return new ListLate(method)
      },
    })
    // Many servers have resources and no templates, and say so only when they are asked.
    return 'error' in answer && answer.error.code === -32601 ? { result: { [listKeys[method]]: [] } } : answer
  }
  const flight = lists.get({
    server: member.slug,
    context: member.context,
    method,
    about: () => member.about(),
    fetch,
  })
  flight.then(
    () => {
      down.answered(member.slug)
      wanting.delete(member.slug)
    },
    (error: unknown) => {
      if (!(error instanceof GatewayError)) return
      down.failed(member.slug, error, askedMs)
      if (wantingCodes.has(error.code)) wanting.add(member.slug)
    },
  )
  return flight
}

/** The agent behind a request that others wait for too, and that may outlast its own: it can be told and asked nothing. */
function silent({ id, capabilities, clientInfo }: AgentPeer): AgentPeer {
  return {
    id,
    capabilities,
    clientInfo,
    notify: () => undefined,
    ask: async () => ({ error: { code: -32601, message: 'Method not found' } }),
  }
}

function toUnavailable(server: string, error: unknown): Unavailable {
  if (error instanceof GatewayError)
    return { server, code: error.code, reason: error.detail ?? errorTable[error.code].title }
  if (error instanceof ListRefused) return { server, code: 'server_unreachable', reason: `${capital(error.message)}.` }
  return { server, code: 'internal', reason: errorTable.internal.title }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
