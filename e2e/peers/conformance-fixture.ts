/**
 * An MCP server for the official conformance suite, on loopback, in both protocol eras: stateless for 2026-07-28,
 * sessions with resumable streams before that. Run as a script it prints its URL and stays.
 */
import { hostHeaderValidation, originValidation, toNodeHandler } from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  createRequestStateCodec,
  isLegacyRequest,
  McpServer,
  WebStandardStreamableHTTPServerTransport,
  type EventStore,
  type JSONRPCMessage,
  type McpHttpHandler,
} from '@modelcontextprotocol/server'
import { randomBytes, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { registerContent } from './conformance-content.js'
import { registerTools } from './conformance-tools.js'

export interface ConformanceFixture {
  /** Ends in `/mcp`; its host is `127.0.0.1`. */
  readonly url: string
  close(): Promise<void>
}

const requestState = createRequestStateCodec({ key: randomBytes(32) })

function buildServer(era: 'legacy' | 'modern', handler: () => McpHttpHandler): McpServer {
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
  registerTools(server, handler().notify, requestState)
  registerContent(server, era)
  return server
}

/** Events in the order in which they were stored; ids are their positions. */
function createEventStore(): EventStore {
  const events: { readonly streamId: string; readonly message: JSONRPCMessage }[] = []
  return {
    async storeEvent(streamId, message) {
      return String(events.push({ streamId, message }) - 1)
    },
    async getStreamIdForEventId(eventId) {
      return events[Number(eventId)]?.streamId
    },
    async replayEventsAfter(lastEventId, { send }) {
      const streamId = events[Number(lastEventId)]?.streamId ?? lastEventId
      for (const [position, event] of events.entries()) {
        const isLater = position > Number(lastEventId) && event.streamId === streamId
        // A priming event is stored without a message.
        if (isLater && Object.keys(event.message).length > 0) await send(String(position), event.message)
      }
      return streamId
    },
  }
}

interface LegacySessions {
  fetch(request: Request): Promise<Response>
  close(): Promise<void>
}

function createLegacySessions(handler: () => McpHttpHandler): LegacySessions {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()

  async function open(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEventStore(),
      retryInterval: 20,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    })
    await buildServer('legacy', handler).connect(transport)
    return transport
  }

  return {
    async fetch(request) {
      const id = request.headers.get('mcp-session-id')
      if (id === null) return (await open()).handleRequest(request)
      const known = sessions.get(id)
      if (known !== undefined) return known.handleRequest(request)
      const error = { code: -32001, message: 'Session not found' }
      return Response.json({ jsonrpc: '2.0', id: null, error }, { status: 404 })
    },
    async close() {
      for (const transport of sessions.values()) await transport.close()
    },
  }
}

/** Starts the fixture on a free port of 127.0.0.1. */
export async function startConformanceFixture(port = 0): Promise<ConformanceFixture> {
  const modern: McpHttpHandler = createMcpHandler((context) => buildServer(context.era, () => modern), {
    legacy: 'reject',
  })
  const legacy = createLegacySessions(() => modern)
  const answer = toNodeHandler({
    fetch: async (request) => ((await isLegacyRequest(request)) ? legacy.fetch(request) : modern.fetch(request)),
  })
  const names = ['localhost', '127.0.0.1', '[::1]']
  const isHostAllowed = hostHeaderValidation(names)
  const isOriginAllowed = originValidation(names)
  const http = createServer((req, res) => {
    if (isHostAllowed(req, res) && isOriginAllowed(req, res)) void answer(req, res)
  })
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    async close() {
      await modern.close()
      await legacy.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fixture = await startConformanceFixture(Number(process.env['PORT'] ?? 0))
  process.stdout.write(`${fixture.url}\n`)
}
