/**
 * Servers over stdio that are sound, broken or hostile. The first argument says which; those with processes tell their
 * ids in a notification `pids`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

const [kind = 'echo', ...rest] = process.argv.slice(2)
const line = (message) => `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`
const say = (message) => process.stdout.write(line(message))
const stay = () => setInterval(() => undefined, 60_000)
const ignoreSignals = () => ['SIGTERM', 'SIGINT', 'SIGHUP'].forEach((signal) => process.on(signal, () => undefined))

async function write(stream, bytes) {
  if (!stream.write(bytes)) await once(stream, 'drain')
}

/**
 * A process of this file that ignores every signal that can be ignored, and the end of its input. It is known by its
 * group or, where it leaves that, by its environment.
 */
async function linger(isDetached) {
  const child = spawn(process.execPath, [import.meta.filename, 'linger'], {
    detached: isDetached,
    env: isDetached ? process.env : {},
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  await once(child, 'message')
  child.disconnect()
  child.unref()
  return child.pid
}

function answerRequests(answer) {
  createInterface({ input: process.stdin }).on('line', async (text) => {
    const { id, method, params } = JSON.parse(text)
    if (id !== undefined) say({ id, result: await answer(method, params) })
  })
}

const kinds = {
  echo: () => answerRequests((method, params) => ({ method, ...params })),
  environment: () => answerRequests(() => ({ env: process.env, cwd: process.cwd() })),
  crash() {
    process.stderr.write('loading\ncannot go on with hunter22')
    process.stdin.once('data', () => process.exit(3))
  },
  hang() {
    ignoreSignals()
    stay()
    say({ method: 'pids', params: { pids: [process.pid] } })
  },
  linger() {
    ignoreSignals()
    stay()
    process.send('ready')
  },
  deaf: () => stay(),
  /** Arguments: whether its child leaves the group, and whether it ends by itself. */
  async family() {
    const child = await linger(rest[0] === 'setsid')
    say({ method: 'pids', params: { pids: [process.pid, child] } })
    answerRequests(() => process.exit(5))
    if (rest[1] === 'hang') {
      ignoreSignals()
      stay()
    } else process.stdin.once('end', () => process.exit(0))
  },
  async flood() {
    const bytes = Buffer.alloc(64 * 1024, rest[0] === 'short' ? 'x\n' : 'x'.repeat(5000))
    answerRequests(async () => {
      for (let sent = 0; sent < 256 * 1024 * 1024; sent += bytes.length) await write(process.stderr, bytes)
      process.stderr.write('\nthe last\n')
      return {}
    })
  },
  async strays() {
    for (let n = 0; n < 30; n++) process.stdout.write(`starting ${n} with hunter22\n`)
    process.stdout.write('\r\n[1]\n{"jsonrpc":"2.0"}\n{"jsonrpc"\n')
    say({ method: 'ready' })
    answerRequests(() => ({}))
  },
  async rubbish() {
    for (;;) await write(process.stdout, 'no message\n'.repeat(100))
  },
  async endless() {
    const bytes = Buffer.alloc(1024 * 1024, 'x')
    for (;;) await write(process.stdout, bytes)
  },
  async big() {
    const bytes = Buffer.from(line({ method: 'big', params: { text: 'ü'.repeat(5 * 1024 * 1024) } }))
    for (let start = 0; start < bytes.length; start += 1021)
      await write(process.stdout, bytes.subarray(start, start + 1021))
  },
  async mute() {
    const { closeSync } = await import('node:fs')
    closeSync(1)
    stay()
  },
}
await kinds[kind]()
