/**
 * Where the gateway ends the MCP session itself: servers over stdio and SSE, shared ones, and those that speak another
 * era than the agent. The agent face answers the agent out of a session with the server.
 */
import type { ServerResponse } from 'node:http'
import { GatewayError } from '../contract/errors.js'
import { isRecord, toJsonRpcMessage, type Params } from '../contract/json-rpc.js'
import { decodeHeader } from '../relay/agent-face/modern-envelope.js'
import { channelOf } from '../relay/agent-face/channel-of.js'
import type { RegisteredServer } from '../registry/registry.js'
import type { ToolRules } from '../relay/tools/viewed-session.js'
import type { CommandValues, SessionTarget } from '../servers/server-sessions.js'
import type { ServerSession } from '../servers/server-session.js'
import { refusalBehind, serverRefused } from '../servers/session/refusal.js'
import { HttpRefusal } from '../servers/transport.js'
import { sessionFor, usesAccount } from './account-session.js'
import { answerHeaders } from './answer-headers.js'
import { errorBody } from './error-body.js'
import { toolReach } from './key-reach.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import { shieldCallOf } from './shield-call-of.js'
import { shieldedSession, withShieldCall } from './shielded-session.js'
import type { JsonRpcId } from './read-message.js'
import { sessionOwnerOf } from './session-owner.js'
import type { Credentialed } from './stages.js'

export async function relayToServer(
  request: Credentialed,
  response: ServerResponse,
  ports: PipelinePorts,
  recording: Recording,
): Promise<void> {
  const sentMs = performance.now()
  const channel = channelOf(response, {
    head: (status, headers) => {
      recording.firstByteAtMs = performance.now()
      recording.firstByteMs = recording.firstByteAtMs - sentMs - recording.connectMs
      recording.response = { status, headers }
      const given = headers['mcp-session-id']
      if (given !== undefined) ports.sessions.give(request.slug, given, request.caller.id)
      return { ...headers, 'x-request-id': request.requestId }
    },
    data: (bytes) => recording.capture(bytes),
  })
  const answered = ports.agentFace.answer(
    {
      scope: request.slug,
      callerId: request.caller.id,
      httpMethod: request.httpMethod,
      headers: headersForFace(request),
      era: request.era,
      message: request.message === undefined ? undefined : messageOf(request.message.value),
      outbound: withShieldCall(request.outbound, shieldCallOf(request)),
      timeoutMs: request.server.resolved.timeoutMs,
      // A process that ended is started again by whoever calls it.
      reopens: request.server.resolved.transport !== 'stdio',
      errorBody: (error, id) => {
        recording.noteVerdictOf(error)
        const told = error instanceof HttpRefusal ? serverRefused(error) : error
        return errorBody(told, id, request.requestId)
      },
    },
    async (capabilities) => {
      const session = await openViewedSession(request, ports, capabilities)
      recording.connectMs = performance.now() - sentMs
      if (request.accountNeed === undefined) ports.states.answered(request.slug)
      return session
    },
    channel,
  )
  await answered.catch((error: unknown) => {
    const refusal = refusalBehind(error)
    if (refusal === undefined || response.headersSent) throw error
    if (error instanceof GatewayError) ports.states.failed(request.slug, error.code, error.message)
    passOnRefusal(refusal, request, response, recording)
  })
}

/** With the server's own name of a tool in `Mcp-Name`, as in the message, where the agent's header named it as it knows it. */
function headersForFace({ headers, shownTool, message }: Credentialed): Credentialed['headers'] {
  const named = headers['mcp-name']
  if (shownTool === undefined || named === undefined || message?.tool === undefined) return headers
  return decodeHeader(named) === shownTool ? { ...headers, 'mcp-name': message.tool } : headers
}

/** A server's own refusal, passed on as it came. */
export function passOnRefusal(
  { status, headers, body }: HttpRefusal,
  request: Credentialed,
  response: ServerResponse,
  recording: Recording,
): void {
  const bytes = Buffer.from(withAgentsId(body, request.message?.id))
  const answer = answerHeaders(request, { status, headers })
  answer['content-length'] = String(bytes.length)
  // A session of the gateway's, and a body that is not read where it is encoded.
  for (const name of ['mcp-session-id', 'content-encoding']) delete answer[name]
  recording.response = { status, headers: answer }
  recording.capture(bytes)
  response.writeHead(status, answer).end(bytes)
}

/** A JSON-RPC error in it is about the request that the gateway made, under an id of its own. */
function withAgentsId(body: string, id: JsonRpcId | undefined): string {
  if (id === undefined || !body.includes('"jsonrpc"')) return body
  try {
    const error: unknown = JSON.parse(body)
    const isAnswer = isRecord(error) && error['id'] !== undefined && error['id'] !== null
    return isAnswer ? JSON.stringify({ ...error, id }) : body
  } catch {
    return body
  }
}

/** @throws GatewayError `payload_unscannable` */
export function messageOf(value: unknown): ReturnType<typeof toJsonRpcMessage> {
  const message = toJsonRpcMessage(value)
  if (message === undefined)
    throw new GatewayError('payload_unscannable', {
      detail: 'The body is not a message of MCP.',
      fix: 'Send a JSON-RPC request, notification or response, with params that are an object.',
    })
  return message
}

/** @throws as `ServerSessions.get` */
async function openViewedSession(
  request: Credentialed,
  ports: PipelinePorts,
  capabilities: Params,
): Promise<ServerSession> {
  const { slug, server, recognised } = request
  const opened = await sessionFor(request, ports, capabilities, (outbound) =>
    ports.serverSessions.get(sessionTarget({ ...request, outbound }, ports, capabilities)),
  )
  // Where an account is needed first, the gateway itself answers.
  const session = request.accountNeed === undefined ? shieldedSession(opened, ports.shield) : opened
  const mayUse = toolReach(recognised.key, slug)
  const key = mayUse === undefined ? '' : (recognised.key?.id ?? '')
  return ports.viewedSessions.of(session, key, {
    view: server.view,
    mayUse,
    listed: noteListed(slug, server, ports),
  })
}

export function noteListed(slug: string, { resolved }: RegisteredServer, ports: PipelinePorts): ToolRules['listed'] {
  return (names, isFirstPage) => ports.listedTools.note(slug, resolved.config, names, isFirstPage)
}

/** @param capabilities of the agent, as it declared them */
export function sessionTarget(
  request: Credentialed,
  ports: PipelinePorts,
  capabilities: Params = declaredCapabilities(request),
): SessionTarget {
  const { resolved } = request.server
  const { config } = resolved
  return {
    slug: request.slug,
    transport: resolved.transport,
    callerId: sessionOwnerOf(request.server, request.caller.id),
    command: config.command,
    cwd: config.cwd,
    // A 401 to an account's token is not the end: it can be refreshed, or the account connected again.
    ownCredential: request.plan.ownCredential && !usesAccount(request.outbound),
    isSocketUsedOnce: resolved.connection === 'per_request',
    outbound: request.outbound,
    timeoutMs: resolved.timeoutMs,
    agent: { era: request.era, capabilities },
    commandValues: () => openCommandValues(request, ports),
  }
}

function declaredCapabilities({ era, message }: Credentialed): Params {
  const params = message?.params
  if (params === undefined) return {}
  const meta = params['_meta']
  const declared =
    era === 'modern' && isRecord(meta) ? meta['io.modelcontextprotocol/clientCapabilities'] : params['capabilities']
  return isRecord(declared) ? declared : {}
}

/** @throws GatewayError `secret_missing`, `server_disabled` */
async function openCommandValues({ slug, server }: Credentialed, ports: PipelinePorts): Promise<CommandValues> {
  const { config } = server.resolved
  const secrets: string[] = []
  const open = async (value: string | { secret: string; prefix?: string | undefined }): Promise<string> => {
    if (typeof value === 'string') return value
    const opened = await ports.secrets.open(value.secret, undefined, `command:${slug}`)
    if (opened.outcome === 'missing')
      throw new GatewayError('secret_missing', {
        detail: `The secret ${value.secret} is not in the vault.`,
        fix: `Store it: gatehouse secrets set ${value.secret}`,
      })
    if (opened.outcome === 'not_approved')
      throw new GatewayError('server_disabled', {
        detail: `The secret ${value.secret} has not been approved for this command.`,
        fix: `Approve the server: gatehouse servers approve ${slug}`,
      })
    secrets.push(opened.value)
    return (value.prefix ?? '') + opened.value
  }
  const args = await Promise.all((config.args ?? []).map(open))
  const env = await Promise.all(
    Object.entries(config.env ?? {}).map(async ([name, value]): Promise<[string, string]> => [name, await open(value)]),
  )
  return { args, env: Object.fromEntries(env), secrets }
}
