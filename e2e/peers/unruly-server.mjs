/**
 * A server over stdio of the older era, on bare Node, whose tools do to the gateway what bad servers do. Each answers, if
 * at all, with a text: a tool's effect, or the ids of processes.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const stubborn = `process.on('SIGTERM', () => {}); process.on('SIGHUP', () => {}); setInterval(() => {}, 1000)`

/** @param {boolean} detached in a session and a process group of its own */
function startChild(detached) {
  const child = spawn(process.execPath, ['-e', stubborn], { detached, stdio: 'ignore' })
  child.unref()
  return child.pid
}

/** @type {Record<string, (reply: (text: string) => void) => void>} */
const tools = {
  echo: (reply) => reply('echo'),
  pid: (reply) => reply(String(process.pid)),
  crash: () => {
    process.stderr.write('out of luck\n', () => process.exit(3))
  },
  torn: () => {
    process.stdout.write('{"jsonrpc":"2.0","id":', () => process.exit(0))
  },
  hang: () => undefined,
  freeze: () => {
    for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
  },
  flood: (reply) => {
    const line = `${'x'.repeat(1023)}\n`
    let left = 64 * 1024
    const more = () => {
      while (left-- > 0) if (!process.stderr.write(line)) return process.stderr.once('drain', more)
      return reply('flooded')
    }
    more()
  },
  chatter: (reply) => {
    process.stdout.write('Server listening\n{"not":"json-rpc"}\n\n[1,2]\n{"jsonrpc":"2.0","id":"nobody","result":{}}\n')
    process.stdout.write(Buffer.from([0xff, 0xfe, 0x0a, 0x0d, 0x0a]))
    reply('chattered')
  },
  rubbish: () => {
    const lines = 'rubbish\n'.repeat(10_000)
    const more = () => process.stdout.write(lines, more)
    more()
  },
  endless: () => {
    const piece = 'y'.repeat(1 << 20)
    const more = () => process.stdout.write(piece, more)
    more()
  },
  children: (reply) => reply([process.pid, startChild(false), startChild(true)].join(' ')),
}

const listed = Object.keys(tools).map((name) => ({ name, inputSchema: { type: 'object' } }))

/** @type {Record<string, object>} */
const results = {
  initialize: {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'unruly', version: '1.0.0' },
  },
  'tools/list': { tools: listed },
  ping: {},
}

/** @param {object} message */
function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined || method === undefined) return
  if (method === 'tools/call')
    tools[params.name]?.((text) => send({ id, result: { content: [{ type: 'text', text }] } }))
  else
    send(
      results[method] === undefined ? { id, error: { code: -32601, message: 'no' } } : { id, result: results[method] },
    )
})
