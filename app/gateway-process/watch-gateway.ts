/** Keeps a {@link GatewayState} true for as long as the gateway runs. */
import { ControlConnection } from './control-connection.js'
import { afterEvent, afterServerList, startingState, type GatewayState } from './gateway-state.js'
import type { ReadyLine } from './ready-line.js'

const reconnectMs = 2_000

export class GatewayWatch {
  private current: GatewayState = startingState
  private following: AbortController | undefined

  constructor(private readonly changed: (state: GatewayState, before: GatewayState) => void) {}

  get state(): GatewayState {
    return this.current
  }

  /** The gateway is ready, at these addresses. @returns the connection that is used from here on */
  ready(ready: ReadyLine): ControlConnection {
    this.following?.abort()
    const following = new AbortController()
    this.following = following
    const connection = new ControlConnection(ready)
    this.enter({ ...this.current, phase: 'running', dataUrl: ready.dataUrl })
    void this.follow(connection, following.signal)
    return connection
  }

  /** It ended. `phase` says whether it is started again. */
  gone(phase: 'starting' | 'stopped'): void {
    this.following?.abort()
    this.following = undefined
    this.enter({ ...startingState, phase, lastDenial: this.current.lastDenial })
  }

  private async follow(connection: ControlConnection, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await connection
        .follow((event, data) => {
          if (signal.aborted) return
          const { vault } = this.current
          this.enter(afterEvent(this.current, event, data, Date.now()))
          if (event === 'status' && this.current.vault === 'unlocked' && (vault !== 'unlocked' || isFirst(data)))
            void this.listServers(connection, signal)
        }, signal)
        .catch(() => undefined)
      await pause(reconnectMs, signal)
    }
  }

  /** Servers that needed a sign-in before anybody listened. */
  private async listServers(connection: ControlConnection, signal: AbortSignal): Promise<void> {
    const list = await connection.call('GET', '/servers').catch(() => undefined)
    if (list !== undefined && !signal.aborted) this.enter(afterServerList(this.current, list))
  }

  private enter(next: GatewayState): void {
    const before = this.current
    this.current = next
    if (JSON.stringify(next) !== JSON.stringify(before)) this.changed(next, before)
  }
}

/** The first event of a connection is the whole status; later ones hold what has changed. */
function isFirst(data: unknown): boolean {
  return typeof data === 'object' && data !== null && 'dataUrl' in data
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timeout = setTimeout(resolve, durationMs)
    signal.addEventListener('abort', () => (clearTimeout(timeout), resolve()), { once: true })
  })
}
