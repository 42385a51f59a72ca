/**
 * Binds one port on every loopback family that the machine has. Were one left free, another program could take it and
 * receive what agents send to `localhost`.
 */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'

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
  const hosts = addressesToBind(options.host)
  for (let attempt = 1; ; attempt++) {
    const servers: BoundServer[] = []
    try {
      let port = options.port
      for (const host of hosts) {
        const server = createHttpServer(options.onRequest)
        servers.push(server)
        port = await listen(server.http, port, host)
      }
      return { port, close: (graceMs) => closeAll(servers, graceMs) }
    } catch (error) {
      await closeAll(servers, 0)
      if (options.port !== 0 || attempt === attemptsForFreePort) throw error
    }
  }
}

/** Every loopback family, and another address where one is asked for. A wildcard covers the loopback of its family. */
function addressesToBind(host: string | undefined): readonly string[] {
  const hasIpv6 = machineAddresses().includes('::1')
  const loopback = hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1']
  if (host === undefined || loopback.includes(host)) return loopback
  if (host === '0.0.0.0') return [host, ...loopback.slice(1)]
  if (host === '::') return ['127.0.0.1', host]
  return [...loopback, host]
}

function machineAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address))
}

/** The names under which a port is asked for that listens on `host` beside loopback. */
export function namesOfHost(host: string | undefined): readonly string[] {
  if (host === undefined) return []
  const addresses = host === '0.0.0.0' || host === '::' ? machineAddresses() : [host]
  return [...addresses.map((address) => (address.includes(':') ? `[${address}]` : address)), hostname()]
}

interface BoundServer {
  readonly http: Server
  /** Every socket, with how many requests on it are not answered yet. */
  readonly sockets: Map<Socket, number>
}

function createHttpServer(onRequest: RequestListener): BoundServer {
  const sockets = new Map<Socket, number>()
  const http = createServer({
    keepAliveTimeout: 75_000,
    headersTimeout: 20_000,
    requestTimeout: 120_000,
    maxHeaderSize: 64 * 1024,
    joinDuplicateHeaders: true,
    // A request without one is refused by `admit`, as any other that is not for this port.
    requireHostHeader: false,
  })
  http.on('connection', (socket) => {
    sockets.set(socket, 0)
    socket.once('close', () => sockets.delete(socket))
  })
  http.on('request', (request, response) => {
    const { socket } = request
    sockets.set(socket, (sockets.get(socket) ?? 0) + 1)
    response.once('close', () => {
      if (socket.destroyed) return
      const inFlight = (sockets.get(socket) ?? 1) - 1
      sockets.set(socket, inFlight)
      if (inFlight === 0 && !http.listening) socket.end()
    })
    onRequest(request, response)
  })
  http.on('upgrade', (_request, socket) => socket.destroy())
  return { http, sockets }
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

/**
 * Stops accepting, and ends every socket on which nothing waits for an answer. Node's own `closeIdleConnections` leaves
 * out those that have never carried a request, as clients open them ahead of need.
 */
async function closeAll(servers: readonly BoundServer[], graceMs: number): Promise<void> {
  const closed = Promise.all(
    servers.map(
      ({ http }) => new Promise<void>((resolve) => (http.listening ? http.close(() => resolve()) : resolve())),
    ),
  )
  for (const { sockets } of servers) for (const [socket, inFlight] of sockets) if (inFlight === 0) socket.destroy()
  const cutOff = setTimeout(() => {
    for (const { http } of servers) http.closeAllConnections()
  }, graceMs)
  await closed
  clearTimeout(cutOff)
}
