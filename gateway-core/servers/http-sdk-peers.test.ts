/** The Streamable HTTP transport against the servers of both SDKs, in both eras. */
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node'
import { McpServer as OldServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport, type EventStore } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { isResponse } from '../contract/json-rpc.js'
import {
  initialized,
  legacy,
  listen,
  modern,
  rejection,
  request,
  sendTo,
  streamableTo,
  type Endings,
  type Heard,
  type TestServer,
} from './test/http-test-server.js'
import type { StreamableHttpTransport } from './streamable-http-transport.js'

const endings: Endings = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

type Server = Omit<TestServer, 'received'>

const initialize = request('init', 'initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'gateway', version: '1' },
})

async function begin(transport: StreamableHttpTransport, server: Server): Promise<void> {
  await transport.start(sendTo(server))
  await transport.send(initialize, sendTo(server))
  transport.setProtocol(legacy)
  await transport.send(initialized, sendTo(server))
}

function stepsOf({ messages }: Heard, during: string | number): unknown[] {
  const own = messages.filter((one) => one.during === during && 'method' in one.message)
  return own.map(({ message }) => 'params' in message && message.params?.['progress'])
}

const thousand = Array.from({ length: 1000 }, (_, step) => step)
const steps = thousand.map((progress) => ({
  method: 'notifications/progress' as const,
  params: { progressToken: 'p', progress },
}))

function createEventStore(): EventStore {
  const events: { readonly streamId: string; readonly message: Parameters<EventStore['storeEvent']>[1] }[] = []
  return {
    storeEvent: async (streamId, message) => String(events.push({ streamId, message }) - 1),
    getStreamIdForEventId: async (id) => events[Number(id)]?.streamId,
    replayEventsAfter: async (lastEventId, { send }) => {
      const streamId = events[Number(lastEventId)]?.streamId ?? ''
      for (const [position, event] of events.entries())
        if (position > Number(lastEventId) && event.streamId === streamId && 'jsonrpc' in event.message)
          await send(String(position), event.message)
      return streamId
    },
  }
}

function createOldServer(): OldServer {
  const server = new OldServer({ name: 'v1', version: '1' })
  server.registerTool('burst', {}, async ({ sendNotification }) => {
    await Promise.all(steps.map((step) => sendNotification(step)))
    return { content: [{ type: 'text', text: 'done' }] }
  })
  server.registerTool('poll', {}, async ({ closeSSEStream, sendNotification }) => {
    await sendNotification({ method: 'notifications/progress', params: { progressToken: 'p', progress: 0 } })
    closeSSEStream?.()
    await sendNotification({ method: 'notifications/progress', params: { progressToken: 'p', progress: 1 } })
    return { content: [{ type: 'text', text: 'polled' }] }
  })
  return server
}

describe('a server of the SDK’s first version', () => {
  async function start(withStore: boolean) {
    const server = createOldServer()
    const closedSessions: string[] = []
    const sdk = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => 'session',
      onsessionclosed: (id) => void closedSessions.push(id),
      retryInterval: 10,
      ...(withStore && { eventStore: createEventStore() }),
    })
    // The SDK's own types do not fit each other under exactOptionalPropertyTypes.
    await server.connect(sdk as unknown as Transport)
    const http = await listen((incoming, response) => void sdk.handleRequest(incoming, response))
    return { server, http, closedSessions, ...streamableTo(http, endings) }
  }

  it('sends a thousand progress notifications in order, in each of several calls at once', async () => {
    const { http, transport, heard } = await start(false)
    await begin(transport, http)
    const call = (id: number): Promise<void> =>
      transport.send(request(id, 'tools/call', { name: 'burst' }), sendTo(http))
    await Promise.all([call(1), call(2), call(3)])
    for (const id of [1, 2, 3]) expect(stepsOf(heard, id)).toEqual(thousand)
    expect(heard.messages.filter(({ message }) => isResponse(message))).toHaveLength(4)
  })

  it('may close its answer, and is asked for the rest', async () => {
    const { http, transport, heard } = await start(true)
    await begin(transport, http)
    await transport.send(request(1, 'tools/call', { name: 'poll' }), sendTo(http))
    expect(stepsOf(heard, 1)).toEqual([0, 1])
    expect(heard.messages.at(-1)).toMatchObject({
      during: 1,
      message: { id: 1, result: { content: [{ text: 'polled' }] } },
    })
  })

  it('says on its GET stream what belongs to no call, and forgets the session that is closed', async () => {
    const { server, http, closedSessions, transport, heard } = await start(false)
    await begin(transport, http)
    const listening = transport.openStream(sendTo(http))
    // The stream is there once a message has come on it; until then the SDK drops them.
    const announce = setInterval(() => {
      server.sendToolListChanged()
    }, 5)
    await heard.count(2)
    clearInterval(announce)
    expect(heard.messages[1]).toEqual({
      message: { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
      during: undefined,
    })
    await transport.close()
    await listening
    expect(closedSessions).toEqual(['session'])
  })
})

function createServer(): McpServer {
  const server = new McpServer({ name: 'v2', version: '1' })
  server.registerTool('burst', {}, async ({ mcpReq }) => {
    await Promise.all(steps.map((step) => mcpReq.notify(step)))
    return { content: [{ type: 'text', text: 'done' }] }
  })
  server.registerTool('wait', {}, async ({ mcpReq }) => {
    await mcpReq.notify({ method: 'notifications/progress', params: { progressToken: 'p', progress: 0 } })
    await new Promise((resolve) => mcpReq.signal.addEventListener('abort', resolve))
    return { content: [] }
  })
  server.registerResource('größe', 'test://größe', {}, async ({ href }) => ({
    contents: [{ uri: href, text: 'ja' }],
  }))
  return server
}

describe('a server of the SDK’s second version', () => {
  const meta = {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'gateway', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
      progressToken: 'p',
    },
  }

  async function startModern() {
    const handler = createMcpHandler(createServer, { legacy: 'reject' })
    const answer = toNodeHandler(handler)
    const http = await listen((incoming, response) => void answer(incoming, response))
    const peer = streamableTo({ ...http, close: () => handler.close().then(http.close) }, endings)
    peer.transport.setProtocol(modern)
    return { http, handler, ...peer }
  }

  it('speaks the older era in a session', async () => {
    const sdk = new NodeStreamableHTTPServerTransport({ sessionIdGenerator: randomUUID })
    await createServer().connect(sdk)
    const http = await listen((incoming, response) => void sdk.handleRequest(incoming, response))
    const { transport, heard } = streamableTo(http, endings)
    await begin(transport, http)
    await transport.send(request(1, 'tools/call', { name: 'burst' }), sendTo(http))
    expect(stepsOf(heard, 1)).toEqual(thousand)
  })

  it('accepts the headers of the stateless era, and sends a thousand progress notifications in order', async () => {
    const { http, transport, heard } = await startModern()
    await transport.send(request(1, 'tools/call', { ...meta, name: 'burst' }), sendTo(http))
    expect(stepsOf(heard, 1)).toEqual(thousand)
    expect(heard.messages.at(-1)?.message).toMatchObject({ id: 1, result: { content: [{ text: 'done' }] } })
    await transport.send(request(2, 'resources/read', { ...meta, uri: 'test://größe' }), sendTo(http))
    expect(heard.messages.at(-1)?.message).toMatchObject({ id: 2 })
  })

  it('cancels a call whose answer is closed, and keeps a subscription open through silence', async () => {
    const { http, handler, transport, heard } = await startModern()
    const leaving = new AbortController()
    const leave = (id: number, method: string, params: Record<string, unknown>): Promise<unknown> =>
      rejection(
        transport.send(
          request(id, method, { ...meta, ...params }),
          sendTo(http, { signal: leaving.signal, timeoutMs: 500 }),
        ),
      )
    const calling = leave(1, 'tools/call', { name: 'wait' })
    const listening = leave(2, 'subscriptions/listen', { notifications: { toolsListChanged: true } })
    await heard.count(2)
    // Its silence ends the call, and the subscription has been as silent.
    expect(await calling).toMatchObject({ code: 'server_timeout' })
    handler.notify.toolsChanged()
    await heard.count(3)
    expect(heard.messages[2]).toMatchObject({ during: 2, message: { method: 'notifications/tools/list_changed' } })
    leaving.abort(new Error('left'))
    expect(await listening).toMatchObject({ message: 'left' })
  })

  it('refuses what it does not know with its own status, which stays a refusal', async () => {
    const { http, transport } = await startModern()
    const refusal = await rejection(transport.send(request(1, 'no/such', meta), sendTo(http)))
    expect(refusal).toMatchObject({ status: 404, body: expect.stringContaining('-32601') })
  })
})
