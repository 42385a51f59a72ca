/** The only place where an error becomes an HTTP status and a JSON-RPC error. */
import type { ServerResponse } from 'node:http'
import { errorTable, GatewayError } from '../contract/errors.js'
import { resourceMetadataUrl } from './answer-headers.js'
import { errorBody, toolAnswer } from './error-body.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import type { JsonRpcId } from './read-message.js'
import type { Arrived } from './stages.js'

const maxBodyToSearchForId = 1024 * 1024

export function replyWithError(
  thrown: unknown,
  arrived: Arrived,
  response: ServerResponse,
  ports: PipelinePorts,
  recording: Recording,
): void {
  const error = thrown instanceof GatewayError ? thrown : new GatewayError('internal', { cause: thrown })
  if (error.code === 'internal')
    ports.logger.error(
      { err: error.cause, requestId: arrived.requestId, caller: recording.known?.caller },
      'a request failed in the gateway',
    )
  if (recording.plan !== undefined) ports.states.failed(arrived.slug, error.code, error.message)
  recording.errorCode = error.code
  recording.noteVerdictOf(error)
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { httpStatus } = errorTable[error.code]
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-request-id': arrived.requestId }
  if (error.code === 'unauthenticated')
    headers['www-authenticate'] = challenge(arrived, ports, error.detail === undefined ? undefined : 'invalid_token')
  if (error.code === 'insufficient_scope' && recording.known?.recognised.grant !== undefined)
    headers['www-authenticate'] = challenge(arrived, ports, 'insufficient_scope')
  if (error.code === 'vault_locked') headers['retry-after'] = '5'
  const told = toolAnswer(error, recording.read) ?? errorBody(error, idOf(arrived, recording), arrived.requestId)
  const body = JSON.stringify(told)
  recording.response = { status: httpStatus, headers }
  recording.capture(Buffer.from(body))
  response.writeHead(httpStatus, headers).end(body)
}

/** The request's id, also where the message was refused before it was read. */
function idOf(arrived: Arrived, recording: Recording): JsonRpcId {
  if (recording.read !== undefined) return recording.read.message?.id ?? null
  if (arrived.body.length === 0 || arrived.body.length > maxBodyToSearchForId) return null
  try {
    const message: unknown = JSON.parse(arrived.body.toString('utf8'))
    const id: unknown = typeof message === 'object' && message !== null && 'id' in message ? message.id : null
    return typeof id === 'string' || typeof id === 'number' ? id : null
  } catch {
    return null
  }
}

/**
 * The challenge of a 401, or of a 403 for want of scope. It names metadata only where OAuth can help: at servers that the
 * agent signs in to here, or at whose provider it does; and on no path of an agent's own.
 *
 * @param error as RFC 6750 §3.1 has it
 * @see [RFC 9728 §5.1](https://www.rfc-editor.org/rfc/rfc9728.html#section-5.1)
 */
function challenge(arrived: Arrived, ports: PipelinePorts, error: string | undefined): string {
  const { slug, baseUrl, agent } = arrived
  const server = ports.registry.snapshot?.servers.get(slug)
  const isInteractive = ports.signIn.isInteractive(slug)
  const parameters: string[] = []
  if (error !== undefined) parameters.push(`error="${error}"`)
  if (agent === undefined && (isInteractive || server?.resolved.config.auth_mode === 'oauth_passthrough'))
    parameters.push(`resource_metadata="${resourceMetadataUrl(baseUrl, slug)}"`)
  if (agent === undefined && isInteractive) parameters.push('scope="mcp"')
  return parameters.length === 0 ? 'Bearer realm="gatehouse"' : `Bearer ${parameters.join(', ')}`
}
