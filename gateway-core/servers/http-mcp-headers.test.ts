import { expect, it } from 'vitest'
import { eventIdHeader, mediaType, modernHeaders, withOwnHeaders } from './http-mcp-headers.js'

it('replaces the headers of its own names, however they are written, and keeps the others in their order', () => {
  const planned = [
    'X-B',
    '1',
    'ACCEPT',
    'a',
    'Mcp-Name',
    'b',
    'x-a',
    '2',
    'Mcp-Param-Region',
    'eu',
    'content-type',
    'c',
  ]
  expect(withOwnHeaders(planned, { accept: 'application/json', 'mcp-session-id': undefined })).toEqual([
    ...['X-B', '1', 'x-a', '2', 'Mcp-Param-Region', 'eu', 'accept', 'application/json'],
  ])
})

it.each([
  ['tools/call', { name: 'add' }, 'add'],
  ['prompts/get', { name: 'a b' }, 'a b'],
  ['resources/read', { uri: 'file:///x', name: 'no' }, 'file:///x'],
  ['tools/call', { name: ' x' }, '=?base64?IHg=?='],
  ['tools/call', { name: 'x\t' }, '=?base64?eAk=?='],
  ['tools/call', { name: 'größe' }, '=?base64?Z3LDtsOfZQ==?='],
  ['tools/call', { name: 'a\nb' }, '=?base64?YQpi?='],
  ['tools/call', { name: '=?base64?eA==?=' }, '=?base64?PT9iYXNlNjQ/ZUE9PT89?='],
  ['tools/call', { name: '' }, '=?base64??='],
  ['tools/call', { name: 1 }, undefined],
  ['tools/list', { name: 'no' }, undefined],
])('tells a stateless server of %s with %j', (method, params, name) => {
  const headers = modernHeaders({ jsonrpc: '2.0', id: 1, method, params }, '2026-07-28')
  expect(headers).toEqual({ 'mcp-protocol-version': '2026-07-28', 'mcp-method': method, 'mcp-name': name })
})

it('names the version that the message names', () => {
  const params = { _meta: { 'io.modelcontextprotocol/protocolVersion': '2027-01-01' } }
  const headers = modernHeaders({ jsonrpc: '2.0', method: 'notifications/x', params }, '2026-07-28')
  expect(headers).toEqual({ 'mcp-protocol-version': '2027-01-01', 'mcp-method': 'notifications/x' })
})

it('carries an event id as UTF-8, and none with control characters', () => {
  expect(eventIdHeader('a:1\t=')).toBe('a:1\t=')
  expect(eventIdHeader('é')).toBe('Ã©')
  for (const id of ['', '\u0001', 'a\u007f']) expect(eventIdHeader(id)).toBeUndefined()
})

it('compares media types without their parameters', () => {
  expect(mediaType('Text/Event-Stream; charset=utf-8')).toBe('text/event-stream')
  expect(mediaType(['a', 'b'])).toBeUndefined()
  expect(mediaType(undefined)).toBeUndefined()
})
