/** JSON-RPC 2.0 messages as MCP uses them: objects, never batches. */

export type RequestId = string | number
export type Params = Readonly<Record<string, unknown>>

export interface JsonRpcRequest {
  readonly jsonrpc: '2.0'
  readonly id: RequestId
  readonly method: string
  readonly params?: Params
}

export interface JsonRpcNotification {
  readonly jsonrpc: '2.0'
  readonly method: string
  readonly params?: Params
}

export interface JsonRpcError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** What a request was answered, without the id that it was asked under. */
export type Answer =
  | { readonly result: Params }
  /** `httpStatus` is the one that it came with, where that was no success. */
  | { readonly error: JsonRpcError; readonly httpStatus?: number | undefined }

export type JsonRpcResponse = { readonly jsonrpc: '2.0'; readonly id: RequestId } & Answer

export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isRequest(message: JsonRpcMessage): message is JsonRpcRequest {
  return 'method' in message && 'id' in message
}

export function isResponse(message: JsonRpcMessage): message is JsonRpcResponse {
  return !('method' in message)
}

/**
 * Reads a parsed value as one message. What a peer sends that is none is undefined, and its reader decides what that
 * means.
 */
export function toJsonRpcMessage(value: unknown): JsonRpcMessage | undefined {
  if (!isRecord(value) || value['jsonrpc'] !== '2.0') return undefined
  const { id, method, params } = value
  const hasId = typeof id === 'string' || typeof id === 'number'
  if (typeof method === 'string') {
    if (params !== undefined && !isRecord(params)) return undefined
    if (id !== undefined && !hasId) return undefined
    return value as unknown as JsonRpcRequest | JsonRpcNotification
  }
  if (!hasId || method !== undefined) return undefined
  const { result, error } = value
  if (isRecord(result)) return value as unknown as JsonRpcResponse
  const isError = isRecord(error) && typeof error['code'] === 'number' && typeof error['message'] === 'string'
  return isError ? (value as unknown as JsonRpcResponse) : undefined
}
