/** Agents on the official SDK, v1 and v2, behind one face, so that one story can be told of both. */
import {
  Client as ClientV2,
  SSEClientTransport as SseV2,
  StreamableHTTPClientTransport as TransportV2,
  type McpSubscription,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client'
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport as SseV1 } from '@modelcontextprotocol/sdk/client/sse.js'
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { EventEmitter, once } from 'node:events'
import * as z from 'zod'

export interface Message {
  readonly method: string
  readonly params?: unknown
}

export interface SdkAgent {
  /** What `initialize` or `server/discover` said of the server. */
  readonly server: unknown
  /** Notifications, in order, but for progress. */
  readonly notifications: readonly Message[]
  /** Requests that the server made of this agent, in order. */
  readonly asked: readonly Message[]
  /** @returns the result, or `{ error: { code, message, data } }` where the server answered with an error */
  request(method: string, params?: Record<string, unknown>): Promise<unknown>
  /** A tool call with a progress token. */
  callWithProgress(tool: string, args: Record<string, unknown>): Promise<{ result: unknown; progress: unknown[] }>
  /** Resolves when a notification or request of this method has come, whose JSON holds `text`. */
  heard(method: string, text?: string): Promise<Message>
  /** As `heard`, but for the first `count` notifications. */
  heardSince(count: number, method: string): Promise<Message>
  /** Asks to be told of changes of lists, where the era that was agreed has that asked for. */
  listenForLists(): Promise<void>
  /** Subscribes to a resource, in the way of the era that was agreed. */
  subscribe(uri: string): Promise<void>
  unsubscribe(uri: string): Promise<void>
  /** Ends the session, where there is one, and the connection. */
  close(): Promise<void>
  /** Breaks off every connection without a word. */
  vanish(): Promise<void>
}

/** A server reached otherwise than over Streamable HTTP: an event stream, or a process of its own. */
export type DirectServer =
  | { readonly sse: string }
  | { readonly command: string; readonly args: readonly string[]; readonly env?: Readonly<Record<string, string>> }

/**
 * @param server the URL of one that speaks Streamable HTTP, or another one
 * @param name by which the agent's user and its model answer who they are
 */
export type Connect = (server: string | DirectServer, key?: string, name?: string) => Promise<SdkAgent>

/** Everything, so that a server shows this agent what it shows a session that is shared by many. */
const capabilities = {
  sampling: { tools: {} },
  elicitation: { form: {}, url: {} },
  roots: { listChanged: true },
}
const identity = { name: 'e2e-agent', version: '1.0.0' }
const anyResult = z.looseObject({})

const sampledBy = (name = 'A sampled answer') => ({
  role: 'assistant' as const,
  content: { type: 'text' as const, text: name },
  model: 'e2e-model',
  stopReason: 'endTurn',
})
const elicitedFrom = (name = 'Ada') => ({ action: 'accept' as const, content: { name, check: true, integer: 7 } })
const rooted = { roots: [{ uri: 'file:///e2e', name: 'e2e' }] }

const errorSchema = z.looseObject({ code: z.number(), message: z.string(), data: z.unknown().optional() })

/** Protocol errors are part of the story; anything else is a failure of the test. */
async function outcome(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    const known = errorSchema.safeParse(error)
    if (!known.success) throw error
    return { error: { code: known.data.code, message: known.data.message, data: known.data.data } }
  }
}

class Ear {
  readonly notifications: Message[] = []
  readonly asked: Message[] = []
  readonly #emitter = new EventEmitter()

  hear(list: Message[], { method, params }: Message): void {
    list.push(params === undefined ? { method } : { method, params })
    this.#emitter.emit('message')
  }

  heard(method: string, text = ''): Promise<Message> {
    return this.#first(
      () => [...this.notifications, ...this.asked],
      (each) => each.method === method && JSON.stringify(each).includes(text),
    )
  }

  heardSince(count: number, method: string): Promise<Message> {
    return this.#first(
      () => this.notifications.slice(count),
      (each) => each.method === method,
    )
  }

  async #first(all: () => readonly Message[], isIt: (message: Message) => boolean): Promise<Message> {
    const late = AbortSignal.timeout(5000)
    for (;;) {
      const found = all().find(isIt)
      if (found !== undefined) return found
      await once(this.#emitter, 'message', { signal: late })
    }
  }
}

function headersOf(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` }
}

function commandOf({ command, args, env }: Extract<DirectServer, { command: string }>) {
  return { command, args: [...args], env: { PATH: process.env['PATH'] ?? '', ...env }, stderr: 'ignore' as const }
}

function transportV1(server: string | DirectServer, key: string | undefined): TransportV1 | SseV1 | StdioV1 {
  if (typeof server === 'string') return new TransportV1(new URL(server), { requestInit: { headers: headersOf(key) } })
  return 'sse' in server ? new SseV1(new URL(server.sse)) : new StdioV1(commandOf(server))
}

function transportV2(server: string | DirectServer, key: string | undefined): TransportV2 | SseV2 | StdioV2 {
  if (typeof server === 'string') return new TransportV2(new URL(server), { requestInit: { headers: headersOf(key) } })
  return 'sse' in server ? new SseV2(new URL(server.sse)) : new StdioV2(commandOf(server))
}

/** An agent on SDK v1, which knows the era up to 2025-11-25. */
export const connectV1: Connect = async (server, key, name) => {
  const ear = new Ear()
  const client = new ClientV1(identity, { capabilities })
  client.setRequestHandler(CreateMessageRequestSchema, (request) => (ear.hear(ear.asked, request), sampledBy(name)))
  client.setRequestHandler(ElicitRequestSchema, (request) => (ear.hear(ear.asked, request), elicitedFrom(name)))
  client.setRequestHandler(ListRootsRequestSchema, (request) => (ear.hear(ear.asked, request), rooted))
  client.fallbackNotificationHandler = async (notification) => ear.hear(ear.notifications, notification)
  const transport = transportV1(server, key)
  // The SDK's own transports declare what they may lack as undefined.
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return {
    server: {
      info: client.getServerVersion(),
      capabilities: client.getServerCapabilities(),
      instructions: client.getInstructions(),
    },
    notifications: ear.notifications,
    asked: ear.asked,
    request: (method, params) =>
      outcome(client.request({ method, ...(params === undefined ? {} : { params }) }, anyResult)),
    async callWithProgress(tool, args) {
      const progress: unknown[] = []
      const options = { onprogress: (each: unknown) => void progress.push(each) }
      const request = { method: 'tools/call', params: { name: tool, arguments: args } }
      return { result: await client.request(request, anyResult, options), progress }
    },
    heard: (method, text) => ear.heard(method, text),
    heardSince: (count, method) => ear.heardSince(count, method),
    listenForLists: async () => undefined,
    subscribe: async (uri) => void (await client.subscribeResource({ uri })),
    unsubscribe: async (uri) => void (await client.unsubscribeResource({ uri })),
    async close() {
      if (transport instanceof TransportV1) await transport.terminateSession()
      await client.close()
    },
    vanish: () => client.close(),
  }
}

/** An agent on SDK v2, which asks the server for its era first. */
export const connectV2: Connect = (server, key, name) => connectInMode('auto', server, key, name)

/** An agent on SDK v2 as it is unless it is told otherwise: of the era up to 2025-11-25. */
export const connectV2Legacy: Connect = (server, key, name) => connectInMode('legacy', server, key, name)

async function connectInMode(
  mode: VersionNegotiationMode,
  server: string | DirectServer,
  key: string | undefined,
  name: string | undefined,
): Promise<SdkAgent> {
  const ear = new Ear()
  const client = new ClientV2(identity, { capabilities, versionNegotiation: { mode } })
  client.setRequestHandler('sampling/createMessage', (request) => (ear.hear(ear.asked, request), sampledBy(name)))
  client.setRequestHandler('elicitation/create', (request) => (ear.hear(ear.asked, request), elicitedFrom(name)))
  client.setRequestHandler('roots/list', (request) => (ear.hear(ear.asked, request), rooted))
  client.fallbackNotificationHandler = async (notification) => ear.hear(ear.notifications, notification)
  const transport = transportV2(server, key)
  await client.connect(transport)
  const revision = client.getNegotiatedProtocolVersion()
  const subscriptions = new Map<string, McpSubscription>()
  return {
    server: {
      info: client.getServerVersion(),
      capabilities: client.getServerCapabilities(),
      instructions: client.getInstructions(),
      revision,
    },
    notifications: ear.notifications,
    asked: ear.asked,
    request: (method, params) =>
      outcome(client.request({ method, ...(params === undefined ? {} : { params }) }, anyResult)),
    async callWithProgress(tool, args) {
      const progress: unknown[] = []
      const options = { onprogress: (each: unknown) => void progress.push(each) }
      return { result: await client.callTool({ name: tool, arguments: args }, options), progress }
    },
    heard: (method, text) => ear.heard(method, text),
    heardSince: (count, method) => ear.heardSince(count, method),
    async listenForLists() {
      if (revision === '2026-07-28')
        await client.listen({ toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true })
    },
    async subscribe(uri) {
      if (revision === '2026-07-28') subscriptions.set(uri, await client.listen({ resourceSubscriptions: [uri] }))
      else await client.subscribeResource({ uri })
    },
    async unsubscribe(uri) {
      const subscription = subscriptions.get(uri)
      if (subscription === undefined) await client.unsubscribeResource({ uri })
      else await subscription.close()
    },
    async close() {
      if (transport instanceof TransportV2 && transport.sessionId !== undefined) await transport.terminateSession()
      await client.close()
    },
    vanish: () => client.close(),
  }
}
