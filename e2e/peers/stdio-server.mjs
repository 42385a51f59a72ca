/**
 * A server over stdio of the older eras, on bare Node. The argument `mute` makes it one that never answers. Its tool
 * `crash` ends it with exit code 3; what it logs holds the value of the variable TOKEN.
 */
import { createInterface } from 'node:readline'

process.stderr.write(`started with ${process.env['TOKEN'] ?? 'no token'}\n`)

const serverInfo = { name: 'stdio-peer', version: '1.2.3' }
const tools = ['echo', 'crash'].map((name) => ({ name, inputSchema: { type: 'object' } }))
/** @type {ReadonlyMap<string, object>} */
const results = new Map([
  ['initialize', { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo }],
  ['tools/list', { tools }],
  ['tools/call', { content: [{ type: 'text', text: `pid ${process.pid}` }] }],
])

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (process.argv[2] === 'mute' || id === undefined) return
  if (method === 'tools/call' && params.name === 'crash') {
    process.stderr.write('giving up\n', () => process.exit(3))
    return
  }
  const result = results.get(method)
  const answer = result === undefined ? { error: { code: -32601, message: 'Method not found' } } : { result }
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`)
})
