/** A server's session as one caller sees it: the tools that this caller may see, as they are to look, and their input checked. */
import { isRecord, type Answer, type Params } from '../../contract/json-rpc.js'
import type { ServerSession, SessionCall } from '../../servers/server-session.js'
import { refuseInput, type InputCheck } from './input-check.js'
import type { ToolView } from './tool-view.js'

export interface ToolRules {
  readonly view: ToolView | undefined
  /** Whether the caller's key reaches a tool, by the server's own name for it. Undefined where it reaches all. */
  readonly mayUse: ((tool: string) => boolean) | undefined
}

export interface ViewedSessions {
  /** The same object for the same session and rules, as agents are kept by the session they use. */
  of(session: ServerSession, key: string, rules: ToolRules): ServerSession
}

interface Known {
  readonly views: Map<string, ServerSession>
  /** Input schemas by the server's own names, of lists that went by. */
  readonly schemas: Map<string, unknown>
}

const maxViews = 1000
const maxSchemas = 10_000

export function createViewedSessions(check: InputCheck): ViewedSessions {
  const known = new WeakMap<ServerSession, Known>()
  return {
    of: (session, key, rules) => {
      let entry = known.get(session)
      if (entry === undefined) {
        entry = { views: new Map(), schemas: new Map() }
        known.set(session, entry)
      }
      let viewed = entry.views.get(key)
      if (viewed === undefined) {
        if (entry.views.size >= maxViews) entry.views.clear()
        viewed = viewedSession(session, entry.schemas, rules, check)
        entry.views.set(key, viewed)
      }
      return viewed
    },
  }
}

function viewedSession(
  session: ServerSession,
  schemas: Map<string, unknown>,
  rules: ToolRules,
  check: InputCheck,
): ServerSession {
  const call = async (asked: SessionCall): Promise<Answer> => {
    if (asked.method === 'tools/call') {
      const problems = check.check(schemas.get(String(asked.params?.['name'])), asked.params?.['arguments'])
      return problems === undefined ? session.call(asked) : refuseInput(problems)
    }
    const answer = await session.call(asked)
    if (asked.method !== 'tools/list' || !('result' in answer)) return answer
    return { result: viewedList(answer.result, schemas, rules) }
  }
  return {
    get about() {
      return session.about
    },
    call,
    notify: (notification, outbound) => session.notify(notification, outbound),
    listen: (listener) => session.listen(listener),
    subscribe: (uri, listener, asked) => session.subscribe(uri, listener, asked),
    unsubscribe: (uri, listener, asked) => session.unsubscribe(uri, listener, asked),
    ended: session.ended,
    close: () => session.close(),
  }
}

function viewedList(result: Params, schemas: Map<string, unknown>, { view, mayUse }: ToolRules): Params {
  const { tools } = result
  if (!Array.isArray(tools)) return result
  for (const tool of tools as readonly unknown[]) {
    if (!isRecord(tool) || typeof tool['name'] !== 'string' || schemas.size >= maxSchemas) continue
    schemas.set(tool['name'], tool['inputSchema'])
  }
  if (view !== undefined) return { ...result, tools: view.listed(tools, mayUse).tools }
  if (mayUse === undefined) return result
  return { ...result, tools: tools.filter((tool) => isRecord(tool) && mayUse(String(tool['name']))) }
}
