import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exchangeHttp } from './http-exchange.js'
import { startTestServer, type TestServer } from './test/http-test-server.js'
import { HttpRefusal, type RenewHeaders } from './transport.js'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer(({ headers }, response) => {
    response.writeHead(headers.authorization === 'Bearer new' ? 200 : 401).end()
  })
})
afterEach(() => server.close())

function exchange(renew: RenewHeaders | undefined, ownCredential = true): Promise<unknown> {
  const headers = ['X-Kept', '1', 'Authorization', 'Bearer old']
  return exchangeHttp(
    { slug: 's', dispatcher: server.pool, ownCredential },
    {
      ...{ method: 'POST', origin: server.origin, path: '/mcp', headers, body: 'the body', renew },
      ...{ headersTimeoutMs: 5000, bodyTimeoutMs: 5000, signal: new AbortController().signal },
    },
    { begin: () => undefined, data: () => undefined, end: () => undefined },
  )
}

const renewTo =
  (value: string): RenewHeaders =>
  async () =>
    new Map([['authorization', value]])
const rejected = expect.objectContaining({ code: 'credential_rejected' })

describe('a request whose credential the server refuses', () => {
  it('is sent once more with a renewed one, and otherwise as it was', async () => {
    await exchange(renewTo('Bearer new'))
    expect(server.received.map(({ headers, body }) => [headers.authorization, headers['x-kept'], body])).toEqual([
      ['Bearer old', '1', 'the body'],
      ['Bearer new', '1', 'the body'],
    ])
  })

  it.each([
    ['that cannot be renewed', undefined, 1],
    ['of which there is no other', renewTo('Bearer old'), 1],
    ['whose successor is refused as well', renewTo('Bearer newer'), 2],
  ])('%s fails', async (_which, renew, requests) => {
    await expect(exchange(renew)).rejects.toEqual(rejected)
    expect(server.received).toHaveLength(requests)
  })

  it('fails with what keeps it from being renewed', async () => {
    const reason = new Error('the authorization server is down')
    await expect(exchange(() => Promise.reject(reason))).rejects.toBe(reason)
    expect(server.received).toHaveLength(1)
  })

  it('that is the agent’s own passes the refusal on', async () => {
    await expect(exchange(renewTo('Bearer new'), false)).rejects.toBeInstanceOf(HttpRefusal)
    expect(server.received).toHaveLength(1)
  })
})
