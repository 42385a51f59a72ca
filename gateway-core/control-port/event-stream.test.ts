import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestPort, type TestPort } from './test-port.js'

let test: TestPort
beforeEach(async () => void (test = await startTestPort()))
afterEach(() => test.close())

/** Reads until the text has come. */
async function until(response: IncomingMessage, wanted: string): Promise<string> {
  let text = ''
  while (!text.includes(wanted)) text += String((await once(response, 'data'))[0])
  return text
}

describe('events', () => {
  it('begin with the status and follow what happens', async () => {
    const { response, end } = await test.listen()
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/event-stream'])
    expect(await until(response, '\n\n')).toContain('event: status\ndata: {"version":"0","vault":"unlocked"')
    test.events.emit({ event: 'server', data: { slug: 'x', state: { status: 'unreachable', reason: 'two\nlines' } } })
    expect(await until(response, '\n\n')).toBe(
      'event: server\ndata: {"slug":"x","state":{"status":"unreachable","reason":"two\\nlines"}}\n\n',
    )
    end()
  })

  it('drop a client that does not read, and nobody else', async () => {
    const slow = await test.listen()
    slow.response.pause()
    const quick = await test.listen()
    quick.response.on('data', () => undefined)
    const dropped = once(slow.response, 'error')
    const data = { slug: 'x', state: { status: 'error' as const, reason: 'r'.repeat(64 * 1024) } }
    // More than the sockets of both sides and the backlog can hold; each turn lets the quick one read.
    for (let i = 0; i < 400; i++) {
      test.events.emit({ event: 'server', data })
      await new Promise((resolve) => setImmediate(resolve))
    }
    slow.response.resume()
    expect(await dropped).toMatchObject([{ code: 'ECONNRESET' }])
    const last = until(quick.response, '"last"')
    test.events.emit({ event: 'server', data: { slug: 'last', state: { status: 'ready' } } })
    await last
    quick.end()
  })

  it('end when the port closes, without waiting for the client', async () => {
    const { response } = await test.listen()
    await until(response, '\n\n')
    const ended = once(response, 'end')
    response.resume()
    await test.port.close(60_000)
    await ended
  })
})
