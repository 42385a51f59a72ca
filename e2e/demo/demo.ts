/**
 * The whole story in one run: a server that wants an API key, the key in the vault, an agent with a key of its own, one
 * call, and what the gateway can say about it afterwards.
 */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Exchange, HeaderEntry } from '../../gateway-core/contract/exchange.js'
import { startSampleServer } from './sample-server.js'

interface Ready {
  readonly dataUrl: string
  readonly controlUrl: string
  readonly controlToken: string
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)
const apiKey = `sample-${randomBytes(18).toString('base64url')}`
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-demo-'))
const passphraseFile = join(folder, 'passphrase')
writeFileSync(passphraseFile, randomBytes(24).toString('base64url'), { mode: 0o600 })

const sample = await startSampleServer(apiKey)
const gateway = spawn(
  process.execPath,
  [
    fileURLToPath(new URL('../gateway/gatehouse.js', import.meta.url)),
    ...[
      'serve',
      '--json',
      '--port',
      '0',
      '--control-port',
      '0',
      '--data-dir',
      join(folder, 'data'),
      '--passphrase-file',
      passphraseFile,
    ],
  ],
  { stdio: ['ignore', 'pipe', 'ignore'] },
)

try {
  const ready = JSON.parse(await firstLine()) as Ready
  await tellStory(ready)
} finally {
  gateway.kill('SIGTERM')
  sample.close()
  if (gateway.exitCode === null) await new Promise((resolve) => gateway.once('exit', resolve))
  rmSync(folder, { recursive: true, force: true })
}

function firstLine(): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: gateway.stdout }).once('line', resolve)
    gateway.once('exit', (code) => reject(new Error(`the gateway ended with ${code ?? 'a signal'}`)))
  })
}

async function tellStory(ready: Ready): Promise<void> {
  const api = controlApi(ready)
  print(`1. A sample MCP server runs at ${sample.url}. It answers 401 without its API key.`)
  await api('PUT', '/secrets/sample-weather', { value: apiKey })
  print('2. Its API key goes into the vault, as the secret "sample-weather". Nothing else holds it.')
  await api('PUT', '/servers/weather', {
    url: sample.url,
    app_auth: { type: 'api_key', name: 'X-API-Key', in: 'header', value: { secret: 'sample-weather' } },
    outbound_headers: [{ type: 'caller_identity', header: 'X-User', claim: 'sub' }],
    restricted_inbound_headers: ['x-internal-*'],
  })
  print(
    '3. The server is registered as "weather": app auth api_key, the caller’s name in X-User, x-internal-* kept back.',
  )
  const { key } = await api<{ key: string }>('POST', '/keys', {
    name: 'demo-agent',
    subject: 'ada',
    servers: ['weather'],
  })
  print(`4. An agent gets a key of its own, good for "weather" alone and revocable: ${key.slice(0, 6)}…`)

  const agent = new Client({ name: 'demo-agent', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(`${ready.dataUrl}/mcp/weather`), {
    requestInit: { headers: { Authorization: `Bearer ${key}`, 'X-Internal-Trace': 'not for servers' } },
  })
  await agent.connect(transport as Parameters<Client['connect']>[0])
  const result = await agent.callTool({ name: 'weather', arguments: { city: 'Lisbon' } })
  await agent.close()
  print(`5. The agent calls the tool "weather" at ${ready.dataUrl}/mcp/weather and gets: ${textOf(result)}\n`)

  const { items } = await api<{ items: Exchange[] }>('GET', '/exchanges?tool=weather')
  const [summary] = items
  if (summary === undefined) throw new Error('the call was not recorded')
  explainExchange(await api<Exchange>('GET', `/exchanges/${summary.id}`))
}

function explainExchange({ caller, verdict, request, response, timings }: Exchange): void {
  print('What went in')
  table(request.headers)
  print(`\nWho called: ${caller?.subject ?? 'nobody'} (${caller?.method ?? 'none'})`)
  print(`Shield: ${verdict.decision}${verdict.reason === undefined ? ', as it is off' : `, ${verdict.reason}`}\n`)
  print('What was kept back')
  table(request.stripped)
  print('\nWhat went out')
  table([...request.forwarded, ...request.injected])
  print(`\nAnswer: ${response.status} after ${timings.totalMs.toFixed(1)} ms`)
  if (sample.lastHeaders()['x-api-key'] !== apiKey) throw new Error('the server did not get its key')
  print('The server got its key. The agent never had it, and this report does not hold it.')
}

function table(headers: readonly (HeaderEntry & { readonly reason?: string })[]): void {
  for (const { name, value, source, reason } of headers) {
    const from = source.secret === undefined ? (source.rule ?? '') : `${source.rule ?? ''}, secret ${source.secret}`
    const why = [reason, from].filter((text) => text !== undefined && text !== '').join('; ')
    print(`  ${name.padEnd(22)} ${value.padEnd(44)} ${why}`.trimEnd())
  }
}

function textOf(result: Awaited<ReturnType<Client['callTool']>>): string {
  const content: unknown = result['content']
  const [first]: unknown[] = Array.isArray(content) ? content : []
  return typeof first === 'object' && first !== null && 'text' in first ? String(first.text) : JSON.stringify(result)
}

function controlApi({ controlUrl, controlToken }: Ready) {
  return async <Answer = unknown>(method: string, path: string, body?: object): Promise<Answer> => {
    const answer = await fetch(`${controlUrl}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${controlToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Answer
  }
}
