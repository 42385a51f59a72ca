/** A secret in a stream that is cut at any byte, in each encoding: nothing of it is kept. */
import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createBatchWriter } from './batch-writer.js'
import { capturedExchange } from './captured-exchange.test-data.js'
import { createMasker } from './mask-batch.js'

const secret = `cnry/${randomBytes(12).toString('hex')}+~z`
const encodings: Readonly<Record<string, string>> = {
  plain: secret,
  base64: Buffer.from(secret).toString('base64'),
  base64url: Buffer.from(secret).toString('base64url'),
  hex: Buffer.from(secret).toString('hex'),
  'upper-case hex': Buffer.from(secret).toString('hex').toUpperCase(),
  'percent-encoded': encodeURIComponent(secret),
  'JSON escapes': [...secret].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'JSON escapes within JSON': JSON.stringify(JSON.stringify(secret)).slice(3, -3),
}

describe('a stream that is cut at every byte', () => {
  it.each(Object.entries(encodings))('holds no secret afterwards: %s', (_, encoded) => {
    // What is left of base64 is a few bits of the first and the last byte.
    const core = encoded.slice(4, -4)
    const event = Buffer.from(`event: message\ndata: {"text":"before ${encoded} after"}\n\n`)
    const mask = createMasker([secret]).maskBatch
    const writer = createBatchWriter(0)
    for (let at = 1; at < event.length; at++)
      writer.write(
        capturedExchange({
          responseHeaders: { 'content-type': 'text/event-stream' },
          responseChunks: [event.subarray(0, at), event.subarray(at)],
          chunkTimesMs: [1, 2],
        }),
      )
    const batch = writer.take()
    if (batch === undefined) throw new Error('nothing was written')
    expect(Buffer.from(batch.frames).includes(core)).toBe(true)
    const { frames, shapes, calls } = mask(batch)
    const kept = Buffer.from(frames).toString('utf8')
    expect(kept.replace(/\\{2,}/g, '\\')).not.toContain(core)
    expect(shapes + calls).not.toContain(core)
    expect(kept.match(/before [^ ]{0,3}\*{4}/g)).toHaveLength(event.length - 1)
  })
})
