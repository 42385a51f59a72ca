/** Keeps the GET stream of a Streamable HTTP session, on which a server of the older eras speaks outside of requests. */
import { GatewayError } from '../../contract/errors.js'
import { HttpRefusal, type OutboundRequest } from '../transport.js'
import type { SessionTransport } from './handshake.js'

const timeoutMs = 30_000

export class SessionStream {
  private stream: symbol | undefined
  /** The headers with which the server refused it. */
  private refusedHeaders: readonly string[] | undefined

  /** @param renew begins another session, which opens another stream */
  constructor(
    private readonly transport: SessionTransport,
    private readonly renew: (outbound: OutboundRequest) => Promise<void>,
  ) {}

  open(outbound: OutboundRequest): void {
    if (this.transport.openStream === undefined) return
    const stream = Symbol('stream')
    this.stream = stream
    this.refusedHeaders = undefined
    this.transport.openStream({ outbound, timeoutMs }).catch((error: unknown) => {
      if (this.stream !== stream) return
      if (error instanceof GatewayError && error.code === 'unknown_session')
        return void this.renew(outbound).catch(() => undefined)
      this.refusedHeaders = outbound.headers
      if (error instanceof HttpRefusal && error.status === 401) this.reopen(outbound).catch(() => undefined)
    })
  }

  /** The credential that it was opened with may have ended. Only with another one is it opened again. */
  private async reopen({ current }: OutboundRequest): Promise<void> {
    const { stream } = this
    const next = await current?.()
    if (next !== undefined && this.stream === stream) this.refresh(next)
  }

  /** Opens a refused stream again once there are other headers. */
  refresh(outbound: OutboundRequest): void {
    const { refusedHeaders } = this
    if (refusedHeaders === undefined) return
    const { headers } = outbound
    const isSame = headers.length === refusedHeaders.length && headers.every((text, at) => text === refusedHeaders[at])
    if (!isSame) this.open(outbound)
  }
}
