/** Whether a person has to say yes before a tool is called once more. */
import { isRecord } from '../contract/json-rpc.js'
import type { AgentPeer } from '../servers/server-session.js'
import { gatewayInfo, rpcCodes } from '../servers/session/protocol-names.js'
import { prepareOwnRequest } from './own-request.js'
import type { PipelinePorts } from './ports.js'
import { sessionTarget } from './relay-to-server.js'

const timeoutMs = 10_000
const maxPages = 20

/**
 * Whether its server says that a tool destroys, or cannot be asked what it says.
 *
 * @see MCP 2026-07-28, schema, ToolAnnotations
 */
export async function mayDestroy(slug: string, tool: string | null, ports: PipelinePorts): Promise<boolean> {
  if (tool === null) return false
  const definition = await findTool(slug, tool, ports).catch(() => undefined)
  if (definition === undefined) return true
  const annotations = isRecord(definition['annotations']) ? definition['annotations'] : {}
  return annotations['destructiveHint'] === true && annotations['readOnlyHint'] !== true
}

const nobody: AgentPeer = {
  id: 'replay',
  capabilities: {},
  clientInfo: gatewayInfo,
  notify: () => undefined,
  ask: async () => ({ error: { code: rpcCodes.methodNotFound, message: 'Method not found' } }),
}

/** @throws GatewayError, HttpRefusal where the server cannot be asked */
async function findTool(
  slug: string,
  tool: string,
  ports: PipelinePorts,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { request } = await prepareOwnRequest(slug, ports)
  if (request.accountNeed !== undefined) return undefined
  const session = await ports.serverSessions.get(sessionTarget(request, ports))
  const signal = AbortSignal.timeout(timeoutMs)
  let cursor: unknown
  for (let page = 0; page < maxPages; page++) {
    const params = cursor === undefined ? undefined : { cursor }
    const call = { method: 'tools/list', params, agent: nobody, outbound: request.outbound, timeoutMs, signal }
    const answer = await session.call({ ...call, passInputRequired: false })
    if ('error' in answer) return undefined
    const { tools, nextCursor } = answer.result
    const found = Array.isArray(tools) ? tools.find((item) => isRecord(item) && item['name'] === tool) : undefined
    if (isRecord(found)) return found
    if (typeof nextCursor !== 'string') return undefined
    cursor = nextCursor
  }
  return undefined
}
