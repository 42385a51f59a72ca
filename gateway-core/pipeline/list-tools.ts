/** The tools that a server lists, asked by the gateway for itself, as the local user. */
import type { Recognised } from '../callers/recognise-caller.js'
import { GatewayError } from '../contract/errors.js'
import { isRecord } from '../contract/json-rpc.js'
import type { ListedTool } from '../contract/tool-operations.js'
import type { AgentPeer } from '../servers/server-session.js'
import { HttpRefusal } from '../servers/transport.js'
import { gatewayInfo, rpcCodes } from '../servers/session/protocol-names.js'
import { prepareOwnRequest } from './own-request.js'
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
  const { request } = await prepareOwnRequest(slug, ports, recognised)
  if (request.accountNeed !== undefined)
    throw new GatewayError('account_needed', { detail: request.accountNeed.reason, fix: 'Connect an account.' })
  const session = await ports.serverSessions.get(sessionTarget(request, ports))
  ports.states.answered(slug)
  if (session.about.capabilities['tools'] === undefined) return
  const note = noteListed(slug, request.server, ports)
  const signal = AbortSignal.timeout(timeoutMs)
  let cursor: unknown
  for (let page = 0; page < maxPages; page++) {
    const params = cursor === undefined ? undefined : { cursor }
    const call = { method: 'tools/list', params, agent: nobody, outbound: request.outbound, timeoutMs, signal }
    const answer = await session.call({ ...call, passInputRequired: false })
    if ('error' in answer)
      throw new GatewayError('server_unreachable', {
        detail: `It answered tools/list with error ${answer.error.code}.`,
      })
    const { tools, nextCursor } = answer.result
    const listed = Array.isArray(tools) ? tools.filter(isRecord) : []
    note?.(
      listed.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])),
      page === 0,
    )
    yield* listed
    if (typeof nextCursor !== 'string') return
    cursor = nextCursor
  }
}
