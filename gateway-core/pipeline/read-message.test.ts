import { describe, expect, it } from 'vitest'
import { GatewayError } from '../contract/errors.js'
import { eraOf, readMessage } from './read-message.js'

const read = (text: string) => readMessage(Buffer.from(text))
const detailOf = (body: Buffer): string => {
  try {
    readMessage(body)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'payload_unscannable') return error.message
    throw error
  }
  throw new Error('was read')
}

describe('reads', () => {
  it('a tools/call with its tool', () => {
    const text = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","arguments":{"a":[1,{"b":2}]}}}'
    expect(read(text)).toEqual({
      kind: 'request',
      id: 7,
      method: 'tools/call',
      params: { name: 'echo', arguments: { a: [1, { b: 2 }] } },
      tool: 'echo',
      value: JSON.parse(text) as unknown,
      text,
    })
  })
  it('a notification and a response', () => {
    expect(read('{"jsonrpc":"2.0","method":"notifications/initialized"}')).toMatchObject({
      kind: 'notification',
      id: null,
    })
    expect(read('{"jsonrpc":"2.0","id":"a","result":{}}')).toMatchObject({ kind: 'response', id: 'a', method: null })
  })
  it('strings that hold colons, braces, quotes and backslashes', () => {
    expect(
      read(String.raw`{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"{\"k\":1,\"k\":2}\\","b":"\\\\\""}}`).params,
    ).toEqual({
      a: String.raw`{"k":1,"k":2}` + '\\',
      b: String.raw`\\"`,
    })
  })
  it('a key named __proto__ as an ordinary key', () => {
    expect(Object.keys(read('{"jsonrpc":"2.0","id":1,"method":"x","params":{"__proto__":{"a":1}}}').params)).toEqual([
      '__proto__',
    ])
  })
})

describe('refuses', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}', 'An object in the body has a key twice.'],
    [String.raw`{"jsonrpc":"2.0","id":1,"method":"a","\u006dethod":"b"}`, 'An object in the body has a key twice.'],
    ['{"jsonrpc":"2.0","id":1,"method":"a","params":{"x":{"y":1,"y":2}}}', 'An object in the body has a key twice.'],
    ['{"jsonrpc":"2.0","id":1,"method":"a"', 'The body is not JSON.'],
    ['', 'The body is not JSON.'],
    ['\ufeff{"jsonrpc":"2.0","id":1,"method":"a"}', 'The body is not JSON.'],
    ['[{"jsonrpc":"2.0","id":1,"method":"a"}]', 'The body is a batch, which MCP no longer has.'],
    ['{"id":1,"method":"a"}', 'The body is not a JSON-RPC 2.0 message.'],
    ['"text"', 'The body is not a JSON-RPC 2.0 message.'],
    ['{"jsonrpc":"2.0","id":{},"method":"a"}', 'The id is neither text nor a number.'],
    ['{"jsonrpc":"2.0","id":1,"method":5}', 'The method is not text.'],
    ['{"jsonrpc":"2.0","id":1}', 'The message has neither method, result nor error.'],
    [
      `{"jsonrpc":"2.0","id":1,"method":"a","params":${'['.repeat(64)}${']'.repeat(64)}}`,
      'The body is nested deeper than 64 levels.',
    ],
    ['['.repeat(100_000), 'The body is nested deeper than 64 levels.'],
  ])('%#: %s', (text, detail) => {
    expect(detailOf(Buffer.from(text))).toBe(detail)
  })
  it('what is not UTF-8', () => {
    expect(detailOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]))).toBe('The body is not UTF-8.')
  })
})

describe('the era', () => {
  it.each([
    [{}, {}, 'legacy'],
    [{ 'mcp-protocol-version': '2025-11-25' }, {}, 'legacy'],
    [{ 'mcp-protocol-version': '2026-07-28' }, {}, 'modern'],
    [{ 'mcp-protocol-version': 'zzz' }, {}, 'legacy'],
    [{}, { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } }, 'modern'],
    [{}, { _meta: { 'io.modelcontextprotocol/protocolVersion': 'v9' } }, 'modern'],
    [
      { 'mcp-protocol-version': '2026-07-28' },
      { _meta: { 'io.modelcontextprotocol/protocolVersion': '2025-11-25' } },
      'legacy',
    ],
  ])('of %j with %j is %s', (headers, params, era) => {
    expect(eraOf(headers, params)).toBe(era)
  })
})
