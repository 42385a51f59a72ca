/** Who listens to the merged server, and through what each of them listens to the servers in it. */
import type { JsonRpcNotification } from '../../contract/json-rpc.js'
import type { SessionListener } from '../../servers/server-session.js'
import { listMethods, type ListMethod } from '../tools/read-list.js'
import type { Clock } from './clock.js'
import type { Member } from './member.js'
import type { MergedState } from './member-lists.js'
import { mergedNotification } from './merged-uris.js'

/** Servers that start together change together: agents hear of it once. */
const gatherMs = 100

const listsByNotification: ReadonlyMap<string, readonly ListMethod[]> = new Map([
  ['notifications/tools/list_changed', ['tools/list']],
  ['notifications/prompts/list_changed', ['prompts/list']],
  ['notifications/resources/list_changed', ['resources/list', 'resources/templates/list']],
])

/** A server has said that a list of its has changed. @param method of the notification */
export function forgetChangedLists(state: MergedState, slug: string, method: string): void {
  for (const list of listsByNotification.get(method) ?? []) state.lists.invalidate(slug, list)
}

/** What a server would have said of its lists may have been lost with the session. */
export function forgetAllLists(state: MergedState, slug: string): void {
  for (const method of listMethods) state.lists.invalidate(slug, method)
}

export interface MergedListeners {
  add(listener: SessionListener): () => void
  /** The listener as the server sees it: the same one each time. */
  toMember(listener: SessionListener, slug: string): SessionListener
  /** Listens to servers that are new, and no longer to those that are gone. */
  membersChanged(): void
  /** Tells every listener that a list is not what it was. */
  announce(method: ListMethod): void
  close(): void
}

interface Attached {
  readonly stops: Map<string, () => void>
  readonly pending: Set<string>
  cancelFlush: (() => void) | undefined
}

export function createMergedListeners(state: MergedState, members: () => readonly Member[]): MergedListeners {
  const attached = new Map<SessionListener, Attached>()
  const gather = (listener: SessionListener, notification: string): void => {
    const entry = attached.get(listener)
    if (entry !== undefined) gatherFor(listener, entry, notification, state.clock)
  }
  const toMember = createMemberListeners((listener, slug, notification) => {
    if (!listsByNotification.has(notification.method)) {
      listener.notify(mergedNotification(slug, notification))
      return
    }
    forgetChangedLists(state, slug, notification.method)
    state.down.answered(slug)
    gather(listener, notification.method)
  })
  const attach = (listener: SessionListener, { stops }: Attached): void =>
    attachTo(members(), stops, (member) => member.listen?.(toMember(listener, member.slug)))
  const remove = (listener: SessionListener): void => {
    const entry = attached.get(listener)
    if (entry === undefined) return
    attached.delete(listener)
    entry.cancelFlush?.()
    for (const stop of entry.stops.values()) stop()
  }
  return {
    toMember,
    add: (listener) => {
      const entry = attached.get(listener) ?? { stops: new Map(), pending: new Set(), cancelFlush: undefined }
      attached.set(listener, entry)
      attach(listener, entry)
      return () => remove(listener)
    },
    membersChanged: () => {
      for (const [listener, entry] of attached) {
        attach(listener, entry)
        for (const notification of listsByNotification.keys()) gather(listener, notification)
      }
    },
    announce: (method) => {
      for (const [notification, methods] of listsByNotification)
        if (methods.includes(method)) for (const listener of attached.keys()) gather(listener, notification)
    },
    close: () => {
      for (const listener of attached.keys()) remove(listener)
    },
  }
}

function gatherFor(listener: SessionListener, entry: Attached, notification: string, clock: Clock): void {
  entry.pending.add(notification)
  entry.cancelFlush ??= clock.after(gatherMs, () => {
    entry.cancelFlush = undefined
    const methods = [...entry.pending]
    entry.pending.clear()
    for (const method of methods) listener.notify({ jsonrpc: '2.0', method })
  })
}

/** @param hear gets what a server says to a listener */
function createMemberListeners(
  hear: (listener: SessionListener, slug: string, notification: JsonRpcNotification) => void,
): (listener: SessionListener, slug: string) => SessionListener {
  const byListener = new WeakMap<SessionListener, Map<string, SessionListener>>()
  return (listener, slug) => {
    const bySlug = byListener.get(listener) ?? new Map<string, SessionListener>()
    byListener.set(listener, bySlug)
    const { agent } = listener
    const made = bySlug.get(slug) ?? { agent, notify: (notification) => hear(listener, slug, notification) }
    bySlug.set(slug, made)
    return made
  }
}

function attachTo(
  members: readonly Member[],
  stops: Map<string, () => void>,
  listen: (member: Member) => (() => void) | undefined,
): void {
  const slugs = new Set(members.map(({ slug }) => slug))
  for (const [slug, stop] of stops)
    if (!slugs.has(slug)) {
      stops.delete(slug)
      stop()
    }
  for (const member of members) {
    if (stops.has(member.slug)) continue
    const stop = listen(member)
    if (stop !== undefined) stops.set(member.slug, stop)
  }
}
