/**
 * An MCP server for the official conformance suite, on loopback, in both protocol eras: stateless for 2026-07-28,
 * sessions with resumable streams before that; or over HTTP+SSE. Run as a script it prints its URL and stays.
 */
import { hostHeaderValidation, originValidation, toNodeHandler } from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  isLegacyRequest,
  WebStandardStreamableHTTPServerTransport,
  type EventStore,
  type JSONRPCMessage,
  type McpHttpHandler,
} from '@modelcontextprotocol/server'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { buildConformanceServer } from './conformance-server.js'

export interface ConformanceFixture {
  /** Ends in `/mcp`, or in `/sse`; its host is `127.0.0.1`. */
  readonly url: string
  /** Methods of the messages that came, in order; `response` for a response. */
  readonly methods: readonly string[]
  close(): Promise<void>
}

/** Which requests a fixture takes: of both eras, or of one. */
export type FixtureEras = 'both' | 'legacy' | 'modern'

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

function createLegacySessions(): LegacySessions {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()

  async function open(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: createEventStore(),
      retryInterval: 20,
      onsessioninitialized: (id) => void sessions.set(id, transport),
      onsessionclosed: (id) => void sessions.delete(id),
    })
    await buildConformanceServer('legacy').connect(transport)
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

/** Starts the fixture on 127.0.0.1, on a free port unless it is given. */
export async function startConformanceFixture(port = 0, eras: FixtureEras = 'both'): Promise<ConformanceFixture> {
  const modern: McpHttpHandler = createMcpHandler((context) => buildConformanceServer(context.era, modern.notify), {
    legacy: 'reject',
  })
  const legacy = createLegacySessions()
  const methods: string[] = []
  const isLegacy = async (request: Request): Promise<boolean> =>
    eras === 'both' ? isLegacyRequest(request) : eras === 'legacy'
  const answer = toNodeHandler({
    fetch: async (request) => {
      if (request.method === 'POST') methods.push(methodOf(await request.clone().json()))
      return (await isLegacy(request)) ? legacy.fetch(request) : modern.fetch(request)
    },
  })
  const names = ['localhost', '127.0.0.1', '[::1]']
  const isHostAllowed = hostHeaderValidation(names)
  const isOriginAllowed = originValidation(names)
  const http = await listen(port, (req, res) => {
    if (isHostAllowed(req, res) && isOriginAllowed(req, res)) void answer(req, res)
  })
  return {
    url: `${originOf(http)}/mcp`,
    methods,
    async close() {
      await modern.close()
      await legacy.close()
      await stopListening(http)
    },
  }
}

/** Starts the fixture over HTTP+SSE, which only the older era has. */
export async function startSseFixture(port = 0): Promise<ConformanceFixture> {
  const transports = new Map<string, SSEServerTransport>()
  const open = async (response: ServerResponse): Promise<void> => {
    const transport = new SSEServerTransport('/message', response)
    transports.set(transport.sessionId, transport)
    response.once('close', () => transports.delete(transport.sessionId))
    await buildConformanceServer('legacy').connect(transport)
  }
  const http = await listen(port, (req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? '', 'http://127.0.0.1')
    if (req.method === 'GET' && pathname === '/sse') return void open(res)
    const transport = transports.get(searchParams.get('sessionId') ?? '')
    if (transport === undefined) res.writeHead(404).end()
    else void transport.handlePostMessage(req, res)
  })
  return { url: `${originOf(http)}/sse`, methods: [], close: () => stopListening(http) }
}

function methodOf(message: unknown): string {
  const known = z.looseObject({ method: z.string() }).safeParse(message)
  return known.success ? known.data.method : 'response'
}

async function listen(port: number, answer: (req: IncomingMessage, res: ServerResponse) => void): Promise<Server> {
  const http = createServer(answer)
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
  return http
}

function originOf(http: Server): string {
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`
}

async function stopListening(http: Server): Promise<void> {
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fixture = await startConformanceFixture(Number(process.env['PORT'] ?? 0))
  process.stdout.write(`${fixture.url}\n`)
}
