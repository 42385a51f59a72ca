/** The demo's MCP server: one tool, which refuses to work without its API key, and tells which headers reached it. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import * as z from 'zod'

export interface SampleServer {
  readonly url: string
  /** Names and values of the headers of the last tool call. */
  readonly lastHeaders: () => Readonly<Record<string, string>>
  close(): void
}

/** @param apiKey the value of `x-api-key` without which the server answers 401 */
export async function startSampleServer(apiKey: string): Promise<SampleServer> {
  let lastHeaders: Readonly<Record<string, string>> = {}
  const http: Server = createServer((request, response) => {
    if (request.headers['x-api-key'] !== apiKey) {
      response.writeHead(401).end()
      return
    }
    lastHeaders = request.headers as Record<string, string>
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true })
    const server = weatherServer()
    response.once('close', () => void transport.close())
    void server
      .connect(transport as Parameters<McpServer['connect']>[0])
      .then(() => transport.handleRequest(request, response))
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    lastHeaders: () => lastHeaders,
    close: () => {
      http.closeAllConnections()
      http.close()
    },
  }
}

function weatherServer(): McpServer {
  const server = new McpServer({ name: 'sample-weather', version: '1.0.0' })
  server.registerTool(
    'weather',
    { description: 'The weather in a city', inputSchema: { city: z.string() } },
    ({ city }) => ({
      content: [{ type: 'text', text: `It is sunny in ${city}, 21 °C.` }],
    }),
  )
  return server
}
