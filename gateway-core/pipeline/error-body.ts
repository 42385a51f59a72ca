/** An error as agents are told of it: the JSON-RPC error of a request. */
import { errorTable, GatewayError } from '../contract/errors.js'

export function errorBody(thrown: unknown, id: string | number | null, requestId: string): object {
  const error = thrown instanceof GatewayError ? thrown : new GatewayError('internal', { cause: thrown })
  const { jsonRpcCode, title } = errorTable[error.code]
  const { code, detail, fix, connectUrl, verdict } = error
  const data = {
    code,
    requestId,
    ...(detail === undefined ? {} : { detail }),
    ...(fix === undefined ? {} : { fix }),
    ...(connectUrl === undefined ? {} : { connectUrl }),
    ...(verdict === undefined ? {} : { verdict: verdict.decision, reason: verdict.reason, policies: verdict.policies }),
  }
  return { jsonrpc: '2.0', id, error: { code: jsonRpcCode, message: title, data } }
}
