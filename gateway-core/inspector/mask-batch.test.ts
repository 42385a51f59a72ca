import { describe, expect, it } from 'vitest'
import type { Exchange } from '../contract/exchange.js'
import { createBatchWriter } from './batch-writer.js'
import type { CapturedExchange } from './captured-exchange.js'
import { capturedExchange } from './captured-exchange.test-data.js'
import { createMasker, type Masker } from './mask-batch.js'
import { readBatch } from './read-batch.js'

const vaultSecret = 'vault-secret-"1\\'

function maskAll(mask: Masker['maskBatch'], ...exchanges: readonly CapturedExchange[]): Exchange[] {
  const writer = createBatchWriter(0)
  for (const exchange of exchanges) writer.write(exchange)
  const batch = writer.take()
  return batch === undefined ? [] : readBatch(mask(batch)).map((kept) => kept.whole())
}

const answering = (text: string, more: Partial<CapturedExchange> = {}): CapturedExchange =>
  capturedExchange({ responseChunks: [Buffer.from(text)], ...more })

describe('masking a batch', () => {
  const mask = createMasker([vaultSecret]).maskBatch

  it('finds secrets of the vault in what is said about an exchange, and leaves it readable', () => {
    const inbound = { 'x-a': `a ${vaultSecret} b`, [`x-${vaultSecret}`]: 'in a name' }
    const [kept] = maskAll(mask, capturedExchange({ inbound, path: `/mcp/${encodeURIComponent(vaultSecret)}` }))
    expect(kept?.request.headers.map(({ name, value }) => [name, value])).toEqual([
      ['x-a', 'a **** b'],
      ['x-****', '****'],
    ])
    expect(kept?.request.path).toBe('/mcp/****')
    expect(JSON.stringify(kept)).not.toContain('vault-secret-')
  })

  it('stays readable when a secret is itself made of JSON', () => {
    const [kept] = maskAll(
      createMasker(['","b":"', '":"x","']).maskBatch,
      capturedExchange({ inbound: { a: '","b":"' } }),
    )
    expect(kept?.request.headers[0]?.value).toBe('****')
  })

  it('finds the caller’s own credential, which the vault does not hold, also in exchanges after', () => {
    const token = 'a-token-of-the-caller'
    const [first, second] = maskAll(
      createMasker([]).maskBatch,
      answering(`you sent ${token}`, { requestBody: Buffer.from(`{"t":"${token}"}`), sensitiveValues: [token] }),
      answering(`again ${token}`, { sensitiveValues: [] }),
    )
    expect([first?.request.body, first?.response.body]).toEqual(['{"t":"****"}', 'you sent ****'])
    expect(second?.response.body).toBe('again ****')
  })

  it('finds any gateway key, whoever’s it is', () => {
    const [kept] = maskAll(mask, answering('key gh_sk_callercallercallercaller.', { sensitiveValues: [] }))
    expect(kept?.response.body).not.toContain('callercaller')
  })

  it('finds a secret across the borders of pieces', () => {
    const chunks = ['a vault-se', 'cret-\\"1\\\\', ' b'].map((text) => Buffer.from(text))
    expect(maskAll(mask, capturedExchange({ responseChunks: chunks }))[0]?.response.body).toBe('a **** b')
  })

  it('reads a stream into events before it searches, so that lines hide nothing', () => {
    const lines = createMasker(['first line\nsecond line']).maskBatch
    const stream = answering('data: first line\ndata: second line\n\n', { chunkTimesMs: [3] })
    expect(maskAll(lines, stream)[0]?.response.events).toEqual([{ atMs: 3, data: '****' }])
  })

  it('masks one event of a stream and leaves the others', () => {
    const stream = answering('data: a\n\ndata: vault-secret-"1\\\n\n', { chunkTimesMs: [3] })
    expect(maskAll(mask, stream)[0]?.response.events?.map(({ data }) => data)).toEqual(['a', '****'])
  })

  it('cuts the end of bodies that were cut off, and of no others', () => {
    const requestBody = Buffer.from(`${'a'.repeat(64 * 1024 - 9)}vault-sec${'b'.repeat(9)}`)
    const [cut, whole] = maskAll(
      mask,
      answering('b vault-sec', { requestBody, responseTruncated: true }),
      answering('b vault-sec'),
    )
    expect(cut?.request.body?.endsWith('aa****')).toBe(true)
    expect(cut?.response.body).toBe('b ****')
    expect(whole?.response.body).toBe('b vault-sec')
  })

  it('leaves the others of a batch as they are, before and after', () => {
    const texts = ['one', `two ${vaultSecret}`, 'three', `four ${vaultSecret}`, 'five']
    const kept = maskAll(mask, ...texts.map((text) => answering(text)))
    expect(kept.map(({ response }) => response.body)).toEqual(['one', 'two ****', 'three', 'four ****', 'five'])
  })

  it('keeps the very memory of a batch in which there is nothing to mask', () => {
    const writer = createBatchWriter(0)
    writer.write(answering('harmless'))
    const batch = writer.take()
    expect(batch && mask(batch).frames).toBe(batch?.frames)
  })
})
