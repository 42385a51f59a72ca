/** What an agent sent, as the pipeline hands it to the agent face: judged, planned, with credentials. */
import type { JsonRpcMessage, RequestId } from '../../contract/json-rpc.js'
import type { OutboundRequest } from '../../servers/transport.js'

export interface FaceRequest {
  /** Slug of the server, or empty for all of them as one. */
  readonly scope: string
  readonly callerId: string
  readonly httpMethod: 'GET' | 'POST' | 'DELETE'
  /** Lower-case names, repeated ones joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  readonly era: 'legacy' | 'modern'
  /** Undefined for GET and DELETE. */
  readonly message: JsonRpcMessage | undefined
  readonly outbound: OutboundRequest
  /** How long the server may be silent, and how long the agent may take to answer the server, milliseconds. */
  readonly timeoutMs: number
  /** Whether a session that ended is opened again for an agent that only listens. */
  readonly reopens?: boolean
  /** The JSON-RPC error message for what was thrown once the answer has begun, as the pipeline would answer it. */
  errorBody(error: unknown, id: RequestId | null): object
}
