/** What a server lists, its tools above all, asked by the gateway for itself, as the local user. */
import type { Recognised } from '../callers/recognise-caller.js'
import { GatewayError } from '../contract/errors.js'
import { isRecord } from '../contract/json-rpc.js'
import type { ListedTool, OfferKind, Offers } from '../contract/tool-operations.js'
import type { AgentPeer } from '../servers/server-session.js'
import type { OpenedSession } from '../servers/session/open-session.js'
import { HttpRefusal } from '../servers/transport.js'
import { gatewayInfo, rpcCodes } from '../servers/session/protocol-names.js'
import { prepareOwnRequest, type OwnRequest } from './own-request.js'
import type { PipelinePorts } from './ports.js'
import { noteListed, sessionTarget } from './relay-to-server.js'

const timeoutMs = 10_000
const maxPages = 20

const nobody: AgentPeer = {
  id: 'own',
  capabilities: {},
  clientInfo: gatewayInfo,
  notify: () => undefined,
  ask: async () => ({ error: { code: rpcCodes.methodNotFound, message: 'Method not found' } }),
}

/**
 * All that it lists, up to the 20th page, in the form of the control API. A tool without a name is left out.
 *
 * @throws GatewayError as `ownListedTools`; `server_unreachable` where the server refuses to be asked
 */
export async function listTools(slug: string, ports: PipelinePorts): Promise<readonly ListedTool[]> {
  const tools: ListedTool[] = []
  try {
    for await (const tool of ownListedTools(slug, ports)) {
      const { name, title, description, inputSchema, annotations } = tool
      if (typeof name !== 'string') continue
      tools.push({
        name,
        ...(typeof title === 'string' && { title }),
        ...(typeof description === 'string' && { description }),
        ...(isRecord(inputSchema) && { inputSchema: { ...inputSchema } }),
        ...(isRecord(annotations) && { annotations: { ...annotations } }),
      })
    }
  } catch (error) {
    if (error instanceof HttpRefusal)
      throw new GatewayError('server_unreachable', { detail: `The server answered ${error.status}.` })
    throw error
  }
  return tools
}

/**
 * Page by page, by the server's own names, hidden ones too.
 *
 * @param recognised as whom it is asked, where that is not the local user
 * @throws GatewayError `account_needed`, `server_unreachable` where it answers with an error, and as the stages do;
 *   HttpRefusal
 */
export async function* ownListedTools(
  slug: string,
  ports: PipelinePorts,
  recognised?: Recognised,
): AsyncIterable<Readonly<Record<string, unknown>>> {
  const { session, request } = await ownSession(slug, ports, recognised)
  if (session.about.capabilities['tools'] === undefined) return
  const note = noteListed(slug, request.server, ports)
  for await (const { items, isFirst } of pagesOf(session, request, 'tools/list', 'tools')) {
    note?.(
      items.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])),
      isFirst,
    )
    yield* items
  }
}

/**
 * How many of each it lists, up to the 20th page of each; what it does not say it offers, or would not list, is left out.
 *
 * @throws GatewayError as `ownListedTools`
 */
export async function countOffers(slug: string, ports: PipelinePorts): Promise<Offers> {
  const { session, request } = await ownSession(slug, ports)
  const counts = await Promise.all(
    offerLists.map(async ({ kind, capability, method }): Promise<Offers> => {
      if (session.about.capabilities[capability] === undefined) return {}
      let count = 0
      try {
        for await (const { items } of pagesOf(session, request, method, kind)) count += items.length
      } catch (error) {
        // One list that it does not give says nothing of the others.
        if (error instanceof GatewayError || error instanceof HttpRefusal) return {}
        throw error
      }
      return { [kind]: count }
    }),
  )
  return counts.reduce((all, one) => ({ ...all, ...one }), {})
}

const offerLists = [
  { kind: 'tools', capability: 'tools', method: 'tools/list' },
  { kind: 'resources', capability: 'resources', method: 'resources/list' },
  { kind: 'resourceTemplates', capability: 'resources', method: 'resources/templates/list' },
  { kind: 'prompts', capability: 'prompts', method: 'prompts/list' },
] as const satisfies readonly { readonly kind: OfferKind; readonly capability: string; readonly method: string }[]

interface OwnSession {
  readonly session: OpenedSession
  readonly request: OwnRequest['request']
}

async function ownSession(slug: string, ports: PipelinePorts, recognised?: Recognised): Promise<OwnSession> {
  const { request } = await prepareOwnRequest(slug, ports, recognised)
  if (request.accountNeed !== undefined)
    throw new GatewayError('account_needed', { detail: request.accountNeed.reason, fix: 'Connect an account.' })
  const session = await ports.serverSessions.get(sessionTarget(request, ports))
  ports.states.answered(slug)
  return { session, request }
}

interface Page {
  readonly items: readonly Readonly<Record<string, unknown>>[]
  readonly isFirst: boolean
}

async function* pagesOf(
  session: OpenedSession,
  { outbound }: OwnSession['request'],
  method: string,
  key: OfferKind,
): AsyncIterable<Page> {
  const signal = AbortSignal.timeout(timeoutMs)
  let cursor: unknown
  for (let page = 0; page < maxPages; page++) {
    const params = cursor === undefined ? undefined : { cursor }
    const call = { method, params, agent: nobody, outbound, timeoutMs, signal }
    const answer = await session.call({ ...call, passInputRequired: false })
    if ('error' in answer)
      throw new GatewayError('server_unreachable', { detail: `It answered ${method} with error ${answer.error.code}.` })
    const { [key]: listed, nextCursor } = answer.result
    yield { items: Array.isArray(listed) ? listed.filter(isRecord) : [], isFirst: page === 0 }
    if (typeof nextCursor !== 'string') return
    cursor = nextCursor
  }
}
