import { describe, expect, it } from 'vitest'
import type { CapturedExchange } from '../contract/captured-exchange.js'
import { createExchangeMasker } from './mask-exchange.js'

const vaultSecret = 'vault-secret-"1\\'
const callerKey = 'gh_sk_callercallercallercaller'

function captured(change: Partial<CapturedExchange>): CapturedExchange {
  return {
    id: 'x',
    startedAtMs: 0,
    server: 's',
    callerId: null,
    subject: null,
    verdict: 'allow',
    method: null,
    tool: null,
    status: 200,
    document: '[]',
    request: '',
    requestTruncated: false,
    response: '',
    responseTruncated: false,
    marks: undefined,
    sensitiveValues: [],
    ...change,
  }
}

describe('masking an exchange', () => {
  const mask = createExchangeMasker([vaultSecret])

  it('finds secrets of the vault in the document, and leaves it JSON', () => {
    const { document } = mask(
      captured({
        document: JSON.stringify(['path', { header: `a ${vaultSecret} b`, text: JSON.stringify({ vaultSecret }) }]),
      }),
    )
    expect(document).not.toContain('vault-secret-')
    expect(JSON.parse(document)).toEqual([
      'path',
      { header: 'a **** b', text: JSON.stringify({ vaultSecret: '****' }) },
    ])
  })

  it('stays JSON when a secret is itself made of JSON', () => {
    const json = createExchangeMasker(['","b":"'])
    const { document } = json(captured({ document: JSON.stringify({ a: 'x', b: 'y', c: '","b":"' }) }))
    expect(() => JSON.parse(document) as unknown).not.toThrow()
  })

  it('finds the caller’s own credential, which the vault does not hold, in bodies', () => {
    const token = 'a-token-of-the-caller'
    const { request, response } = mask(
      captured({ request: `{"t":"${token}"}`, response: `you sent ${token}`, sensitiveValues: [token] }),
    )
    expect(request).toBe('{"t":"****"}')
    expect(response).toBe('you sent ****')
  })

  it('finds any gateway key, whoever’s it is', () => {
    expect(mask(captured({ response: `key ${callerKey}.` })).response).not.toContain('callercaller')
  })

  it('reads a stream into events before it searches, so that lines hide nothing', () => {
    const lines = createExchangeMasker(['first line\nsecond line'])
    const response = 'data: first line\ndata: second line\n\n'
    const shown = lines(captured({ response, marks: [3, response.length] }))
    expect(shown).toMatchObject({ response: '', events: JSON.stringify([{ atMs: 3, data: '****' }]) })
  })

  it('cuts the end of bodies that were cut off', () => {
    const cut = { request: 'a vault-sec', requestTruncated: true, response: 'b vault-sec', responseTruncated: true }
    expect(mask(captured(cut))).toMatchObject({ request: 'a ****', response: 'b ****' })
  })
})
