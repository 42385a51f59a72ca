/** Agents on the official SDKs behind one face: v1, v2 in the older era, v2 in the stateless one. */
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import { EventEmitter, once } from 'node:events'
import { z } from 'zod'

const capabilities = { sampling: {}, elicitation: {}, roots: { listChanged: true } }
const identity = { name: 'test-agent', version: '1.0.0' }
const anyResult = z.looseObject({})

export const sampled = {
  role: 'assistant' as const,
  content: { type: 'text' as const, text: 'A sampled answer' },
  model: 'test-model',
  stopReason: 'endTurn',
}
export const elicited = { action: 'accept' as const, content: { name: 'Ada' } }
export const rooted = { roots: [{ uri: 'file:///test', name: 'test' }] }

interface Message {
  readonly method: string
  readonly params?: unknown
}

export class Ear {
  readonly heard: Message[] = []
  readonly asked: string[] = []
  readonly #emitter = new EventEmitter()

  hear(message: Message): void {
    this.heard.push(message)
    this.#emitter.emit('heard')
  }

  async until(method: string): Promise<Message> {
    for (;;) {
      const found = this.heard.find((each) => each.method === method)
      if (found !== undefined) return found
      await once(this.#emitter, 'heard', { signal: AbortSignal.timeout(5000) })
    }
  }
}

export interface Progress {
  readonly progress: number
  readonly total?: number | undefined
}

export interface RequestOptions {
  readonly onprogress?: (progress: Progress) => void
  readonly signal?: AbortSignal
  readonly timeout?: number
}

export interface TestAgent {
  readonly ear: Ear
  readonly info: unknown
  readonly instructions: string | undefined
  readonly sessionId: string | undefined
  request(method: string, params?: Record<string, unknown>, options?: RequestOptions): Promise<Record<string, unknown>>
  notifyRootsChanged(): Promise<void>
  close(): Promise<void>
}

export async function connectV1(url: string): Promise<TestAgent> {
  const ear = new Ear()
  const client = new ClientV1(identity, { capabilities })
  client.setRequestHandler(CreateMessageRequestSchema, ({ method }) => (ear.asked.push(method), sampled))
  client.setRequestHandler(ElicitRequestSchema, ({ method }) => (ear.asked.push(method), elicited))
  client.setRequestHandler(ListRootsRequestSchema, ({ method }) => (ear.asked.push(method), rooted))
  client.fallbackNotificationHandler = async (notification) => ear.hear(notification)
  const transport = new TransportV1(new URL(url))
  await client.connect(transport)
  return {
    ear,
    info: client.getServerVersion(),
    instructions: client.getInstructions(),
    get sessionId() {
      return transport.sessionId
    },
    request: (method, params = {}, options = {}) => client.request({ method, params }, anyResult, options),
    notifyRootsChanged: () => client.sendRootsListChanged(),
    close: () => client.close(),
  }
}

export async function connectV2(url: string, mode: 'legacy' | 'auto'): Promise<TestAgent & { client: ClientV2 }> {
  const ear = new Ear()
  const client = new ClientV2(identity, { capabilities, versionNegotiation: { mode } })
  client.setRequestHandler('sampling/createMessage', ({ method }) => (ear.asked.push(method), sampled))
  client.setRequestHandler('elicitation/create', ({ method }) => (ear.asked.push(method), elicited))
  client.setRequestHandler('roots/list', ({ method }) => (ear.asked.push(method), rooted))
  client.fallbackNotificationHandler = async (notification) => ear.hear(notification)
  const transport = new TransportV2(new URL(url))
  await client.connect(transport)
  return {
    client,
    ear,
    info: client.getServerVersion(),
    instructions: client.getInstructions(),
    get sessionId() {
      return transport.sessionId
    },
    request: (method, params = {}, options = {}) => client.request({ method, params }, anyResult, options),
    notifyRootsChanged: () => client.sendRootsListChanged(),
    close: () => client.close(),
  }
}
