/** What servers of either era say, as agents of the stateless era read it. */
import { isRecord, type Answer, type JsonRpcError, type Params } from '../../contract/json-rpc.js'
import type { ServerAbout } from '../../servers/server-session.js'
import { missingAbility } from './agent-abilities.js'
import { modernVersions, serverInfoKey } from './modern-envelope.js'

/** @see MCP 2026-07-28, server/utilities/caching */
const cacheable = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'server/discover',
])

/** @see MCP 2026-07-28, patterns/mrtr */
const mayAskForInput = new Set(['tools/call', 'prompts/get', 'resources/read'])

/** The result of `server/discover`. */
export function discoverResult(about: ServerAbout): Params {
  // What a server of the older era calls tasks is not what the stateless era calls by that name.
  const { tasks: _tasks, ...capabilities } = about.capabilities
  return {
    resultType: 'complete',
    supportedVersions: modernVersions,
    capabilities,
    ...(about.instructions === undefined ? {} : { instructions: about.instructions }),
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { [serverInfoKey]: about.serverInfo },
  }
}

export function toModern(method: string, answer: Answer, about: ServerAbout, capabilities: Params): Answer {
  if ('error' in answer) {
    const told = toModernError(method, answer.error, capabilities)
    return 'error' in told ? { ...told, httpStatus: answer.httpStatus } : told
  }
  const { result } = answer
  const legacy = about.era === 'legacy'
  const isCacheable = cacheable.has(method)
  if (!legacy && typeof result['resultType'] === 'string' && !isCacheable) return answer
  const complete: Record<string, unknown> = { resultType: 'complete', ...result }
  if (isCacheable && complete['resultType'] === 'complete') {
    const { ttlMs, cacheScope } = complete
    if (!Number.isSafeInteger(ttlMs) || (ttlMs as number) < 0) complete['ttlMs'] = 0
    if (cacheScope !== 'public' && cacheScope !== 'private') complete['cacheScope'] = 'private'
  }
  if (legacy) {
    complete['resultType'] = 'complete'
    const meta = result['_meta']
    complete['_meta'] = { [serverInfoKey]: about.serverInfo, ...(isRecord(meta) ? meta : {}) }
    if (method === 'tools/call') complete['content'] ??= []
  }
  return { result: complete }
}

/** Header mismatch, missing capability, unsupported version (MCP 2026-07-28, basic/transports/streamable-http). */
const refusals: ReadonlySet<number> = new Set([-32020, -32021, -32022])

/** The HTTP status of an answer that has not begun as an event stream. */
export function statusOf(answer: Answer): number {
  if (!('error' in answer)) return 200
  if (answer.httpStatus !== undefined) return answer.httpStatus
  if (answer.error.code === -32601) return 404
  return refusals.has(answer.error.code) ? 400 : 200
}

/** Two codes of the older era must not be sent in this one (MCP 2026-07-28, basic/index § Error Codes). */
function toModernError(method: string, error: JsonRpcError, capabilities: Params): Answer {
  if (error.code === -32002) return { error: { ...error, code: -32602 } }
  if (error.code !== -32042) return { error }
  const inputRequests = urlRequests(error)
  if (inputRequests === undefined || !mayAskForInput.has(method)) return { error: { ...error, code: -32603 } }
  const missing = missingAbility(capabilities, 'elicitation/create', { mode: 'url' })
  if (missing !== undefined)
    return { error: { code: -32021, message: error.message, data: { requiredCapabilities: missing } } }
  return { result: { resultType: 'input_required', inputRequests } }
}

/** The pages that a server of the older era wants to be opened before the call is made again. */
function urlRequests(error: JsonRpcError): Params | undefined {
  const elicitations: unknown = isRecord(error.data) ? error.data['elicitations'] : undefined
  if (!Array.isArray(elicitations)) return undefined
  const requests: Record<string, unknown> = {}
  for (const elicitation of elicitations as readonly unknown[]) {
    if (!isRecord(elicitation) || typeof elicitation['url'] !== 'string') continue
    const { url, message } = elicitation
    const params = { mode: 'url', url, message: typeof message === 'string' ? message : error.message }
    requests[`url-${Object.keys(requests).length + 1}`] = { method: 'elicitation/create', params }
  }
  return Object.keys(requests).length === 0 ? undefined : requests
}

/**
 * The answer to an agent that was sent to a page by a server of the older era and did not open it: asking the server
 * again would only send the agent there again.
 */
export function refusedPage(inputResponses: unknown): Answer | undefined {
  if (!isRecord(inputResponses)) return undefined
  const refused = Object.values(inputResponses).some(
    (response) => isRecord(response) && (response['action'] === 'decline' || response['action'] === 'cancel'),
  )
  return refused
    ? { error: { code: -32603, message: 'The page that the server asked for was not opened.' } }
    : undefined
}
