/** A server's session as one caller sees it: the tools that this caller may see, as they are to look, and their input checked. */
import { isRecord, type Answer, type Params } from '../../contract/json-rpc.js'
import type { ServerSession, SessionCall } from '../../servers/server-session.js'
import { refuseInput, type InputCheck } from './input-check.js'
import { paramHeaderMismatch, paramHeaders, withParamHeaders, type ParamHeader } from './param-headers.js'
import { isListedTool, type ToolView } from './tool-view.js'

export interface ToolRules {
  readonly view: ToolView | undefined
  /** Whether the caller's key reaches a tool, by the server's own name for it. Undefined where it reaches all. */
  readonly mayUse: ((tool: string) => boolean) | undefined
  /** The server's tools as they were listed in another session, for input that this one has seen no schema of. */
  readonly knownTools?: () => readonly unknown[] | undefined
  /** Told the server's own names in each list that goes by, and whether the list begins with them. */
  readonly listed?: (names: readonly string[], isFirstPage: boolean) => void
}

export interface ViewedSessions {
  /**
   * The same object for the same session and key, as agents are kept by the session they use.
   *
   * @param rules that hold from here on, for all who use it
   */
  of(session: ServerSession, key: string, rules: ToolRules): ServerSession
}

interface View {
  readonly viewed: ServerSession
  /** As they were given last. */
  rules: ToolRules
}

interface Known {
  readonly views: Map<string, View>
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
      const made = entry.views.get(key)
      if (made !== undefined) {
        made.rules = rules
        return made.viewed
      }
      if (entry.views.size >= maxViews) entry.views.clear()
      const view: View = { rules, viewed: viewedSession(session, entry.schemas, () => view.rules, check) }
      entry.views.set(key, view)
      return view.viewed
    },
  }
}

function viewedSession(
  session: ServerSession,
  schemas: Map<string, unknown>,
  currentRules: () => ToolRules,
  check: InputCheck,
): ServerSession {
  const call = async (asked: SessionCall): Promise<Answer> => {
    const rules = currentRules()
    if (asked.method === 'tools/call') {
      const name = String(asked.params?.['name'])
      const schema = schemas.get(name) ?? schemaAmong(rules.knownTools?.(), name)
      const wanted = paramHeaders(schema, asked.params?.['arguments'])
      const mismatch = asked.paramHeaders === undefined ? undefined : paramHeaderMismatch(wanted, asked.paramHeaders)
      if (mismatch !== undefined) return { error: mismatch }
      const problems = check.check(schema, asked.params?.['arguments'])
      if (problems !== undefined) return refuseInput(problems)
      return session.call(wanted.length > 0 && session.about.era === 'modern' ? withHeaders(asked, wanted) : asked)
    }
    const answer = await session.call(asked)
    if (asked.method !== 'tools/list' || !('result' in answer)) return answer
    const { tools } = answer.result
    if (Array.isArray(tools))
      rules.listed?.(
        tools.filter(isListedTool).map(({ name }) => name),
        asked.params?.['cursor'] === undefined,
      )
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

function withHeaders(asked: SessionCall, wanted: readonly ParamHeader[]): SessionCall {
  const { outbound } = asked
  return { ...asked, outbound: { ...outbound, headers: withParamHeaders(outbound.headers, wanted) } }
}

function schemaAmong(tools: readonly unknown[] = [], name: string): unknown {
  return tools.filter(isListedTool).find((tool) => tool.name === name)?.['inputSchema']
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
