/**
 * Connections to servers. Two callers never share one, and `per_request` uses each once. There is no upper bound per
 * caller: a stream holds its connection for as long as it is open, and a call must never wait behind it.
 */
import { Client, Pool, type Dispatcher } from 'undici'

const connectTimeoutMs = 10_000
const idleSocketMs = 10_000
const idlePoolMs = 60_000

const poolOptions = { connect: { timeout: connectTimeoutMs }, keepAliveTimeout: idleSocketMs, pipelining: 1 } as const

/**
 * Connections of one session that the gateway holds with a server. Whoever opens it destroys it.
 *
 * @param once whether each connection is used for one request
 */
export function openSessionPool(origin: string, once: boolean): Pool {
  return new Pool(origin, { ...poolOptions, connections: null, pipelining: once ? 0 : 1 })
}

export interface Connections {
  /** For one request. `release` is called when its response has ended, however it ended. */
  acquire(
    slug: string,
    origin: string,
    callerId: string,
    once: boolean,
  ): { readonly dispatcher: Dispatcher; release(): void }
  /** Ends the connections of a server when its configuration changed. Requests in flight finish. */
  closeServer(slug: string): void
  close(): Promise<void>
}

interface CallerPool {
  readonly slug: string
  readonly pool: Pool
  inFlight: number
  lastUsedMs: number
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
        const client = new Client(origin, poolOptions)
        return { dispatcher: client, release: () => void client.destroy().catch(() => undefined) }
      }
      const key = `${slug} ${origin} ${callerId}`
      let entry = pools.get(key)
      if (entry === undefined) {
        entry = { slug, pool: new Pool(origin, { ...poolOptions, connections: null }), inFlight: 0, lastUsedMs: 0 }
        pools.set(key, entry)
      }
      const used = entry
      used.inFlight++
      used.lastUsedMs = performance.now()
      return { dispatcher: used.pool, release: () => void used.inFlight-- }
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
