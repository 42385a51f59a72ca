import { request, type ServerResponse } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, it } from 'vitest'
import { listenLoopback } from './listen-loopback.js'

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.once('error', reject)
  })
}

it.runIf(hasIpv6)('binds one free port on both loopback families', async () => {
  const listener = await listenLoopback({ port: 0, onRequest: (_request, response) => response.end() })
  for (const host of ['127.0.0.1', '::1'])
    await new Promise((resolve, reject) => request({ host, port: listener.port }, resolve).once('error', reject).end())
  await listener.close(0)
})

it.runIf(hasIpv6)('fails where another program has the port in one family', async () => {
  const squatter = createServer()
  await new Promise<void>((resolve) => squatter.listen({ port: 0, host: '::1' }, resolve))
  const { port } = squatter.address() as AddressInfo
  await expect(listenLoopback({ port, onRequest: () => undefined })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  const again = createServer()
  await new Promise<void>((resolve, reject) => again.once('error', reject).listen({ port, host: '127.0.0.1' }, resolve))
  again.close()
  squatter.close()
})

it('closes at once what waits for nothing, a connection opened ahead of need included', async () => {
  const listener = await listenLoopback({ port: 0, onRequest: (_request, response) => response.end() })
  const socket = await open(listener.port)
  const ended = new Promise((resolve) => socket.once('close', resolve))
  await listener.close(60_000)
  await ended
})

it('lets a request that is in flight finish, and then closes its connection', async () => {
  let pending: ServerResponse | undefined
  let arrived: () => void
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const listener = await listenLoopback({
    port: 0,
    onRequest: (_request, response) => {
      pending = response
      arrived()
    },
  })
  const socket = await open(listener.port)
  let answer = ''
  socket.on('data', (bytes: Buffer) => (answer += bytes.toString()))
  const ended = new Promise((resolve) => socket.once('close', resolve))
  socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${listener.port}\r\n\r\n`)
  await arrival
  const closed = listener.close(60_000)
  pending?.end('done')
  await closed
  await ended
  expect(answer).toMatch(/^HTTP\/1.1 200 OK[^]*done/)
})

it('cuts off what does not finish in time', async () => {
  let arrived: () => void
  const arrival = new Promise<void>((resolve) => (arrived = resolve))
  const listener = await listenLoopback({ port: 0, onRequest: () => arrived() })
  const socket = await open(listener.port)
  const ended = new Promise((resolve) => socket.once('close', resolve))
  socket.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${listener.port}\r\n\r\n`)
  await arrival
  await listener.close(50)
  await ended
})
