/** What a server's refusal over HTTP means to a call. */
import { GatewayError } from '../../contract/errors.js'
import { isRecord, type Answer, type JsonRpcError } from '../../contract/json-rpc.js'
import { HttpRefusal } from '../transport.js'

/** The JSON-RPC error in a refusal's body. */
function rpcErrorOf(refusal: HttpRefusal): JsonRpcError | undefined {
  let body: unknown
  try {
    body = JSON.parse(refusal.body)
  } catch {
    return undefined
  }
  const error = isRecord(body) ? body['error'] : undefined
  if (!isRecord(error)) return undefined
  const { code, message, data } = error
  if (typeof code !== 'number') return undefined
  return { code, message: typeof message === 'string' ? message : '', ...(data === undefined ? {} : { data }) }
}

/** Whether a refusal is about who asks. It says nothing of the server, and its challenge is for others to read. */
function isAboutCredential(refusal: HttpRefusal): boolean {
  return refusal.status === 401 || refusal.status === 403
}

/** The statuses that MCP itself answers requests with. */
function isOfProtocol({ status }: HttpRefusal): boolean {
  return status === 400 || status === 404
}

/** The server's own refusal behind an error, which the agent is to see as it is. */
export function refusalBehind(error: unknown): HttpRefusal | undefined {
  if (error instanceof HttpRefusal) return error
  const cause: unknown = error instanceof GatewayError && error.code === 'server_unreachable' ? error.cause : undefined
  return cause instanceof HttpRefusal ? cause : undefined
}

/** The answer in a refusal, or the reason why there is none. */
export function answerOfRefusal(error: unknown): Answer | { readonly reason: unknown } {
  if (error instanceof GatewayError) return { reason: error }
  if (!(error instanceof HttpRefusal))
    return {
      reason: new GatewayError('server_unreachable', { detail: 'The server could not be asked.', cause: error }),
    }
  if (isAboutCredential(error)) return { reason: error }
  const rpcError = isOfProtocol(error) ? rpcErrorOf(error) : undefined
  if (rpcError !== undefined) return { error: rpcError, httpStatus: error.status }
  return { reason: serverRefused(error) }
}

/** A refusal where its own status cannot be told any more. */
export function serverRefused(refusal: HttpRefusal): GatewayError {
  return new GatewayError('server_unreachable', { detail: `The server answered ${refusal.status}.`, cause: refusal })
}
