/**
 * What one gets who makes a proxy of the official SDK's own client and server: Streamable HTTP towards agents, a session
 * and a server object each; one client towards the server, as it is one server. Made of the SDK's first version, as the
 * second one costs as much or more. `sdk-proxy.ts URL`, or `sdk-proxy.ts COMMAND ARGUMENTS…`; prints its port.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { CallToolRequestSchema, CallToolResultSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

const [target = '', ...args] = process.argv.slice(2)
const identity = { name: 'sdk-proxy', version: '1.0.0' }
const client = new Client(identity, { capabilities: {} })
await client.connect(
  target.startsWith('http')
    ? new StreamableHTTPClientTransport(new URL(target))
    : new StdioClientTransport({ command: target, args, stderr: 'inherit' }),
)

const sessions = new Map<string, StreamableHTTPServerTransport>()

function serverForAgent(): Server {
  const server = new Server(identity, { capabilities: { tools: {} } })
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => client.listTools(params))
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, sendNotification }) => {
    const { _meta: { progressToken } = {}, ...call } = params
    if (progressToken === undefined)
      return client.request({ method: 'tools/call', params: call }, CallToolResultSchema, { signal })
    return client.request({ method: 'tools/call', params: call }, CallToolResultSchema, {
      signal,
      onprogress: (progress) =>
        void sendNotification({ method: 'notifications/progress', params: { ...progress, progressToken } }),
    })
  })
  return server
}

async function transportOf(request: IncomingMessage): Promise<StreamableHTTPServerTransport> {
  const id = request.headers['mcp-session-id']
  const known = typeof id === 'string' ? sessions.get(id) : undefined
  if (known !== undefined) return known
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (given) => void sessions.set(given, transport),
    onsessionclosed: (given) => void sessions.delete(given),
  })
  await serverForAgent().connect(transport as Parameters<Server['connect']>[0])
  return transport
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const transport = await transportOf(request)
  await transport.handleRequest(request, response)
}

const listener = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy())
})
listener.keepAliveTimeout = 120_000
listener.listen(0, '127.0.0.1', () => process.stdout.write(`${(listener.address() as AddressInfo).port}\n`))
process.once('SIGTERM', () => void client.close().finally(() => process.exit(0)))
