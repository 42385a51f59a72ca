/**
 * An MCP server to try the gateway with, offline: it answers with the headers that it received. Of both eras, without
 * sessions and without state.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isRecord } from '../contract/json-rpc.js'
import { isSensitiveName, maskValue } from '../contract/mask-value.js'
import { version } from '../version.js'

/** Where the data port answers as this server. */
export const demoPath = '/demo/mcp'

const maxBodyBytes = 256 * 1024
const serverInfo = { name: 'gatehouse-demo', title: 'Gatehouse demo', version }
const capabilities = { tools: {} }
const instructions = 'A server to try the gateway with. It shows what a server sees of a call.'
const harmless = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false }
const tools = [
  {
    name: 'show_headers',
    title: 'Show headers',
    description: 'Answers with the HTTP headers that this server received. Values of credentials are masked.',
    inputSchema: { type: 'object', properties: {} },
    annotations: harmless,
  },
  {
    name: 'echo',
    title: 'Echo',
    description: 'Answers with the text that it is given.',
    inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
    annotations: harmless,
  },
] as const

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** Answers one request to {@link demoPath}. Never rejects. */
export async function answerDemo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') {
    response.writeHead(405, { allow: 'POST' }).end()
    return
  }
  const message = await readMessage(request).catch(() => undefined)
  if (message === undefined) return reply(response, 400, { id: null, error: { code: -32700, message: 'Parse error' } })
  const { id, method } = message
  if (id === undefined) {
    response.writeHead(202).end()
    return
  }
  const isModern = request.headers['mcp-protocol-version'] === '2026-07-28'
  const result = resultOf(method, isRecord(message['params']) ? message['params'] : {}, request.headers)
  if (result === undefined)
    return reply(response, isModern ? 404 : 200, { id, error: { code: -32601, message: 'Method not found' } })
  reply(response, 200, { id, result: isModern ? { resultType: 'complete', ...result } : result })
}

/** MCP 2025-11-25 and 2026-07-28. @returns undefined where there is no such method */
export function resultOf(
  method: unknown,
  params: Readonly<Record<string, unknown>>,
  headers: Headers,
): object | undefined {
  switch (method) {
    case 'initialize':
      return { protocolVersion: '2025-11-25', capabilities, serverInfo, instructions }
    case 'server/discover':
      return {
        supportedVersions: ['2026-07-28'],
        capabilities,
        instructions,
        ttlMs: 0,
        cacheScope: 'private',
        _meta: { 'io.modelcontextprotocol/serverInfo': serverInfo },
      }
    case 'tools/list':
      return { tools, ttlMs: 0, cacheScope: 'private' }
    case 'tools/call':
      return callTool(params, headers)
    case 'ping':
      return {}
    default:
      return undefined
  }
}

function callTool({ name, arguments: given }: Readonly<Record<string, unknown>>, headers: Headers): object {
  if (name === 'show_headers') return textResult(shownHeaders(headers))
  const text = isRecord(given) ? given['text'] : undefined
  if (name === 'echo' && typeof text === 'string') return textResult(text)
  const problem = name === 'echo' ? 'echo takes a text.' : 'There are two tools here: show_headers and echo.'
  return { ...textResult(problem), isError: true }
}

/** One line per header, in the order in which they came. */
function shownHeaders(headers: Headers): string {
  return Object.entries(headers)
    .map(([name, value]) => {
      const text = typeof value === 'string' ? value : (value ?? []).join(', ')
      return `${name}: ${isSensitiveName(name) ? maskValue(text) : text}`
    })
    .join('\n')
}

function textResult(text: string): object {
  return { content: [{ type: 'text', text }] }
}

async function readMessage(request: IncomingMessage): Promise<Readonly<Record<string, unknown>> | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBodyBytes) return undefined
    chunks.push(chunk)
  }
  const message: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  return isRecord(message) ? message : undefined
}

function reply(response: ServerResponse, status: number, message: object): void {
  if (response.destroyed) return
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify({ jsonrpc: '2.0', ...message }))
}
