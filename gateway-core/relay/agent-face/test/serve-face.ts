/** A real HTTP server over an agent face, as the data port and the pipeline would be. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { errorTable, GatewayError } from '../../../contract/errors.js'
import { toJsonRpcMessage, type Params, type RequestId } from '../../../contract/json-rpc.js'
import { eraOf } from '../../../pipeline/read-message.js'
import type { ServerSession } from '../../../servers/server-session.js'
import { createAgentFace, type AgentFace, type AgentFaceOptions } from '../agent-face.js'
import { channelOf } from '../channel-of.js'
import type { FaceRequest } from '../face-request.js'

export interface Recorded {
  status: number
  text: string
}

export interface ServedFace {
  readonly url: string
  readonly face: AgentFace
  /** What the tap saw, one per request, in order of arrival. */
  readonly recorded: readonly Recorded[]
  /** Requests whose `answer` has not resolved. */
  readonly open: number
  /** The server behind it; may be changed. */
  session: (capabilities: Params) => Promise<ServerSession>
  timeoutMs: number
  close(): Promise<void>
}

const outbound = { origin: 'http://server.invalid', path: '/mcp', headers: ['authorization', 'Bearer x'] }

function errorBody(thrown: unknown, id: RequestId | null): object {
  const error = thrown instanceof GatewayError ? thrown : new GatewayError('internal', { cause: thrown })
  const { jsonRpcCode, title } = errorTable[error.code]
  const data = { code: error.code, requestId: 'r', ...(error.detail === undefined ? {} : { detail: error.detail }) }
  return { jsonrpc: '2.0', id, error: { code: jsonRpcCode, message: title, data } }
}

async function readFaceRequest(request: IncomingMessage, timeoutMs: number): Promise<FaceRequest> {
  let body = ''
  request.setEncoding('utf8')
  for await (const chunk of request) body += String(chunk)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined) headers[name] = String(value)
  const message = request.method === 'POST' ? toJsonRpcMessage(JSON.parse(body)) : undefined
  const params = message !== undefined && 'method' in message ? message.params : undefined
  return {
    scope: (request.url ?? '/').slice(1),
    callerId: headers['x-caller'] ?? 'alice',
    httpMethod: request.method as 'GET' | 'POST' | 'DELETE',
    headers,
    era: eraOf(headers, params),
    message,
    outbound,
    timeoutMs,
    errorBody,
  }
}

export async function serveFace(server: ServerSession, options: AgentFaceOptions = {}): Promise<ServedFace> {
  const face = createAgentFace(options)
  const recorded: Recorded[] = []
  let open = 0
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const record: Recorded = { status: 0, text: '' }
    recorded.push(record)
    open++
    const faceRequest = await readFaceRequest(request, served.timeoutMs)
    const channel = channelOf(response, {
      head: (status, headers) => {
        record.status = status
        return { ...headers, 'x-request-id': 'r' }
      },
      data: (bytes) => void (record.text += bytes.toString('utf8')),
    })
    try {
      await face.answer(faceRequest, (capabilities) => served.session(capabilities), channel)
    } catch (error) {
      const { httpStatus } = errorTable[error instanceof GatewayError ? error.code : 'internal']
      const id = faceRequest.message !== undefined && 'id' in faceRequest.message ? faceRequest.message.id : null
      response.writeHead(httpStatus, { 'content-type': 'application/json' })
      response.end(JSON.stringify(errorBody(error, id)))
    } finally {
      open--
    }
  }
  const http = createServer((request, response) => void handle(request, response))
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const served: ServedFace = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/scripted`,
    face,
    recorded,
    get open() {
      return open
    },
    session: async () => server,
    timeoutMs: 5000,
    close: async () => {
      face.close()
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
  return served
}
