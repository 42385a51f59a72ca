/**
 * Connections to servers. Two callers never share one, and `per_request` uses each once. There is no upper bound per
 * caller: a stream holds its connection for as long as it is open, and a call must never wait behind it.
 */
import type { TLSSocket } from 'node:tls'
import { buildConnector, Client, Pool, type Dispatcher } from 'undici'

const connectTimeoutMs = 10_000
const idleSocketMs = 10_000
const idlePoolMs = 60_000

const poolOptions = { connect: { timeout: connectTimeoutMs }, keepAliveTimeout: idleSocketMs, pipelining: 1 } as const
const connect = buildConnector({ timeout: connectTimeoutMs })

/**
 * Connections of one session that the gateway holds with a server. Whoever opens it destroys it.
 *
 * @param once whether each connection is used for one request
 */
export function openSessionPool(origin: string, once: boolean): Pool {
  return new Pool(origin, { ...poolOptions, connections: null, pipelining: once ? 0 : 1 })
}

/** What one request is sent over. */
export interface Connection {
  readonly dispatcher: Dispatcher
  /** How long the TLS handshake took of a connection that was opened since; 0 where there was none. */
  tlsMs(sinceMs: number): number
  release(): void
}

export interface Connections {
  /** For one request. `release` is called when its response has ended, however it ended. */
  acquire(slug: string, origin: string, callerId: string, once: boolean): Connection
  /** Ends the connections of a server when its configuration changed. Requests in flight finish. */
  closeServer(slug: string): void
  close(): Promise<void>
}

interface CallerPool {
  readonly slug: string
  readonly pool: Pool
  readonly handshakes: Handshakes
  inFlight: number
  lastUsedMs: number
}

/** Times the latest TLS handshake among the connections of one pool. */
class Handshakes {
  private endedMs = 0
  private tookMs = 0

  readonly connect: buildConnector.connector = (options, callback) => {
    let connectedMs = 0
    // The connector gives the socket at once, though its type does not say so.
    const socket: unknown = connect(options, (...result) => {
      const now = performance.now()
      if (connectedMs > 0 && options.protocol === 'https:') [this.endedMs, this.tookMs] = [now, now - connectedMs]
      callback(...result)
    })
    if (isSocket(socket)) socket.once('connect', () => (connectedMs = performance.now()))
  }

  readonly since = (sinceMs: number): number => (this.endedMs >= sinceMs ? this.tookMs : 0)
}

function isSocket(value: unknown): value is TLSSocket {
  return typeof value === 'object' && value !== null && 'once' in value
}

export function createConnections(): Connections {
  const pools = new Map<string, CallerPool>()

  const retire = (key: string, entry: CallerPool): void => {
    pools.delete(key)
    entry.pool.close().catch(() => undefined)
  }
  const sweep = setInterval(() => {
    const idleSinceMs = performance.now() - idlePoolMs
    for (const [key, entry] of pools) if (entry.inFlight === 0 && entry.lastUsedMs < idleSinceMs) retire(key, entry)
  }, idlePoolMs / 2)
  sweep.unref()

  return {
    acquire: (slug, origin, callerId, once) => {
      if (once) {
        const handshakes = new Handshakes()
        const client = new Client(origin, { ...poolOptions, connect: handshakes.connect })
        return {
          dispatcher: client,
          tlsMs: handshakes.since,
          release: () => void client.destroy().catch(() => undefined),
        }
      }
      const key = `${slug} ${origin} ${callerId}`
      let entry = pools.get(key)
      if (entry === undefined) {
        const handshakes = new Handshakes()
        const pool = new Pool(origin, { ...poolOptions, connect: handshakes.connect, connections: null })
        entry = { slug, pool, handshakes, inFlight: 0, lastUsedMs: 0 }
        pools.set(key, entry)
      }
      const used = entry
      used.inFlight++
      used.lastUsedMs = performance.now()
      return { dispatcher: used.pool, tlsMs: used.handshakes.since, release: () => void used.inFlight-- }
    },
    closeServer: (slug) => {
      for (const [key, entry] of pools) if (entry.slug === slug) retire(key, entry)
    },
    close: async () => {
      clearInterval(sweep)
      await Promise.all([...pools.values()].map(({ pool }) => pool.destroy()))
      pools.clear()
    },
  }
}
