/** The MCP server of the official conformance suite's tools, resources and prompts, for one connection or request. */
import { createRequestStateCodec, McpServer, type ServerNotifier } from '@modelcontextprotocol/server'
import { randomBytes } from 'node:crypto'
import { registerContent } from './conformance-content.js'
import { registerTools } from './conformance-tools.js'
import { registerExtraTools } from './extra-tools.js'

const requestState = createRequestStateCodec({ key: randomBytes(32) })

/** @param notify tells whoever is subscribed; without it, the server's own connection is told */
export function buildConformanceServer(era: 'legacy' | 'modern', notify?: ServerNotifier): McpServer {
  const server = new McpServer(
    { name: 'gatehouse-conformance-fixture', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: requestState.verify },
    },
  )
  registerTools(server, notify ?? notifierOf(server), requestState)
  registerContent(server, era)
  registerExtraTools(server)
  return server
}

function notifierOf(server: McpServer): ServerNotifier {
  return {
    toolsChanged: () => server.sendToolListChanged(),
    promptsChanged: () => server.sendPromptListChanged(),
    resourcesChanged: () => server.sendResourceListChanged(),
    resourceUpdated: (uri) => void server.server.sendResourceUpdated({ uri }),
  }
}
