/** SDK servers over Streamable HTTP, on real sockets. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer as ModernServer } from '@modelcontextprotocol/server'
import { z } from 'zod'

/** What a server has seen, in order. */
export class Happenings {
  readonly all: string[] = []
  private watchers: (() => void)[] = []

  add(name: string): void {
    this.all.push(name)
    for (const watch of this.watchers.splice(0)) watch()
  }

  /** Resolves when it has happened. */
  async until(name: string): Promise<void> {
    while (!this.all.includes(name)) await new Promise<void>((resolve) => this.watchers.push(resolve))
  }
}

export interface HttpServer {
  readonly origin: string
  /** Methods of the messages that came, and what else was done. */
  readonly received: Happenings
  close(): Promise<void>
}

async function listen(handler: RequestListener, received: Happenings): Promise<HttpServer> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString())
}

/** With sessions, as the older eras have them. `forget` loses them all. */
export async function legacyHttpServer(): Promise<HttpServer & { forget(): void }> {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const received = new Happenings()
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await bodyOf(request)) as { method?: string } | undefined
    const id = request.headers['mcp-session-id']
    received.add(body?.method ?? `${request.method} ${body === undefined ? 'stream' : 'answer'}`)
    let transport = typeof id === 'string' ? sessions.get(id) : undefined
    if (transport === undefined) {
      if (id !== undefined || body?.method !== 'initialize') {
        response.writeHead(id === undefined ? 400 : 404).end('no such session')
        return
      }
      const made = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => randomUUID(),
        onsessioninitialized: (given) => void sessions.set(given, made),
      })
      transport = made
      await asking().connect(made as never)
    }
    await transport.handleRequest(request, response, body)
  }
  const server = await listen((request, response) => {
    handle(request, response).catch(() => response.destroy())
  }, received)
  return { ...server, forget: () => sessions.clear() }
}

function asking(): McpServer {
  const server = new McpServer({ name: 'http', version: '1.0.0' })
  const messages = [{ role: 'user' as const, content: { type: 'text' as const, text: 'who' } }]
  const text = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] })
  server.registerTool('sample-during', {}, async (extra) => {
    const params = { messages, maxTokens: 1 }
    return text(await extra.sendRequest({ method: 'sampling/createMessage', params }, z.looseObject({})))
  })
  server.registerTool('sample-outside', {}, async () =>
    text((await server.server.createMessage({ messages, maxTokens: 1 })).content),
  )
  return server
}

/** Stateless. */
export async function modernHttpServer(): Promise<HttpServer & { readonly cancelled: Promise<void> }> {
  let tell: () => void = () => undefined
  const cancelled = new Promise<void>((resolve) => (tell = resolve))
  const received = new Happenings()
  const handler = createMcpHandler(
    () => {
      const server = new ModernServer({ name: 'http', version: '2.0.0' })
      server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, ({ text }) => ({
        content: [{ type: 'text', text }],
      }))
      server.registerTool('wait', { inputSchema: z.object({}) }, async (_, ctx) => {
        received.add('wait begins')
        await new Promise((resolve) => ctx.mcpReq.signal.addEventListener('abort', resolve, { once: true }))
        tell()
        return { content: [] }
      })
      return server
    },
    { legacy: 'reject' },
  )
  const node = toNodeHandler(handler)
  const server = await listen((request, response) => void node(request, response), received)
  return { ...server, cancelled }
}
