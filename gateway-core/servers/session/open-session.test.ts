import { describe, expect, it, vi } from 'vitest'
import type { JsonRpcMessage } from '../../contract/json-rpc.js'
import { HttpRefusal } from '../transport.js'
import { sharedCapabilities } from './capabilities.js'
import { openSession, type OpenSessionOptions } from './open-session.js'
import { legacyServer, modernServer, ScriptedServer } from './test/memory-transport.js'
import { sdkLegacyServer, sdkModernServer } from './test/sdk-servers.js'
import { outbound } from './test/test-agent.js'

function options(
  server: Pick<ScriptedServer, 'transport'>,
  era: 'legacy' | 'modern',
  rest: Partial<OpenSessionOptions> = {},
): OpenSessionOptions {
  return {
    transport: server.transport,
    mode: 'shared',
    first: { era, capabilities: {} },
    outbound,
    timeoutMs: 20_000,
    ...rest,
  }
}

function methods(server: ScriptedServer): string[] {
  return server.received.map((message) => ('method' in message ? message.method : 'answer'))
}

function refusing(status: number, body: string): (message: JsonRpcMessage) => Promise<void> {
  return (message) =>
    'method' in message && message.method === 'server/discover'
      ? Promise.reject(new HttpRefusal(status, body, {}))
      : Promise.resolve()
}

function rpcBody(code: number, data?: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code, message: 'no', data } })
}

/** Knows neither method, and says so with the same error. */
function refusingServer(code: number, data?: unknown): ScriptedServer {
  return new ScriptedServer('stdio', (message, server) => {
    if ('id' in message) server.error(message.id, code, data)
  })
}

describe('the capabilities that a server of the older eras is told', () => {
  const told = (server: ScriptedServer): unknown =>
    server.received.map((message) => 'method' in message && message.params?.['capabilities']).find(Boolean)

  it('are the agent’s, where it declared them for its session', async () => {
    const server = legacyServer()
    await openSession(
      options(server, 'legacy', { mode: 'single', first: { era: 'legacy', capabilities: { roots: {} } } }),
    )
    expect(told(server)).toEqual({ roots: {} })
  })

  it.each([
    ['single', 'modern'],
    ['shared', 'modern'],
    ['shared', 'legacy'],
  ] as const)('are all that can be asked of any (%s, first agent %s)', async (mode, era) => {
    const server = legacyServer()
    await openSession(options(server, era, { mode, first: { era, capabilities: {} } }))
    expect(told(server)).toEqual(sharedCapabilities)
  })
})

describe('the era of a server', () => {
  it('is found with an SDK server of the older eras, whichever era the agent speaks', async () => {
    for (const era of ['legacy', 'modern'] as const) {
      const server = sdkLegacyServer()
      const session = await openSession(options(server, era))
      expect(session.about).toMatchObject({
        era: 'legacy',
        protocolVersion: '2025-11-25',
        serverInfo: { name: 'legacy', version: '1.0.0' },
        capabilities: { tools: { listChanged: true }, logging: {} },
      })
      await session.close()
    }
  })

  it('is the first agent’s with an SDK server of both eras', async () => {
    for (const era of ['legacy', 'modern'] as const) {
      const server = sdkModernServer()
      const session = await openSession(options(server, era))
      expect(session.about).toMatchObject({ era, serverInfo: { name: 'modern' } })
      await session.close()
    }
  })

  it('is the stateless one with an SDK server that speaks nothing else', async () => {
    for (const era of ['legacy', 'modern'] as const) {
      const server = sdkModernServer('reject')
      const session = await openSession(options(server, era))
      expect(session.about).toMatchObject({ era: 'modern', protocolVersion: '2026-07-28' })
      await session.close()
    }
  })

  it('is first taken to be what it was before', async () => {
    const legacy = legacyServer()
    await openSession(options(legacy, 'modern', { rememberedEra: 'legacy' }))
    expect(methods(legacy)).toEqual(['initialize', 'notifications/initialized'])
    const modern = modernServer()
    await openSession(options(modern, 'legacy', { rememberedEra: 'modern' }))
    expect(methods(modern)).toEqual(['server/discover'])
  })

  it('is never the stateless one over SSE', async () => {
    const server = legacyServer(undefined, { kind: 'sse' })
    await openSession(options(server, 'modern', { rememberedEra: 'modern' }))
    expect(methods(server)).toEqual(['initialize', 'notifications/initialized'])
  })

  it.each([
    ['400 without a JSON-RPC body', 400, 'Bad Request: no session'],
    ['400 with an older error', 400, rpcBody(-32000)],
    ['404', 404, ''],
    ['405', 405, 'nope'],
    ['an error 500', 500, '<html>'],
    ['-32601', 404, rpcBody(-32601)],
    ['-32602', 400, rpcBody(-32602)],
    ['-32022 with older versions', 400, rpcBody(-32022, { supported: ['2025-11-25'], requested: '2026-07-28' })],
  ])('is an older one where %s answers server/discover', async (_, status, body) => {
    const server = legacyServer(undefined, { kind: 'streamable-http' })
    server.carry = refusing(status, body)
    const session = await openSession(options(server, 'modern'))
    expect(session.about).toMatchObject({ era: 'legacy', protocolVersion: '2025-06-18' })
    expect(server.protocols).toEqual(['modern 2026-07-28', 'legacy 2025-11-25', 'legacy 2025-06-18'])
    expect(server.openedStreams).toBe(1)
  })

  it.each([401, 403, 429, 503])('is not concluded from %s', async (status) => {
    const server = legacyServer(undefined, { kind: 'streamable-http' })
    server.carry = refusing(status, 'no')
    await expect(openSession(options(server, 'modern'))).rejects.toSatisfy(
      (error) => (status < 429 && error instanceof HttpRefusal) || (status >= 429 && !(error instanceof HttpRefusal)),
    )
    expect(methods(server)).toEqual(['server/discover'])
  })

  it('is not guessed where the server speaks only versions that are newer still', async () => {
    const server = refusingServer(-32022, { supported: ['2027-01-01'] })
    await expect(openSession(options(server, 'modern'))).rejects.toMatchObject({
      code: 'server_unreachable',
      message: 'The server speaks only versions of MCP that the gateway does not know.',
    })
    expect(methods(server)).toEqual(['server/discover'])
  })

  it('is an older one where a process is silent for 5 s, whose late answer is nobody’s', async () => {
    vi.useFakeTimers()
    try {
      const server = legacyServer()
      const opening = openSession(options(server, 'modern'))
      await vi.advanceTimersByTimeAsync(4999)
      expect(methods(server)).toEqual(['server/discover'])
      await vi.advanceTimersByTimeAsync(1)
      const session = await opening
      const [discover] = server.requests('server/discover')
      server.result(discover?.id ?? 0, { supportedVersions: ['2026-07-28'] })
      expect(session.about.era).toBe('legacy')
      expect(methods(server)).toEqual(['server/discover', 'initialize', 'notifications/initialized'])
    } finally {
      vi.useRealTimers()
    }
  })

  it('is an older one where a process ends at server/discover: it is started once more', async () => {
    const server = legacyServer((message, self) => {
      if ('method' in message && message.method === 'server/discover') self.die()
    })
    const session = await openSession(options(server, 'modern'))
    expect(session.about.era).toBe('legacy')
    expect(server.starts).toBe(2)
  })

  it('is tried once each, and then given up', async () => {
    for (const era of ['legacy', 'modern'] as const) {
      const server = refusingServer(-32601)
      await expect(openSession(options(server, era))).rejects.toMatchObject({ code: 'server_unreachable' })
      expect(methods(server).toSorted()).toEqual(['initialize', 'server/discover'])
    }
  })
})

describe('initialize', () => {
  it('declares the agent’s capabilities for one caller, and what can be routed for many', async () => {
    const single = legacyServer()
    const capabilities = { sampling: {}, experimental: { x: {} } }
    await openSession(options(single, 'legacy', { mode: 'single', first: { era: 'legacy', capabilities } }))
    expect(single.requests('initialize')[0]?.params).toEqual({
      protocolVersion: '2025-11-25',
      capabilities,
      clientInfo: { name: 'gatehouse', version: expect.any(String) },
    })
    const shared = legacyServer()
    await openSession(options(shared, 'legacy', { first: { era: 'legacy', capabilities } }))
    expect(shared.requests('initialize')[0]?.params?.['capabilities']).toEqual({
      sampling: { tools: {} },
      elicitation: { form: {}, url: {} },
      roots: { listChanged: true },
    })
  })

  it.each(['2026-07-28', 'latest', 3, undefined])('takes no %s for a version', async (protocolVersion) => {
    const server = new ScriptedServer('stdio', (message, self) => {
      if ('id' in message) self.result(message.id, { protocolVersion, capabilities: {}, serverInfo: {} })
    })
    await expect(openSession(options(server, 'legacy'))).rejects.toMatchObject({ code: 'server_unreachable' })
  })
})
