import { expect, it } from 'vitest'
import { HttpRefusal, type OutboundRequest } from '../transport.js'
import type { SessionTransport } from './handshake.js'
import { SessionStream } from './session-stream.js'

const origin = 'http://127.0.0.1:1'

/** A transport whose streams the test ends. */
function streams() {
  const opened: { readonly token: string | undefined; end(error: unknown): void }[] = []
  const transport = {
    openStream: ({ outbound }: { readonly outbound: OutboundRequest }) =>
      new Promise<void>((_resolve, reject) => opened.push({ token: outbound.headers[1], end: reject })),
  } as unknown as SessionTransport
  return { opened, stream: new SessionStream(transport, async () => undefined) }
}

const refusal = (status: number): HttpRefusal => new HttpRefusal(status, '', {})

it('is opened again with the credential that is good now when the server ends it with 401, and not with the same', async () => {
  const { opened, stream } = streams()
  let token = 'first'
  let asked = 0
  const outbound = (): OutboundRequest => ({
    ...{ origin, path: '/', headers: ['authorization', token] },
    current: async () => {
      asked++
      return outbound()
    },
  })
  stream.open(outbound())
  token = 'second'
  opened[0]?.end(refusal(401))
  await expect.poll(() => opened.map((one) => one.token)).toEqual(['first', 'second'])
  opened[1]?.end(refusal(401))
  await expect.poll(() => asked).toBe(2)
  await new Promise((resolve) => setImmediate(resolve))
  expect(opened).toHaveLength(2)
  // The next call may bring another one.
  token = 'third'
  stream.refresh(outbound())
  expect(opened.map((one) => one.token)).toEqual(['first', 'second', 'third'])
})

it('asks for no other credential where something else went wrong, or there is none', async () => {
  const { opened, stream } = streams()
  let asked = 0
  const headers = ['authorization', 'x']
  const current = async () => {
    asked++
    return undefined
  }
  stream.open({ origin, path: '/', headers, current })
  opened[0]?.end(refusal(403))
  await new Promise((resolve) => setImmediate(resolve))
  expect(asked).toBe(0)
  stream.open({ origin, path: '/', headers })
  opened[1]?.end(refusal(401))
  await new Promise((resolve) => setImmediate(resolve))
  expect(opened).toHaveLength(2)
})
