import { describe, expect, it } from 'vitest'
import type { ExchangeBatch } from '../contract/captured-batch.js'
import { createBatchWriter } from './batch-writer.js'
import type { CapturedExchange } from './captured-exchange.js'
import { capturedExchange } from './captured-exchange.test-data.js'
import { readBatch } from './read-batch.js'

function written(...exchanges: readonly CapturedExchange[]): ExchangeBatch {
  const writer = createBatchWriter(0)
  for (const exchange of exchanges) writer.write(exchange)
  const batch = writer.take()
  if (batch === undefined) throw new Error('nothing was written')
  return batch
}

const readOne = (exchange: CapturedExchange) => readBatch(written(exchange))[0]?.whole()

describe('a batch of exchanges', () => {
  it('gives back all of an exchange, with what is sensitive by name or source masked', () => {
    expect(readOne(capturedExchange({ agent: 'cursor', errorCode: 'server_timeout' }))).toEqual({
      id: (Date.parse('2026-01-01T00:00:00.000Z') * 4096).toString(36),
      lane: 'mcp',
      requestId: 'request-1',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      startedAt: '2026-01-01T00:00:00.000Z',
      durationMs: 4,
      timings: {
        ...{ callerMs: 0.012, shieldMs: 0, credentialMs: 0.5, connectMs: 1, tlsMs: 0.5, firstByteMs: 1.25 },
        ...{ streamMs: 1, gatewayMs: 0.25, totalMs: 4 },
      },
      caller: { id: 'key-1', subject: 'local', method: 'api_key' },
      recognisedBy: 'key key-1 in x-gatehouse-apikey',
      agent: 'cursor',
      server: 'github',
      method: 'tools/call',
      tool: 'echo',
      verdict: { decision: 'allow', policies: [], durationMs: 0 },
      errorCode: 'server_timeout',
      request: {
        httpMethod: 'POST',
        path: '/mcp/github',
        url: 'https://github.test/mcp',
        headers: [
          { name: 'accept', value: 'application/json', masked: false, source: { kind: 'inbound' } },
          { name: 'x-gatehouse-apikey', value: '****cdef', masked: true, source: { kind: 'inbound' } },
        ],
        forwarded: [{ name: 'accept', value: 'application/json', masked: false, source: { kind: 'inbound' } }],
        stripped: [
          {
            name: 'x-gatehouse-apikey',
            value: '****cdef',
            masked: true,
            source: { kind: 'agent_auth' },
            reason: 'the credential of the agent for the gateway',
          },
        ],
        injected: [
          {
            name: 'authorization',
            value: 'Bearer ****1234',
            masked: true,
            source: { kind: 'app_auth', rule: 'mcpServers.github.app_auth', secret: 'github', fingerprint: '0a1b2c3d' },
            disposition: 'injected',
            reason: 'app auth bearer',
          },
        ],
        body: '{"jsonrpc":"2.0"}',
        truncated: false,
      },
      response: {
        status: 200,
        headers: [
          { name: 'content-type', value: 'application/json', masked: false, source: { kind: 'inbound' } },
          { name: 'set-cookie', value: '****', masked: true, source: { kind: 'inbound' } },
        ],
        body: '{"result":{}}',
        events: [],
        truncated: false,
      },
    })
  })

  it('writes what exchanges have in common once, and tells apart those that differ in anything', () => {
    const plain = capturedExchange()
    const [accept, authorization] = plain.outbound
    if (accept === undefined || authorization === undefined) throw new Error('the example has two headers')
    const others: CapturedExchange[] = [
      capturedExchange({ caller: { id: 'key-1', subject: 'ada', method: 'api_key' } }),
      capturedExchange({ caller: null }),
      capturedExchange({ agent: 'cursor' }),
      capturedExchange({ inbound: { accept: 'x' } }),
      capturedExchange({ outbound: [accept] }),
      capturedExchange({ outbound: [accept, { ...authorization, disposition: 'replaced' }] }),
      capturedExchange({ outbound: [accept, { ...authorization, source: { kind: 'app_auth', secret: 'other' } }] }),
      capturedExchange({ stripped: [] }),
    ]
    const batch = written(plain, ...others, capturedExchange({ inbound: { ...plain.inbound, accept: 'text/html' } }))
    expect(JSON.parse(batch.shapes)).toHaveLength(9)
    const kept = readBatch(batch).map((one) => one.summary())
    expect(kept.map(({ caller }) => caller?.subject)).toEqual(['local', 'ada', undefined, ...Array<string>(7).fill('local')]) // prettier-ignore
    expect(kept.map(({ request }) => request.injected[0]?.disposition).slice(4, 8)).toEqual(['injected', undefined, 'replaced', 'injected']) // prettier-ignore
    expect(kept.map(({ request }) => request.forwarded[0]?.value)).toEqual([...Array<string>(3).fill('application/json'), 'application/json', 'x', ...Array<string>(4).fill('application/json'), 'text/html']) // prettier-ignore
  })

  it('gives each a place in time of its own, in order, however close they are', () => {
    const batch = written(capturedExchange(), capturedExchange(), capturedExchange({ startedAtMs: 1 }))
    const positions = readBatch(batch).map(({ position }) => position)
    expect(positions).toEqual([...positions].sort((a, b) => a - b))
    expect(new Set(positions).size).toBe(3)
    expect([batch.oldest, batch.newest, batch.exchanges]).toEqual([positions[0], positions[2], 3])
  })

  it('keeps a stream with the time of each event, though pieces end anywhere', () => {
    const text = Buffer.from('data: a\n\ndata: ä\n\n')
    const chunks = [text.subarray(0, 3), text.subarray(3, 16), text.subarray(16)]
    expect(readOne(capturedExchange({ responseChunks: chunks, chunkTimesMs: [1, 2.5, 7] }))?.response).toMatchObject({
      events: [
        { atMs: 2.5, data: 'a' },
        { atMs: 7, data: 'ä' },
      ],
    })
  })

  it('keeps the beginning of a large request and says so, and more than fits into one piece of memory', () => {
    const large = capturedExchange({
      requestBody: Buffer.alloc(100_000, 'x'),
      responseChunks: [Buffer.alloc(64_000, 'y')],
    })
    const kept = readBatch(written(...Array.from({ length: 9 }, () => large)))
    expect(kept).toHaveLength(9)
    expect(kept[8]?.whole().request).toMatchObject({ body: 'x'.repeat(65_536), truncated: true })
    expect(kept[8]?.whole().response.body).toHaveLength(64_000)
  })

  it('begins anew after it was taken', () => {
    const writer = createBatchWriter(0)
    writer.write(capturedExchange())
    expect(writer.take()?.exchanges).toBe(1)
    expect(writer.take()).toBeUndefined()
    writer.write(capturedExchange({ status: 404 }))
    const batch = writer.take()
    expect(batch && readBatch(batch).map((kept) => kept.summary().response.status)).toEqual([404])
  })
})
