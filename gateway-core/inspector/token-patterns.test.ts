import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createBatchWriter } from './batch-writer.js'
import { capturedExchange } from './captured-exchange.test-data.js'
import { createMasker } from './mask-batch.js'
import { readBatch } from './read-batch.js'

const letters = (count: number): string => randomBytes(count).toString('hex').slice(0, count)
const inBase64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const body = letters(40)
const tokens: readonly (readonly [string, string])[] = [
  ['GitHub, personal', `ghp_${body}`],
  ['GitHub, server to server', `ghs_${body}`],
  ['GitHub, fine-grained', `github_pat_${body}`],
  ['GitLab', `glpat-${body}`],
  ['Slack', `xoxb-${body}`],
  ['Anthropic', `sk-ant-api03-${body}`],
  ['OpenAI', `sk-proj-${body}`],
  ['Stripe', `sk_live_${body}`],
  ['AWS', `AKIA${letters(16).toUpperCase()}`],
  ['Google', `AIzaSy${body}`],
  ['npm', `npm_${body}`],
  ['a signed token', `${inBase64({ alg: 'RS256' })}.${inBase64({ sub: body })}.${letters(43)}`],
  [
    'an encrypted token',
    `${inBase64({ kid: 'k', alg: 'RSA-OAEP' })}.${letters(40)}.${letters(16)}.${body}.${letters(22)}`,
  ],
  ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${body}\n${body}\n-----END RSA PRIVATE KEY-----`],
]

describe('a credential that nobody registered', () => {
  it.each(tokens)('is masked wherever it turns up, by its form: %s', (_, token) => {
    const json = JSON.stringify(`before ${token} after`)
    const writer = createBatchWriter(0)
    writer.write(
      capturedExchange({
        inbound: { 'x-note': token.replaceAll('\n', ' ') },
        requestBody: Buffer.from(`{"a":${json}}`),
        responseChunks: [Buffer.from(`data: {"a":${json}`), Buffer.from('}\n\n')],
        responseHeaders: { 'content-type': 'text/event-stream' },
        chunkTimesMs: [1, 2],
        sensitiveValues: [],
      }),
    )
    const batch = writer.take()
    if (batch === undefined) throw new Error('nothing was written')
    const [kept] = readBatch(createMasker([]).maskBatch(batch))
    const text = JSON.stringify(kept?.whole())
    expect(text).not.toContain(body.slice(0, 20))
    expect(text).not.toContain(token.slice(0, -4))
    expect(text).toContain('before ')
    expect(text).toContain(' after')
  })

  it('is not taken for one where it only looks a little alike', () => {
    const writer = createBatchWriter(0)
    const said = 'ghp_short AKIAlower eyJhbGciOiJ npm_install xoxb- and PRIVATE KEY-----'
    writer.write(capturedExchange({ requestBody: Buffer.from(said) }))
    const batch = writer.take()
    if (batch === undefined) throw new Error('nothing was written')
    expect(readBatch(createMasker([]).maskBatch(batch))[0]?.whole().request.body).toBe(said)
  })
})
