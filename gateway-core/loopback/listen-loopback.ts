/**
 * Binds one port on every loopback family that the machine has. Were one left free, another program could take it and
 * receive what agents send to `localhost`.
 */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'

const attemptsForFreePort = 20

export interface LoopbackListener {
  readonly port: number
  /** Stops accepting at once; resolves when every connection has ended, or was cut off after `graceMs`. */
  close(graceMs: number): Promise<void>
}

export interface ListenOptions {
  /** 0 takes a free one, the same in every family. */
  readonly port: number
  /** An address beside loopback, where a person asked for it. */
  readonly host?: string | undefined
  readonly onRequest: RequestListener
}

/**
 * @throws NodeJS.ErrnoException `EADDRINUSE` where the port is taken in any family
 */
export async function listenLoopback(options: ListenOptions): Promise<LoopbackListener> {
  const hosts = [...new Set([...loopbackAddresses(), ...(options.host === undefined ? [] : [options.host])])]
  for (let attempt = 1; ; attempt++) {
    const servers: Server[] = []
    try {
      let port = options.port
      for (const host of hosts) {
        const server = createHttpServer(options.onRequest)
        servers.push(server)
        port = await listen(server, port, host)
      }
      return { port, close: (graceMs) => closeAll(servers, graceMs) }
    } catch (error) {
      await closeAll(servers, 0)
      if (options.port !== 0 || attempt === attemptsForFreePort) throw error
    }
  }
}

function loopbackAddresses(): readonly string[] {
  const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === '::1'),
  )
  return hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']
}

function createHttpServer(onRequest: RequestListener): Server {
  const server = createServer(
    {
      keepAliveTimeout: 75_000,
      headersTimeout: 20_000,
      requestTimeout: 120_000,
      maxHeaderSize: 64 * 1024,
      joinDuplicateHeaders: true,
    },
    onRequest,
  )
  server.on('upgrade', (_request, socket) => socket.destroy())
  return server
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host, exclusive: true, ipv6Only: true }, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

async function closeAll(servers: readonly Server[], graceMs: number): Promise<void> {
  const closed = Promise.all(
    servers.map(
      (server) => new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve())),
    ),
  )
  for (const server of servers) server.closeIdleConnections()
  const cutOff = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
  }, graceMs)
  await closed
  clearTimeout(cutOff)
}
