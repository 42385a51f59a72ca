/** Keeps the cache current: follows the gateway's events, and reads again what they say has changed. */
import type { QueryClient, QueryKey } from '@tanstack/react-query'
import { noteConnection, currentConnection } from './connection.js'
import { getStatusOptions, getStatusQueryKey } from './generated/@tanstack/react-query.gen.js'
import type { GetStatusResponse } from './generated/index.js'
import type * as operations from './generated/sdk.gen.js'

type OperationName = keyof typeof operations

export const eventNames = ['exchange', 'server', 'account', 'approval', 'grant', 'status'] as const
export type EventName = (typeof eventNames)[number]

/** What each event makes stale. A screen that reads another operation adds it here. */
const staleAfter: Readonly<Record<Exclude<EventName, 'status'>, readonly OperationName[]>> = {
  exchange: ['listExchanges', 'listIssuances', 'listKeys', 'listAgents', 'listAgentConfigs'],
  server: [
    'getShield',
    'listPolicies',
    'listServers',
    'getServer',
    'listSecrets',
    'listProfiles',
    'listAgents',
    'explain',
  ],
  account: ['listAccounts', 'listOAuthClients', 'listServers', 'getServer', 'explain'],
  approval: ['listServers', 'listApprovals'],
  grant: ['listGrants'],
}

/** Events of one name that come faster than this, in milliseconds, are answered with one reading. */
const refreshEveryMs = 500
const firstRetryMs = 500
const longestRetryMs = 10_000

const eventListeners = new Map<EventName, Set<(data: unknown) => void>>()

/** Calls back with the data of each event of a name; for what lives outside the cache, such as the live traffic. */
export function onGatewayEvent(name: EventName, listener: (data: unknown) => void): () => void {
  const known = eventListeners.get(name) ?? new Set()
  eventListeners.set(name, known.add(listener))
  return () => void known.delete(listener)
}

/** Follows the events until the returned function is called; connects anew by itself, ever more slowly. */
export function followEvents(cache: QueryClient): () => void {
  const refresh = createRefresher(cache)
  let source: EventSource | undefined
  let retryMs = firstRetryMs
  let timer: ReturnType<typeof setTimeout> | undefined
  const connect = (): void => {
    source = new EventSource('/api/v1/events')
    source.addEventListener('open', () => {
      // What happened while nobody listened is not told, so that everything on screen is read again.
      if (currentConnection() !== 'connecting') void invalidateAnswers(cache)
      retryMs = firstRetryMs
      noteConnection('open')
    })
    source.addEventListener('error', () => {
      source?.close()
      if (currentConnection() === 'signed_out') return
      noteConnection('lost')
      timer = setTimeout(connect, retryMs)
      retryMs = Math.min(retryMs * 2, longestRetryMs)
      // Tells an ended session, which nothing but another link mends, from a gateway that is not there.
      cache.fetchQuery({ ...getStatusOptions(), staleTime: 0, retry: false }).catch(() => undefined)
    })
    for (const name of eventNames)
      source.addEventListener(name, (event) => hear(name, String(event.data), cache, refresh))
  }
  connect()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}

function hear(name: EventName, text: string, cache: QueryClient, refresh: (name: EventName) => void): void {
  const data: unknown = JSON.parse(text)
  for (const listener of eventListeners.get(name) ?? []) listener(data)
  if (name === 'status') takeStatus(cache, data as Partial<GetStatusResponse>)
  else refresh(name)
}

/** A status event carries some of the status; what depends on an open vault is read again when that changes. */
function takeStatus(cache: QueryClient, data: Partial<GetStatusResponse>): void {
  const key = getStatusQueryKey()
  const before = cache.getQueryData<GetStatusResponse>(key)
  if (before !== undefined) cache.setQueryData(key, { ...before, ...data })
  if (before?.vault !== undefined && data.vault !== undefined && before.vault !== data.vault)
    void invalidateAnswers(cache)
}

function createRefresher(cache: QueryClient): (name: EventName) => void {
  const waiting = new Set<EventName>()
  return (name) => {
    if (name === 'status' || waiting.has(name)) return
    waiting.add(name)
    setTimeout(() => {
      waiting.delete(name)
      void invalidateOperations(cache, staleAfter[name])
    }, refreshEveryMs)
  }
}

/** Reads again every answer of the API that is on screen. What a screen found out otherwise, such as a probe, stays. */
export async function invalidateAnswers(cache: QueryClient): Promise<void> {
  await cache.invalidateQueries({ predicate: ({ queryKey }) => operationOf(queryKey) !== undefined })
}

/** Reads again whatever is shown of these operations. For what a mutation changes and no event tells. */
export async function invalidateOperations(cache: QueryClient, names: readonly OperationName[]): Promise<void> {
  const stale: ReadonlySet<string> = new Set(names)
  await cache.invalidateQueries({
    predicate: ({ queryKey }) => stale.has(operationOf(queryKey) ?? ''),
  })
}

/** The operation that a key of the generated client belongs to. */
function operationOf([first]: QueryKey): string | undefined {
  return typeof first === 'object' && first !== null && '_id' in first ? String(first._id) : undefined
}
