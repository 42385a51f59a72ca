/** The HTTP requests of one transport that are under way. Each ends with its caller's signal and with the transport. */
import { GatewayError } from '../contract/errors.js'

export class OpenRequests {
  private readonly controllers = new Set<AbortController>()
  private reason: GatewayError | undefined

  /**
   * Runs a request that ends when its controller is aborted.
   *
   * @throws whatever the request throws; the signal's reason, or that of `end`, where it was over before it began
   */
  async run(signal: AbortSignal | undefined, request: (controller: AbortController) => Promise<void>): Promise<void> {
    if (this.reason !== undefined) throw this.reason
    signal?.throwIfAborted()
    const controller = new AbortController()
    const leave = (): void => controller.abort(signal?.reason)
    signal?.addEventListener('abort', leave, { once: true })
    this.controllers.add(controller)
    try {
      await request(controller)
    } finally {
      signal?.removeEventListener('abort', leave)
      this.controllers.delete(controller)
    }
  }

  get hasEnded(): boolean {
    return this.reason !== undefined
  }

  /** Ends those under way, and every later one before it begins. */
  end(reason: GatewayError): void {
    this.reason ??= reason
    for (const controller of this.controllers) controller.abort(reason)
  }
}

export function transportClosed(): GatewayError {
  return new GatewayError('server_unreachable', {
    detail: 'The gateway ended its session with the server.',
    fix: 'Try again.',
  })
}
