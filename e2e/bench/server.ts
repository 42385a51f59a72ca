/** The MCP-like server behind every target: fixed answers, as cheap as Node can make them, so that the hop is what shows. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export const streamEvents = 1000
const largeBytes = 1024 * 1024

function result(text: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, result: { content: [{ type: 'text', text }] } })
}

const small = Buffer.from(result('x'.repeat(300)))
const large = Buffer.from(result('x'.repeat(largeBytes)))

function event(index: number): string {
  return `event: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":${index}}}\n\n`
}

const events = Array.from({ length: streamEvents }, (_, index) => event(index))

const server = createServer((request, response) => {
  request.resume()
  request.once('end', () => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(event(0))
      return
    }
    if (request.url === '/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const text of events) response.write(text)
      response.end()
      return
    }
    const body = request.url === '/large' ? large : small
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  })
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
process.once('SIGTERM', () => process.exit(0))
