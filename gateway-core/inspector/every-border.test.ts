/** A secret in a stream that is cut at any byte, in each encoding: nothing of it is kept. */
import { describe, expect, it } from 'vitest'
import { encodings, findCanaries, plantCanary } from '../../e2e/peers/canary.js'
import { createBatchWriter } from './batch-writer.js'
import { capturedExchange } from './captured-exchange.test-data.js'
import { createBatchMasker } from './mask-batch.js'

describe('a stream that is cut at every byte', () => {
  it.each(Object.keys(encodings).filter((name) => name !== 'UTF-16'))('holds no secret afterwards: %s', (name) => {
    const canary = plantCanary('secret')
    const encoded = encodings[name]?.(canary.value) ?? ''
    const event = Buffer.from(`event: message\ndata: {"text":"before ${encoded} after"}\n\n`)
    const mask = createBatchMasker([canary.value])
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
    expect(findCanaries(Buffer.from(batch.frames), [canary])).not.toEqual([])
    const { frames, shapes, calls } = mask(batch)
    expect(findCanaries(Buffer.from(frames), [canary])).toEqual([])
    expect(findCanaries(shapes + calls, [canary])).toEqual([])
    expect(Buffer.from(frames).includes('before ****')).toBe(true)
  })
})
