/** Agents on the official SDK, v1 and v2, behind one face, so that one story can be told of both. */
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
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
  callWithProgress(name: string, args: Record<string, unknown>): Promise<{ result: unknown; progress: unknown[] }>
  /** Resolves when a notification or request of this method has come, whose JSON holds `text`. */
  heard(method: string, text?: string): Promise<Message>
  close(): Promise<void>
}

export type Connect = (url: string, key?: string) => Promise<SdkAgent>

const capabilities = { sampling: {}, elicitation: {}, roots: { listChanged: true } }
const identity = { name: 'e2e-agent', version: '1.0.0' }
const anyResult = z.looseObject({})

const sampled = {
  role: 'assistant' as const,
  content: { type: 'text' as const, text: 'A sampled answer' },
  model: 'e2e-model',
  stopReason: 'endTurn',
}
const elicited = { action: 'accept' as const, content: { name: 'Ada', check: true, integer: 7 } }
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

  async heard(method: string, text = ''): Promise<Message> {
    const late = AbortSignal.timeout(5000)
    for (;;) {
      const all = [...this.notifications, ...this.asked]
      const found = all.find((each) => each.method === method && JSON.stringify(each).includes(text))
      if (found !== undefined) return found
      await once(this.#emitter, 'message', { signal: late })
    }
  }
}

function headersOf(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` }
}

/** An agent on SDK v1, which knows the era up to 2025-11-25. */
export const connectV1: Connect = async (url, key) => {
  const ear = new Ear()
  const client = new ClientV1(identity, { capabilities })
  client.setRequestHandler(CreateMessageRequestSchema, (request) => (ear.hear(ear.asked, request), sampled))
  client.setRequestHandler(ElicitRequestSchema, (request) => (ear.hear(ear.asked, request), elicited))
  client.setRequestHandler(ListRootsRequestSchema, (request) => (ear.hear(ear.asked, request), rooted))
  client.fallbackNotificationHandler = async (notification) => ear.hear(ear.notifications, notification)
  const transport = new TransportV1(new URL(url), { requestInit: { headers: headersOf(key) } })
  await client.connect(transport)
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
    async callWithProgress(name, args) {
      const progress: unknown[] = []
      const options = { onprogress: (each: unknown) => void progress.push(each) }
      const request = { method: 'tools/call', params: { name, arguments: args } }
      return { result: await client.request(request, anyResult, options), progress }
    },
    heard: (method, text) => ear.heard(method, text),
    async close() {
      await transport.terminateSession()
      await client.close()
    },
  }
}

/** An agent on SDK v2, which asks the server for its era first. */
export const connectV2: Connect = async (url, key) => {
  const ear = new Ear()
  const client = new ClientV2(identity, { capabilities, versionNegotiation: { mode: 'auto' } })
  client.setRequestHandler('sampling/createMessage', (request) => (ear.hear(ear.asked, request), sampled))
  client.setRequestHandler('elicitation/create', (request) => (ear.hear(ear.asked, request), elicited))
  client.setRequestHandler('roots/list', (request) => (ear.hear(ear.asked, request), rooted))
  client.fallbackNotificationHandler = async (notification) => ear.hear(ear.notifications, notification)
  const transport = new TransportV2(new URL(url), { requestInit: { headers: headersOf(key) } })
  await client.connect(transport)
  return {
    server: {
      info: client.getServerVersion(),
      capabilities: client.getServerCapabilities(),
      instructions: client.getInstructions(),
      revision: client.getNegotiatedProtocolVersion(),
    },
    notifications: ear.notifications,
    asked: ear.asked,
    request: (method, params) =>
      outcome(client.request({ method, ...(params === undefined ? {} : { params }) }, anyResult)),
    async callWithProgress(name, args) {
      const progress: unknown[] = []
      const options = { onprogress: (each: unknown) => void progress.push(each) }
      return { result: await client.callTool({ name, arguments: args }, options), progress }
    },
    heard: (method, text) => ear.heard(method, text),
    async close() {
      if (transport.sessionId !== undefined) await transport.terminateSession()
      await client.close()
    },
  }
}
