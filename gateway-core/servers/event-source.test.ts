import { expect, it } from 'vitest'
import { EventSourceReader, EventTooLarge, type ServerSentEvent } from './event-source.js'

function read(chunks: readonly Buffer[]): { events: ServerSentEvent[]; reader: EventSourceReader } {
  const events: ServerSentEvent[] = []
  const reader = new EventSourceReader((event) => events.push(event))
  for (const chunk of chunks) reader.push(chunk)
  return { events, reader }
}

function readText(text: string): { events: ServerSentEvent[]; reader: EventSourceReader } {
  return read([Buffer.from(text)])
}

const sample =
  '\uFEFFdata: first\r\n\r\n: comment\ndata:second\rdata:  line two\rid: 7é\r\revent: endpoint\n' +
  'data: /m?ü=😀\nretry: 250\nunknown: x\n\ndata\n\nevent: nothing\n\ndata: a:b\r\ndata\r\n\r\ndata: never ended'
const sampleEvents = [
  { type: 'message', data: 'first' },
  { type: 'message', data: 'second\n line two' },
  { type: 'endpoint', data: '/m?ü=😀' },
  { type: 'message', data: '' },
  { type: 'message', data: 'a:b\n' },
]

it('reads the same events however the bytes are cut', () => {
  const bytes = Buffer.from(sample)
  const cuts = [[bytes], [...bytes].map((byte) => Buffer.from([byte]))]
  for (let at = 1; at < bytes.length; at++) cuts.push([bytes.subarray(0, at), Buffer.alloc(0), bytes.subarray(at)])
  for (const chunks of cuts) {
    const { events, reader } = read(chunks)
    expect(events).toEqual(sampleEvents)
    expect([reader.lastEventId, reader.retryMs]).toEqual(['7é', 250])
  }
})

it('does not keep the bytes that it was given', () => {
  const bytes = Buffer.from('data: one\n\ndata: tw')
  const events: ServerSentEvent[] = []
  const reader = new EventSourceReader((event) => events.push(event))
  reader.push(bytes)
  bytes.fill(0x21)
  reader.push(Buffer.from('o\n\n'))
  expect(events.map(({ data }) => data)).toEqual(['one', 'two'])
})

it('gives an event at the CR that ends it, and takes the LF after it for no other line', () => {
  const { events, reader } = readText('data: one\r\r')
  expect(events).toHaveLength(1)
  reader.push(Buffer.from('\ndata: two\r\n\r'))
  reader.push(Buffer.from('\n'))
  expect(events.map(({ data }) => data)).toEqual(['one', 'two'])
})

it('takes the id of an event when it is whole, with or without data', () => {
  const { reader, events } = readText('id: 1\ndata: x\n\nid: 2\n')
  expect(reader.lastEventId).toBe('1')
  reader.push(Buffer.from('\n'))
  expect(reader.lastEventId).toBe('2')
  reader.push(Buffer.from('id: 3\0\ndata: y\n\n'))
  expect(reader.lastEventId).toBe('2')
  reader.push(Buffer.from('id\n\n'))
  expect(reader.lastEventId).toBe('')
  expect(events).toHaveLength(2)
})

it('takes a retry of digits only', () => {
  expect(readText('retry: 10\n').reader.retryMs).toBe(10)
  for (const value of ['', '-1', '1.5', '1s']) expect(readText(`retry: ${value}\n`).reader.retryMs).toBeUndefined()
})

it('refuses an event that is too large, in one line or in many, ended or not', () => {
  const push = (text: string): void => new EventSourceReader(() => undefined, '', 100).push(Buffer.from(text))
  expect(() => push(`data: ${'x'.repeat(80)}\n\n`.repeat(50))).not.toThrow()
  expect(() => push(`: ${'x'.repeat(80)}\n`.repeat(50))).not.toThrow()
  expect(() => push(`data: ${'x'.repeat(100)}`)).toThrow(EventTooLarge)
  expect(() => push(`data: ${'x'.repeat(100)}\n`)).toThrow(EventTooLarge)
  expect(() => push(`: ${'x'.repeat(100)}`)).toThrow(EventTooLarge)
  expect(() => push('data: 0123456789\n'.repeat(10))).toThrow(EventTooLarge)
  expect(() => push('data\n'.repeat(30))).toThrow(EventTooLarge)
})

it('needs time linear in a huge event that comes in small pieces, or in many short lines', () => {
  const piece = Buffer.from('0123456789abcdef')
  const events: ServerSentEvent[] = []
  const reader = new EventSourceReader((event) => events.push(event))
  reader.push(Buffer.from('data: '))
  for (let i = 0; i < 2 ** 20; i++) reader.push(piece)
  reader.push(Buffer.from('\n\n'))
  reader.push(Buffer.from('data: x\r'.repeat(2 ** 20)))
  reader.push(Buffer.from('\r'))
  expect(events.map(({ data }) => data.length)).toEqual([2 ** 24, 2 ** 21 - 1])
})
