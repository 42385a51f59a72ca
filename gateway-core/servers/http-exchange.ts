/**
 * One HTTP request to a server, whose answer is read as it comes. Statuses become errors here: no redirect is followed,
 * a refusal is read up to 64 KiB, and an answer in an encoding that was not asked for is none.
 */
import type { Dispatcher } from 'undici'
import { GatewayError } from '../contract/errors.js'
import type { StopSignal } from '../stop-signal.js'
import { credentialRejected, isRedirect, notMcp, redirectRefused, requestFailure } from './http-failure.js'
import { withRenewed } from './renew-headers.js'
import { HttpRefusal, type RenewHeaders } from './transport.js'

export interface HttpPeer {
  readonly slug: string
  /** Has to open as many connections as there are requests: a stream holds one for as long as it is open. */
  readonly dispatcher: Dispatcher
  /** Whether a credential in the headers is the gateway's, so that a 401 is about it and not about the agent. */
  readonly ownCredential: boolean
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly origin: string
  /** Path and query. May hold a credential. */
  readonly path: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body?: string
  /** Longest silence to bear, milliseconds; 0 bears any. */
  readonly headersTimeoutMs: number
  readonly bodyTimeoutMs: number
  /** Ends the request. */
  readonly signal: StopSignal
  /** Asked once where the server refuses the gateway's credential; the request is then sent once more. */
  readonly renew?: RenewHeaders | undefined
  /** As `HttpPeer.ownCredential`, where this request has another credential than the rest. */
  readonly ownCredential?: boolean | undefined
}

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Takes an answer of 2xx. What a method throws ends the request, and is what `exchangeHttp` throws. */
export interface AnswerReader {
  begin(headers: ResponseHeaders): void
  /** The bytes are the HTTP client's and valid during the call only. */
  data(bytes: Buffer): void
  end(): void
}

const maxRefusalBytes = 64 * 1024

/**
 * Resolves at the end of the answer: to undefined where it came whole, else to why it broke off after it had begun.
 *
 * @throws GatewayError `server_unreachable`, `server_timeout`, `redirect_refused`, `credential_rejected`
 * @throws HttpRefusal for any other status that is no success
 * @throws the reason of the signal, or what the reader threw
 */
export async function exchangeHttp(
  peer: HttpPeer,
  request: HttpRequest,
  reader: AnswerReader,
): Promise<GatewayError | undefined> {
  try {
    return await exchangeOnce(peer, request, reader)
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'credential_rejected' || request.renew === undefined)
      throw error
    const headers = withRenewed(request.headers, await request.renew())
    if (headers === undefined) throw error
    return exchangeOnce(peer, { ...request, headers }, reader)
  }
}

function exchangeOnce(peer: HttpPeer, request: HttpRequest, reader: AnswerReader): Promise<GatewayError | undefined> {
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(
      request.ownCredential === undefined ? peer : { ...peer, ownCredential: request.ownCredential },
      request.signal,
      reader,
      resolve,
      reject,
    )
    try {
      peer.dispatcher.dispatch(
        {
          origin: request.origin,
          path: request.path,
          method: request.method,
          headers: request.headers as string[],
          body: request.body ?? null,
          headersTimeout: request.headersTimeoutMs,
          bodyTimeout: request.bodyTimeoutMs,
        },
        exchange,
      )
    } catch (error) {
      exchange.fail(requestFailure(toError(error)))
    }
  })
}

class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | undefined
  private hasBegun = false
  private isSettled = false
  private refusal: { status: number; headers: ResponseHeaders; body: Buffer[]; bytes: number } | undefined

  constructor(
    private readonly peer: HttpPeer,
    private readonly signal: StopSignal,
    private readonly reader: AnswerReader,
    private readonly resolve: (brokenOff: GatewayError | undefined) => void,
    private readonly reject: (reason: unknown) => void,
  ) {
    signal.addEventListener('abort', this.onAbort)
    if (signal.aborted) this.onAbort()
  }

  /** Ends the request and rejects. */
  fail(reason: unknown): void {
    if (!this.settle()) return
    this.reject(reason)
    this.controller?.abort(toError(reason))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    if (this.isSettled) controller.abort(new Error('the request was given up'))
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status < 200 || this.isSettled) return
    const isEncoded = !['', 'identity'].includes(String(headers['content-encoding'] ?? '').toLowerCase())
    if (isRedirect(status, headers)) this.fail(redirectRefused(status))
    else if (status === 401 && this.peer.ownCredential) this.fail(credentialRejected(this.peer.slug))
    else if (status >= 300 && isEncoded) this.fail(new HttpRefusal(status, '', headers))
    else if (status >= 300) this.refusal = { status, headers, body: [], bytes: 0 }
    else if (isEncoded) this.fail(notMcp('sent a compressed answer, which it was not asked for'))
    else {
      this.hasBegun = true
      this.guard(() => this.reader.begin(headers))
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.isSettled) return
    if (this.refusal === undefined) {
      this.guard(() => this.reader.data(chunk))
      return
    }
    this.refusal.body.push(Buffer.from(chunk))
    this.refusal.bytes += chunk.length
    if (this.refusal.bytes >= maxRefusalBytes) this.refuse()
  }

  onResponseEnd(): void {
    if (this.refusal !== undefined) this.refuse()
    else this.guard(() => this.reader.end())
    if (this.settle()) this.resolve(undefined)
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    // Of a refusal the status counts, whatever became of its body.
    if (this.refusal !== undefined) this.refuse()
    if (!this.settle()) return
    const failure = requestFailure(error)
    if (this.hasBegun) this.resolve(failure)
    else this.reject(failure)
  }

  private refuse(): void {
    if (this.refusal === undefined) return
    const { status, headers, body } = this.refusal
    this.fail(new HttpRefusal(status, Buffer.concat(body).toString('utf8', 0, maxRefusalBytes), headers))
  }

  private guard(read: () => void): void {
    try {
      read()
    } catch (error) {
      this.fail(error)
    }
  }

  private readonly onAbort = (): void => this.fail(this.signal.reason)

  private settle(): boolean {
    if (this.isSettled) return false
    this.isSettled = true
    this.signal.removeEventListener('abort', this.onAbort)
    return true
  }
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the request was given up', { cause: reason })
}
