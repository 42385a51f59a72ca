/** The HTTP requests of one transport that are under way. Each ends with its caller's signal and with the transport. */
import { GatewayError } from '../contract/errors.js'
import { ShortLivedMap } from '../short-lived-map.js'
import { StopController, type StopSignal } from '../stop-signal.js'

export class OpenRequests {
  private readonly controllers = new ShortLivedMap<number, StopController>()
  private lastNumber = 0
  private reason: GatewayError | undefined

  /**
   * Runs a request that ends when its controller is aborted.
   *
   * @throws whatever the request throws; the signal's reason, or that of `end`, where it was over before it began
   */
  async run(signal: StopSignal | undefined, request: (controller: StopController) => Promise<void>): Promise<void> {
    if (this.reason !== undefined) throw this.reason
    signal?.throwIfAborted()
    const controller = new StopController()
    const leave = (): void => controller.abort(signal?.reason)
    signal?.addEventListener('abort', leave, { once: true })
    const number = ++this.lastNumber
    this.controllers.set(number, controller)
    try {
      await request(controller)
    } finally {
      signal?.removeEventListener('abort', leave)
      this.controllers.delete(number)
    }
  }

  get hasEnded(): boolean {
    return this.reason !== undefined
  }

  /** Ends those under way, and every later one before it begins. */
  end(reason: GatewayError): void {
    this.reason ??= reason
    for (const controller of this.controllers.values()) controller.abort(reason)
  }
}

export function transportClosed(): GatewayError {
  return new GatewayError('server_unreachable', {
    detail: 'The gateway ended its session with the server.',
    fix: 'Try again.',
  })
}
