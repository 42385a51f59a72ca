/** An exchange as the pipeline hands it over, to be varied by tests. */
import type { CapturedExchange } from './captured-exchange.js'

export function capturedExchange(change: Partial<CapturedExchange> = {}): CapturedExchange {
  return {
    requestId: 'request-1',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    startedAtMs: Date.parse('2026-01-01T00:00:00.000Z'),
    timings: { callerMs: 0.012, shieldMs: 0, credentialMs: 0.5, connectMs: 1, firstByteMs: 2.25, totalMs: 4 },
    caller: { id: 'key-1', subject: 'local', method: 'api_key' },
    agent: undefined,
    server: 'github',
    method: 'tools/call',
    tool: 'echo',
    verdict: { decision: 'allow', policies: [], durationMs: 0 },
    errorCode: undefined,
    issuanceId: undefined,
    httpMethod: 'POST',
    path: '/mcp/github',
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
    ...change,
  }
}
