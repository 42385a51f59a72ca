/** Servers of both official SDKs, with tools that do what servers may do to a client. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import * as modern from '@modelcontextprotocol/server'
import { serveStdio } from '@modelcontextprotocol/server/stdio'
import { z } from 'zod'
import type { TransportEvents } from '../../transport.js'
import type { SessionTransport } from '../handshake.js'
import { overLinkedPair } from './memory-transport.js'

export interface SdkServer {
  readonly transport: (events: TransportEvents) => SessionTransport
  /** Names of the tools that ran, in the order in which they were called. */
  readonly runs: string[]
  close(): Promise<void>
}

/** SDK v1: a server of the older eras, which never says during which call it asks. */
export function sdkLegacyServer(): SdkServer & { readonly server: McpServer } {
  const runs: string[] = []
  const server = new McpServer(
    { name: 'legacy', version: '1.0.0' },
    { capabilities: { logging: {}, resources: { subscribe: true, listChanged: true } } },
  )
  registerLegacyTools(server, runs)
  const [end, serverEnd] = InMemoryTransport.createLinkedPair()
  const connected = server.connect(serverEnd)
  const link = overLinkedPair('stdio', end)
  return {
    runs,
    server,
    transport: (events) => {
      const transport = link(events)
      return { ...transport, start: (options) => connected.then(() => transport.start(options)) }
    },
    close: () => server.close(),
  }
}

function registerLegacyTools(server: McpServer, runs: string[]): void {
  server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => {
    runs.push(`echo ${text}`)
    return { content: [{ type: 'text', text }] }
  })
  server.registerTool('count', { inputSchema: { to: z.number() } }, async ({ to }, { _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken
    if (progressToken !== undefined)
      for (let progress = 1; progress <= to; progress++)
        await sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: to } })
    return { content: [{ type: 'text', text: String(to) }] }
  })
  server.registerTool('sample', { inputSchema: { text: z.string() } }, async ({ text }, { signal }) => {
    runs.push(`sample ${text}`)
    const messages = [{ role: 'user' as const, content: { type: 'text' as const, text } }]
    const answer = await server.server.createMessage({ messages, maxTokens: 10 }, { signal })
    return { content: [{ type: 'text', text: JSON.stringify(answer.content) }] }
  })
  server.registerTool('elicit', { inputSchema: { text: z.string() } }, async ({ text }, { signal }) => {
    const requestedSchema = { type: 'object' as const, properties: { name: { type: 'string' as const } } }
    const answer = await server.server.elicitInput({ message: text, requestedSchema }, { signal })
    return { content: [{ type: 'text', text: JSON.stringify(answer) }] }
  })
  server.registerResource('one', 'test://one', {}, () => ({ contents: [{ uri: 'test://one', text: '1' }] }))
}

/** SDK v2: both eras over one pipe, or the stateless one alone. */
export function sdkModernServer(legacy: 'serve' | 'reject' = 'serve'): SdkServer & { current(): modern.McpServer } {
  const runs: string[] = []
  const servers: modern.McpServer[] = []
  const [end, serverEnd] = modern.InMemoryTransport.createLinkedPair()
  const handle = serveStdio(
    () => {
      const server = new modern.McpServer(
        { name: 'modern', version: '2.0.0' },
        { capabilities: { logging: {}, resources: { subscribe: true, listChanged: true } } },
      )
      registerModernTools(server, runs)
      servers.push(server)
      return server
    },
    { transport: serverEnd, legacy },
  )
  return {
    runs,
    transport: overLinkedPair('stdio', end as never),
    close: () => handle.close(),
    current: () => {
      const server = servers.at(-1)
      if (server === undefined) throw new Error('nobody has connected')
      return server
    },
  }
}

function registerModernTools(server: modern.McpServer, runs: string[]): void {
  server.registerTool('echo', { inputSchema: z.object({ text: z.string() }) }, ({ text }, ctx) => {
    runs.push(`echo ${text}`)
    const envelope = ctx.mcpReq.envelope as Record<string, unknown> | undefined
    return { content: [{ type: 'text', text: JSON.stringify({ text, envelope }) }] }
  })
  server.registerTool('ask', { inputSchema: z.object({ text: z.string() }) }, ({ text }, ctx) => {
    const given = ctx.mcpReq.inputResponses?.['who'] as { content?: unknown } | undefined
    runs.push(`ask ${text} ${String(ctx.mcpReq.requestState)}`)
    if (given !== undefined) return { content: [{ type: 'text', text: JSON.stringify(given) }] }
    return modern.inputRequired({
      inputRequests: {
        who: modern.inputRequired.elicit({
          message: text,
          requestedSchema: { type: 'object', properties: { name: { type: 'string' } } },
        }),
      },
      requestState: `state of ${text}`,
    })
  })
  server.registerTool('wait', { inputSchema: z.object({}) }, async (_, ctx) => {
    runs.push('wait begins')
    await new Promise((resolve) => ctx.mcpReq.signal.addEventListener('abort', resolve, { once: true }))
    runs.push('wait was cancelled')
    return { content: [] }
  })
  server.registerResource('one', 'test://one', {}, () => ({ contents: [{ uri: 'test://one', text: '1' }] }))
}
