/** An exchange as the pipeline hands it over, to be varied by tests. */
import type { CapturedExchange } from './captured-exchange.js'

const usual: CapturedExchange = {
  lane: 'mcp',
  requestId: 'request-1',
  causedBy: undefined,
  replayOf: undefined,
  traceId: '0af7651916cd43dd8448eb211c80319c',
  startedAtMs: Date.parse('2026-01-01T00:00:00.000Z'),
  timings: {
    callerMs: 0.012,
    shieldMs: 0,
    credentialMs: 0.5,
    connectMs: 1,
    tlsMs: 0.5,
    firstByteMs: 1.25,
    streamMs: 1,
    totalMs: 4,
  },
  caller: { id: 'key-1', subject: 'local', method: 'api_key' },
  agent: undefined,
  server: 'github',
  method: 'tools/call',
  tool: 'echo',
  verdict: { decision: 'allow', policies: [], durationMs: 0 },
  errorCode: undefined,
  problems: [],
  issuanceId: undefined,
  httpMethod: 'POST',
  path: '/mcp/github',
  url: 'https://github.test/mcp?typed=into-the-url',
  query: undefined,
  inbound: { accept: 'application/json', 'x-gatehouse-apikey': 'gh_sk_0123456789abcdef' },
  outbound: [
    {
      name: 'accept',
      value: 'application/json',
      sensitive: false,
      disposition: 'forwarded',
      source: { kind: 'inbound' },
      reason: 'sent by the agent',
    },
    {
      name: 'authorization',
      value: { kind: 'secret', secret: 'github' },
      sensitive: true,
      disposition: 'injected',
      source: { kind: 'app_auth', rule: 'mcpServers.github.app_auth', secret: 'github' },
      reason: 'app auth bearer',
    },
  ],
  obtained: [undefined, 'Bearer the-value-of-the-secret-1234'],
  fingerprints: [undefined, '0a1b2c3d'],
  stripped: [
    {
      name: 'x-gatehouse-apikey',
      sensitive: true,
      source: { kind: 'agent_auth' },
      reason: 'the credential of the agent for the gateway',
    },
  ],
  requestBody: Buffer.from('{"jsonrpc":"2.0"}'),
  status: 200,
  responseHeaders: { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] },
  responseChunks: [Buffer.from('{"result"'), Buffer.from(':{}}')],
  responseTruncated: false,
  chunkTimesMs: undefined,
  sensitiveValues: ['gh_sk_0123456789abcdef'],
}

export function capturedExchange(change: Partial<CapturedExchange> = {}): CapturedExchange {
  return { ...usual, ...change }
}
