/**
 * An MCP server of the era with sessions, on plain Node and as cheap as that can make it, so that the hop is what shows.
 * `session-server.ts stdio` speaks over its standard input and output, `session-server.ts http` over Streamable HTTP and
 * prints its port.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { largeBytes, smallBytes, streamEvents } from './session-job.js'

interface Message {
  readonly id?: string | number
  readonly method?: string
  readonly params?: {
    readonly name?: string
    readonly protocolVersion?: string
    readonly _meta?: { readonly progressToken?: string | number }
  }
}

const inputSchema = { type: 'object', properties: { text: { type: 'string' } } }
const tools = JSON.stringify({ tools: ['echo', 'large', 'count'].map((name) => ({ name, inputSchema })) })
const textResult = (text: string): string => JSON.stringify({ content: [{ type: 'text', text }] })
const small = textResult('x'.repeat(smallBytes))
const large = textResult('x'.repeat(largeBytes))

/** The result of a request, as JSON. */
function resultOf({ method, params }: Message): string {
  switch (method) {
    case 'initialize':
      return JSON.stringify({
        protocolVersion: params?.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'bench', version: '1.0.0' },
      })
    case 'tools/list':
      return tools
    case 'tools/call':
      return params?.name === 'large' ? large : small
    default:
      return '{}'
  }
}

function answerTo(message: Message): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(message.id)},"result":${resultOf(message)}}`
}

/** The messages that go before the answer, one by one. */
function* progressOf({ params }: Message): Iterable<string> {
  const token = params?._meta?.progressToken
  if (params?.name !== 'count' || token === undefined) return
  const head = `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${JSON.stringify(token)},"progress":`
  for (let index = 1; index <= streamEvents; index++) yield `${head}${index}}}`
}

function serveStdio(): void {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const message = JSON.parse(line) as Message
    if (message.id === undefined || message.method === undefined) return
    for (const progress of progressOf(message)) process.stdout.write(`${progress}\n`)
    process.stdout.write(`${answerTo(message)}\n`)
  })
}

function serveHttp(): void {
  const sessions = new Set<string>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.once('end', () => {
      const given = request.headers['mcp-session-id']
      const text = Buffer.concat(chunks).toString()
      const message = text === '' ? {} : (JSON.parse(text) as Message)
      if (message.method === 'initialize') {
        const id = randomUUID()
        sessions.add(id)
        sendJson(response, answerTo(message), { 'mcp-session-id': id })
      } else if (typeof given !== 'string' || !sessions.has(given)) response.writeHead(404).end()
      else if (request.method === 'DELETE') {
        sessions.delete(given)
        response.writeHead(200).end()
      } else if (request.method === 'GET')
        response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      else if (message.id === undefined || message.method === undefined) response.writeHead(202).end()
      else answerHttp(response, message)
    })
  })
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
}

function answerHttp(response: ServerResponse, message: Message): void {
  if (message.params?.name !== 'count') {
    sendJson(response, answerTo(message))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const progress of progressOf(message)) response.write(`event: message\ndata: ${progress}\n\n`)
  response.end(`event: message\ndata: ${answerTo(message)}\n\n`)
}

function sendJson(response: ServerResponse, text: string, headers: Record<string, string> = {}): void {
  const body = Buffer.from(text)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length, ...headers }).end(body)
}

process.once('SIGTERM', () => process.exit(0))
if (process.argv[2] === 'stdio') serveStdio()
else serveHttp()
