/** Part of the composition root: the demo server's registration, and calls that need no agent. */
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { Agent, request } from 'undici'
import type { ExchangeServices, FirstRunServices } from './control-port/control-services.js'
import type { TestCall } from './contract/demo-operations.js'
import { GatewayError } from './contract/errors.js'
import { demoPath } from './demo-server/answer-demo.js'
import type { Registry } from './registry/registry.js'
import { version } from './version.js'

/** By which a person knows the key among others. */
const keyName = 'Test calls of Gatehouse'
const callTimeoutMs = 120_000
/** An exchange is recorded behind its answer. */
const recordedWithinMs = 5_000
const lookEveryMs = 20
const modernVersion = '2026-07-28'

/** @param dataUrl of the data port, which is asked as an agent would */
export function assembleFirstRun(
  registry: Registry,
  exchanges: Pick<ExchangeServices, 'list' | 'get'>,
  dataUrl: string,
): FirstRunServices {
  const currentKey = createOwnKey(registry)
  return {
    addDemoServer: () => addDemoServer(registry, `${dataUrl}${demoPath}`),
    async sendTestCall(call) {
      if (registry.snapshot?.servers.has(call.server) !== true)
        throw new GatewayError('unknown_server', { detail: `No server is registered as ${call.server}.` })
      const requestId = randomUUID()
      const since = new Date(Date.now() - 1).toISOString()
      await post(`${dataUrl}/mcp/${call.server}`, messageFor(call, { requestId, key: await currentKey() }))
      return recorded(exchanges, requestId, since)
    },
  }
}

interface Message {
  readonly headers: Record<string, string>
  readonly body: string
}

/** The answer itself is in the exchange. @throws GatewayError `internal` */
async function post(url: string, message: Message): Promise<void> {
  const agent = new Agent({ headersTimeout: callTimeoutMs, bodyTimeout: callTimeoutMs })
  try {
    const signal = AbortSignal.timeout(callTimeoutMs)
    const answer = await request(url, { dispatcher: agent, method: 'POST', ...message, signal })
    await answer.body.dump()
  } catch (cause) {
    throw new GatewayError('internal', { detail: 'The gateway’s own data port did not answer.', cause })
  } finally {
    await agent.destroy()
  }
}

/** Made when it is first needed; the key of a former run is revoked then. Its text is in memory only. */
function createOwnKey(registry: Registry): () => Promise<string> {
  let own: { readonly id: string; readonly key: string } | undefined
  return async () => {
    const keys = registry.listKeys()
    if (own !== undefined && keys.some(({ id }) => id === own?.id)) return own.key
    for (const { id, name } of keys) if (name === keyName) await registry.revokeKey(id)
    const { summary, key } = await registry.addKey({ name: keyName, subject: 'local' })
    own = { id: summary.id, key }
    return key
  }
}

/** Registers it as `demo`, or by the next name that is free; does nothing where it is registered at this address. */
async function addDemoServer(registry: Registry, url: string): ReturnType<FirstRunServices['addDemoServer']> {
  const servers = registry.snapshot?.servers ?? new Map<string, never>()
  for (let count = 1; ; count++) {
    const slug = count === 1 ? 'demo' : `demo-${count}`
    const known = servers.get(slug)
    const knownUrl = known?.resolved.config.url
    if (known !== undefined && knownUrl === url && known.disabledReason === undefined) return known
    // The port may have changed since it was registered.
    if (known === undefined || isDemo(knownUrl)) return registry.putServer(slug, { url })
  }
}

function isDemo(url: string | undefined): boolean {
  if (url === undefined || !URL.canParse(url)) return false
  const { hostname, pathname } = new URL(url)
  return hostname === '127.0.0.1' && pathname === demoPath
}

/** @see MCP 2026-07-28, Streamable HTTP */
function messageFor(
  { tool, arguments: given = {} }: TestCall,
  { requestId, key }: { readonly requestId: string; readonly key: string },
): Message {
  const method = tool === undefined ? 'tools/list' : 'tools/call'
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': modernVersion,
    'io.modelcontextprotocol/clientInfo': { name: 'gatehouse-test-call', version },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const params = tool === undefined ? { _meta } : { name: tool, arguments: given, _meta }
  return {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'x-gatehouse-apikey': key,
      'x-request-id': requestId,
      'mcp-protocol-version': modernVersion,
      'mcp-method': method,
      ...(tool === undefined ? {} : { 'mcp-name': headerText(tool) }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  }
}

/** MCP 2026-07-28: what a field cannot carry goes in base64. */
function headerText(text: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith('=?base64?')
  return isPlain ? text : `=?base64?${Buffer.from(text, 'utf8').toString('base64')}?=`
}

/** @throws GatewayError `internal` where nothing was recorded in time */
async function recorded(
  exchanges: Pick<ExchangeServices, 'list' | 'get'>,
  requestId: string,
  since: string,
): ReturnType<FirstRunServices['sendTestCall']> {
  const endMs = performance.now() + recordedWithinMs
  for (;;) {
    const { items } = await exchanges.list({ q: `request:${requestId}`, since, limit: 10 })
    const made = items.find(({ lane }) => lane === 'mcp')
    const whole = made === undefined ? undefined : await exchanges.get(made.id)
    if (whole !== undefined) return whole
    if (performance.now() > endMs)
      throw new GatewayError('internal', { detail: 'The call was sent, and not recorded.' })
    await wait(lookEveryMs)
  }
}
