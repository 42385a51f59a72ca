/** The floor: a bare `node:http` + undici pass-through that swaps one header and does nothing else. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool } from 'undici'

const pool = new Pool(process.argv[2] ?? '', { connections: 600 })

const server = createServer((request, response) => {
  const headers: Record<string, string> = { authorization: 'Bearer secret-of-the-floor' }
  for (const [name, value] of Object.entries(request.headers))
    if (typeof value === 'string' && !['host', 'connection', 'authorization', 'content-length'].includes(name))
      headers[name] = value
  const { method = 'GET', url = '/' } = request
  pool
    .request({
      path: url,
      method: method as 'GET' | 'POST',
      headers,
      body: method === 'POST' ? request : null,
      bodyTimeout: 0,
    })
    .then(({ statusCode, headers: answer, body }) => {
      const { connection: _connection, 'keep-alive': _keepAlive, ...passed } = answer
      response.writeHead(statusCode, passed)
      response.flushHeaders()
      body.pipe(response)
      body.once('error', () => response.destroy())
      response.once('close', () => body.destroy())
    })
    .catch(() => response.destroy())
})
server.keepAliveTimeout = 120_000
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
process.once('SIGTERM', () => process.exit(0))
