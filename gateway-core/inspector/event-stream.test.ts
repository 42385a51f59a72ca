import { describe, expect, it } from 'vitest'
import { readEventStream } from './event-stream.js'

const all = (text: string): readonly number[] => [5, text.length]

describe('a recorded event stream', () => {
  it.each<[string, string, object[]]>([
    ['one event', 'data: a\n\n', [{ atMs: 5, data: 'a' }]],
    ['lines of data, joined', 'data: a\ndata:b\ndata\n\n', [{ atMs: 5, data: 'a\nb\n' }]],
    ['a type and an id', 'event: message\nid: 7\ndata: {}\n\n', [{ atMs: 5, id: '7', event: 'message', data: '{}' }]],
    ['comments and unknown fields, left out', ': ping\nretry: 10\nother: x\ndata: a\n\n', [{ atMs: 5, data: 'a' }]],
    ['one space after the colon, left out', 'data:  a\n\n', [{ atMs: 5, data: ' a' }]],
    ['colons in the value', 'data: a: b\n\n', [{ atMs: 5, data: 'a: b' }]],
    [
      'CR LF',
      'data: a\r\n\r\ndata: b\r\n\r\n',
      [
        { atMs: 5, data: 'a' },
        { atMs: 5, data: 'b' },
      ],
    ],
    [
      'CR',
      'data: a\r\rdata: b\r\r',
      [
        { atMs: 5, data: 'a' },
        { atMs: 5, data: 'b' },
      ],
    ],
    ['an end without a blank line, left out', 'data: a\n\ndata: b\n', [{ atMs: 5, data: 'a' }]],
    ['nothing', '', []],
  ])('is read with %s', (_, text, events) => {
    expect(readEventStream(text, all(text))).toEqual(events)
  })

  it('gives each event the time at which its last byte came', () => {
    const text = 'data: a\n\ndata: b\n\ndata: c\n\n'
    expect(readEventStream(text, [10, 9, 20, 12, 30, 27]).map(({ atMs }) => atMs)).toEqual([10, 30, 30])
  })
})
