/**
 * Reads the events of a recorded stream, with the time at which the last byte of each came.
 *
 * @see [HTML, 9.2.6 Interpreting an event stream](https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation)
 */
import type { StreamEvent } from '../contract/exchange.js'

interface Fields {
  id?: string
  event?: string
  data: string[]
}

/**
 * @param marks pairs of milliseconds and how much of the text had come by then
 * @returns the events that were ended by a blank line
 */
export function readEventStream(text: string, marks: readonly number[]): StreamEvent[] {
  const events: StreamEvent[] = []
  let fields: Fields = { data: [] }
  let mark = 0
  for (const { line, end } of linesOf(text)) {
    if (line !== '') {
      addField(fields, line)
      continue
    }
    while (mark + 3 < marks.length && (marks[mark + 1] ?? 0) < end) mark += 2
    const { id, event, data } = fields
    if (data.length > 0 || id !== undefined)
      events.push({
        atMs: marks[mark] ?? 0,
        ...(id !== undefined && { id }),
        ...(event !== undefined && { event }),
        data: data.join('\n'),
      })
    fields = { data: [] }
  }
  return events
}

/** Lines end with CR LF, LF or CR. What is not ended is left out. */
function* linesOf(text: string): Iterable<{ readonly line: string; readonly end: number }> {
  const ending = /\r\n|\n|\r/g
  let start = 0
  for (let match = ending.exec(text); match !== null; match = ending.exec(text)) {
    yield { line: text.slice(start, match.index), end: ending.lastIndex }
    start = ending.lastIndex
  }
}

function addField(fields: Fields, line: string): void {
  const colon = line.indexOf(':')
  const name = colon < 0 ? line : line.slice(0, colon)
  const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)
  if (name === 'data') fields.data.push(value)
  else if (name === 'id') fields.id = value
  else if (name === 'event') fields.event = value
}
