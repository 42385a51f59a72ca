/** Cheap MCP servers of either era as responders of a recording server: lists as they are given, every call echoed. */
import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { answerEvents, answerJson, type RecordedRequest, type Responder } from './recording-server.js'
import { at } from './send.js'

export interface ScriptedTool {
  readonly name: string
  readonly description?: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

export interface Script {
  readonly era: 'legacy' | 'modern'
  /** Exchangeable: the next list has what is here then. */
  tools: readonly ScriptedTool[]
  /** Answers a call itself. Returning false leaves it to be echoed. */
  onCall?: (request: RecordedRequest, response: ServerResponse) => boolean
}

export interface ScriptedMcp {
  readonly script: Script
  readonly respond: Responder
  /** Says something outside of calls, on every stream that is open for that. */
  say(method: string, params?: Readonly<Record<string, unknown>>): void
  /** Streams that are open for what belongs to no call. */
  readonly streams: number
}

const subscriptionIdKey = 'io.modelcontextprotocol/subscriptionId'
const capabilities = { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} }
const anyObject = { type: 'object' }

export function scriptedTool(name: string, inputSchema: ScriptedTool['inputSchema'] = anyObject): ScriptedTool {
  return { name, description: `${name}, as its server has it`, inputSchema }
}

export function scriptMcp(script: Script): ScriptedMcp {
  const streams = new Map<ServerResponse, (method: string, params: object) => void>()
  const listen = (request: RecordedRequest, response: ServerResponse): void => {
    const write = answerEvents(response)
    const id = at(request.json, 'id')
    const meta = id === undefined ? {} : { _meta: { [subscriptionIdKey]: id } }
    const say = (method: string, params: object): void =>
      write({ jsonrpc: '2.0', method, params: { ...params, ...meta } })
    streams.set(response, say)
    response.once('close', () => streams.delete(response))
    const notifications = at(request.json, 'params.notifications')
    if (id !== undefined) say('notifications/subscriptions/acknowledged', { notifications })
  }
  return {
    script,
    respond: (request, response) => respond(script, request, response, listen),
    say: (method, params = {}) => {
      for (const tell of streams.values()) tell(method, params)
    },
    get streams() {
      return streams.size
    },
  }
}

function respond(
  script: Script,
  request: RecordedRequest,
  response: ServerResponse,
  listen: (request: RecordedRequest, response: ServerResponse) => void,
): boolean {
  const { era } = script
  const id = at(request.json, 'id')
  const method = at(request.json, 'method')
  const isModern = request.header('mcp-protocol-version') === '2026-07-28'
  if (request.method === 'GET' && era === 'legacy') listen(request, response)
  else if (request.method !== 'POST') response.writeHead(era === 'legacy' ? 200 : 405).end()
  else if (id === undefined) response.writeHead(202).end()
  else if (isModern !== (era === 'modern'))
    answerJson(response, 400, { jsonrpc: '2.0', id, error: { code: isModern ? -32600 : -32022, message: 'other era' } })
  else if (method === 'subscriptions/listen') listen(request, response)
  else if (method === 'tools/call' && script.onCall?.(request, response) === true) return true
  else {
    const result = resultOf(script, method, request)
    const isInitialize = method === 'initialize'
    const answer = result === undefined ? { error: { code: -32601, message: 'Method not found' } } : { result }
    answerJson(response, 200, { jsonrpc: '2.0', id, ...answer }, isInitialize ? { 'mcp-session-id': randomUUID() } : {})
  }
  return true
}

function resultOf({ era, tools }: Script, method: unknown, { json }: RecordedRequest): object | undefined {
  const complete = era === 'modern' ? { resultType: 'complete' } : {}
  switch (method) {
    case 'initialize':
      return { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'scripted', version: '1.0.0' } }
    case 'server/discover':
      return { ...complete, supportedVersions: ['2026-07-28'], capabilities, ttlMs: 0, cacheScope: 'private' }
    case 'tools/list':
      return { ...complete, tools, ...(era === 'modern' ? { ttlMs: 0, cacheScope: 'private' } : {}) }
    case 'tools/call':
      return { ...complete, content: [{ type: 'text', text: JSON.stringify(at(json, 'params.name')) }] }
    case 'ping':
    case 'logging/setLevel':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return complete
    default:
      return undefined
  }
}
