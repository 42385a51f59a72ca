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

/** The answer in a refusal, or the reason why there is none. */
export function answerOfRefusal(error: unknown): Answer | { readonly reason: unknown } {
  if (error instanceof GatewayError) return { reason: error }
  if (!(error instanceof HttpRefusal))
    return {
      reason: new GatewayError('server_unreachable', { detail: 'The server could not be asked.', cause: error }),
    }
  if (isAboutCredential(error)) return { reason: error }
  const rpcError = rpcErrorOf(error)
  if (rpcError !== undefined) return { error: rpcError }
  const detail = `The server answered ${error.status}.`
  return { reason: new GatewayError('server_unreachable', { detail, cause: error }) }
}
