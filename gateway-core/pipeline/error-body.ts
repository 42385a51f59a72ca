/** An error as agents are told of it: the JSON-RPC error of a request. */
import { errorTable, GatewayError } from '../contract/errors.js'
import type { Read } from './stages.js'

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

/**
 * What a call of a tool is answered where a person has to open a link first: few agents show their user the data of an
 * error, and all of them the result of a tool.
 */
export function toolAnswer(error: GatewayError, read: Read | undefined): object | undefined {
  const { code, detail, connectUrl } = error
  const { message, era } = read ?? {}
  if (code !== 'account_needed' || connectUrl === undefined) return undefined
  if (message?.kind !== 'request' || message.method !== 'tools/call') return undefined
  const text = `${detail ?? ''}\n\nOpen this link in a browser, then make the same call again: ${connectUrl}`
  const result = { content: [{ type: 'text', text }], isError: true }
  return { jsonrpc: '2.0', id: message.id, result: era === 'modern' ? { resultType: 'complete', ...result } : result }
}
